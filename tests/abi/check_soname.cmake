# cmake -D READELF=readelf -D LIBRARY=libserene.so -D HEADER=serene.h -P check_soname.cmake
#
# A program linked against one ABI must not start with another.
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${HEADER} line REGEX "^#define SERENE_ABI_VERSION ")
string(REGEX REPLACE "[^0-9]" "" version "${line}")
execute_process(COMMAND ${READELF} --dynamic --wide ${LIBRARY} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(NOT output MATCHES "SONAME[^\n]*\\[libserene\\.so\\.${version}\\]")
  message(FATAL_ERROR "expected soname libserene.so.${version} in\n${output}")
endif()
