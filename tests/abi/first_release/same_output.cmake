# cmake -D FIRST=program -D TODAY=program -D MODEL=model.safetensors -P same_output.cmake
#
# The program compiled with the first release's header gives what it gives with today's.
cmake_minimum_required(VERSION 3.25)

foreach(which FIRST TODAY)
  execute_process(COMMAND ${${which}} ${MODEL} RESULT_VARIABLE result OUTPUT_VARIABLE output_${which}
    ERROR_VARIABLE error)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${${which}}: ${result}\n${error}")
  endif()
endforeach()
if(NOT output_FIRST STREQUAL output_TODAY OR NOT output_FIRST MATCHES "\ncoefficient 0\\.[0-9]+, flags 1\n")
  message(FATAL_ERROR "with the first release's header:\n${output_FIRST}\nwith today's:\n${output_TODAY}")
endif()
