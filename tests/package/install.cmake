# cmake -D BUILD_DIR=build -D PREFIX=folder -D LIBDIR=lib -D VERSION=1.2.3 -P install.cmake
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

foreach(file bin/serene bin/serene-convert ${LIBDIR}/libserene.so ${LIBDIR}/libserene.so.${VERSION}
             include/serene/serene.h include/serene/serene.hpp
             ${LIBDIR}/cmake/serene/serene-config.cmake ${LIBDIR}/pkgconfig/serene.pc
             share/serene/default.safetensors share/serene/small.safetensors share/serene/trnet.safetensors
             share/bash-completion/completions/serene
             share/doc/serene/LICENSE share/doc/serene/copyright share/doc/serene/docs/embedding.md)
  if(NOT EXISTS ${PREFIX}/${file})
    message(SEND_ERROR "not installed: ${file}")
  endif()
endforeach()

# What is not for commercial use is not under the licence of what is installed.
file(GLOB_RECURSE restricted ${PREFIX}/*-noncommercial.safetensors)
if(restricted)
  message(SEND_ERROR "installed: ${restricted}")
endif()

# One man page a command, with its options.
if(MAN)
  foreach(page serene serene-convert serene-score serene-evaluate serene-enhance serene-info serene-check serene-profile serene-doctor)
    file(READ ${PREFIX}/share/man/man1/${page}.1 text)
    string(TOUPPER ${page} name)
    if(NOT text MATCHES "\n\\.TH ${name} " OR NOT text MATCHES "\n\\.SH OPTIONS\n")
      message(SEND_ERROR "${page}.1 is no man page of ${page}:\n${text}")
    endif()
  endforeach()
endif()

# The C interface is all that a caller may see: no inner header, no static library, nothing of a test.
file(GLOB_RECURSE headers RELATIVE ${PREFIX} ${PREFIX}/include/*)
list(SORT headers)
if(NOT headers STREQUAL "include/serene/serene.h;include/serene/serene.hpp")
  message(SEND_ERROR "installed headers: ${headers}")
endif()
file(GLOB programs RELATIVE ${PREFIX}/bin ${PREFIX}/bin/*)
list(SORT programs)
if(NOT programs STREQUAL "serene;serene-convert")
  message(SEND_ERROR "installed programs: ${programs}")
endif()
file(GLOB_RECURSE archives ${PREFIX}/*.a)
if(archives)
  message(SEND_ERROR "installed static libraries: ${archives}")
endif()

# The tree may be moved and packaged: no file names where it was built.
file(GLOB_RECURSE texts ${PREFIX}/${LIBDIR}/*.cmake ${PREFIX}/${LIBDIR}/*.pc)
foreach(text ${texts})
  file(READ ${text} content)
  string(FIND "${content}" "${BUILD_DIR}" found)
  if(NOT found EQUAL -1)
    message(SEND_ERROR "${text} names ${BUILD_DIR}")
  endif()
endforeach()
