# cmake -D CC=cc -D PKG_CONFIG=pkg-config -D PREFIX=folder -D LIBDIR=lib -D VERSION=1.2.3 -D SOURCE=score.c
#       -D PROGRAM=score -P build_with_pkg_config.cmake
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
get_filename_component(folder ${PROGRAM} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${CC} -std=c99 ${SANITIZE} ${SOURCE} ${flags} -Wl,-rpath,${PREFIX}/${LIBDIR} -o ${PROGRAM}
  COMMAND_ERROR_IS_FATAL ANY)
