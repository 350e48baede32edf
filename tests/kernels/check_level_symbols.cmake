# cmake -D NM=nm -D LEVEL=avx2 -D OBJECTS=a.o|b.o -P check_level_symbols.cmake
#
# The objects of an instruction-set level must define nothing that another level, or the rest of the program,
# defines too: the linker keeps one copy of an inline function, and an older CPU would meet an illegal
# instruction if it were this one.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "|" ";" objects "${OBJECTS}")
set(defined 0)
foreach(object ${objects})
  execute_process(COMMAND ${NM} --demangle --defined-only --extern-only ${object}
    OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" ":" output "${output}")
  string(REPLACE "\n" ";" lines "${output}")
  foreach(line ${lines})
    if(NOT line MATCHES "^[0-9a-f]+ ([A-Za-z]) (.*)$")
      continue()
    endif()
    set(type "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    math(EXPR defined "${defined} + 1")
    if(type MATCHES "[WVuwv]")
      message(SEND_ERROR "${object}: shared symbol: ${line}")
    elseif(NOT name MATCHES "^serene::cpu::${LEVEL}::")
      message(SEND_ERROR "${object}: outside of serene::cpu::${LEVEL}: ${line}")
    endif()
  endforeach()
endforeach()
if(defined EQUAL 0)
  message(SEND_ERROR "no symbol found in ${objects}")
endif()
