# cmake -D ABIDIFF=abidiff -D LIBRARY=libserene.so -D FOLDER=tests/abi -P abi.cmake
# cmake -D ABIDW=abidw -D LIBRARY=libserene.so -D INCLUDE=runtime/include -D FOLDER=tests/abi -P abi.cmake
#
# Compares the library with the interface that was released last, or, with abidw, writes that down anew: once a
# release is made, or after SERENE_ABI_VERSION was raised. What is new is no failure.
cmake_minimum_required(VERSION 3.25)

if(ABIDW)
  execute_process(COMMAND ${ABIDW} --headers-dir ${INCLUDE}/serene --drop-private-types --exported-interfaces-only
    --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --out-file ${FOLDER}/serene.abi ${LIBRARY}
    COMMAND_ERROR_IS_FATAL ANY)
  return()
endif()
# Without --headers-dir2, with which abidiff takes every type for a private one.
set(compare ${ABIDIFF} --exported-interfaces-only --fail-no-debug-info --no-added-syms)
execute_process(COMMAND ${compare} --suppressions ${FOLDER}/compatible.abignore ${FOLDER}/serene.abi ${LIBRARY}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
# A struct that may grow is suppressed with whatever else became of it.
execute_process(COMMAND ${compare} ${FOLDER}/serene.abi ${LIBRARY} OUTPUT_VARIABLE everything)
if(NOT result EQUAL 0 OR everything MATCHES "data member (change|deletion)")
  message(FATAL_ERROR "programs linked with the last release would break (abidiff: ${result}):\n${output}${everything}")
endif()
