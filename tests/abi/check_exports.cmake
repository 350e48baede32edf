# cmake -D NM=nm -D LIBRARY=libserene.so -D HEADER=serene.h -P check_exports.cmake
#
# What leaves the library is a promise: all of the header, and nothing else.
cmake_minimum_required(VERSION 3.25)

file(READ ${HEADER} header)
string(REGEX MATCHALL "SERENE_API[^;()]*[ *]serene_[a-z0-9_]+\\(" declarations "${header}")
set(declared "")
foreach(declaration ${declarations})
  string(REGEX REPLACE ".*[ *](serene_[a-z0-9_]+)\\($" "\\1" name "${declaration}")
  list(APPEND declared ${name})
endforeach()
if(NOT declared)
  message(FATAL_ERROR "no declaration found in ${HEADER}")
endif()

execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY}
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n$" "" output "${output}")
string(REPLACE "\n" ";" lines "${output}")
set(exported "")
foreach(line ${lines})
  string(REGEX REPLACE "[ @].*" "" name "${line}")
  list(APPEND exported ${name})
endforeach()

foreach(name ${declared})
  if(NOT name IN_LIST exported)
    message(SEND_ERROR "declared in the header, not exported: ${name}")
  endif()
endforeach()
foreach(name ${exported})
  if(NOT name IN_LIST declared)
    message(SEND_ERROR "exported, not declared in the header: ${name}")
  endif()
endforeach()
