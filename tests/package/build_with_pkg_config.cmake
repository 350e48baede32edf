# cmake -D CC=cc -D CXX=c++ -D PKG_CONFIG=pkg-config -D PREFIX=folder -D LIBDIR=lib -D VERSION=1.2.3 -D SOURCES=examples
#       -D PROGRAMS=folder -P build_with_pkg_config.cmake
#
# Compiles as examples/README.md says to without CMake.
cmake_minimum_required(VERSION 3.25)

set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
execute_process(COMMAND ${PKG_CONFIG} --modversion serene OUTPUT_VARIABLE version
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "serene.pc says ${version}, expected ${VERSION}")
endif()
execute_process(COMMAND ${PKG_CONFIG} --cflags --libs serene OUTPUT_VARIABLE flags
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
file(MAKE_DIRECTORY ${PROGRAMS})
list(APPEND flags -Wl,-rpath,${PREFIX}/${LIBDIR})
foreach(example score recording)
  execute_process(COMMAND ${CC} -std=c99 -Wall -Wextra -Wpedantic -Werror ${SANITIZE} ${SOURCES}/${example}.c ${flags}
    -o ${PROGRAMS}/${example}_c COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CXX} -std=c++20 -Wall -Wextra -Wpedantic -Werror ${SANITIZE} ${SOURCES}/${example}.cpp ${flags}
    -o ${PROGRAMS}/${example}_cpp COMMAND_ERROR_IS_FATAL ANY)
endforeach()
