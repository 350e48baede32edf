# Kernels as the host executor runs them (kernels/common/executor), compiled by the C++ compiler.
#
# serene_add_executor_objects(name PLAIN|CHECKED SOURCES x.cpp y.cu): an object library of launchers and kernels.
# CHECKED compiles them with the sanitizers' instrumentation and links none of their run times: the executor has its
# own. Link one kind into an executable, never both, and serene_executor beside it.
function(serene_add_executor_objects name mode)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_library(${name} OBJECT ${ARG_SOURCES})
  set_source_files_properties(${ARG_SOURCES} PROPERTIES LANGUAGE CXX)
  target_link_libraries(${name} PUBLIC serene_flags)
  # -g: errors name lines. Unknown pragmas: #pragma unroll.
  target_compile_options(${name} PRIVATE -g -Wno-unknown-pragmas)
  if(mode STREQUAL CHECKED)
    # -O1: the hooks take the time of a run, and all that -O3 unrolls is instrumented, and compiled for minutes.
    target_compile_options(${name} PRIVATE -O1 -fsanitize=thread,alignment,bounds)
    target_compile_definitions(${name} PRIVATE SERENE_EXECUTOR_CHECKED)
  elseif(NOT mode STREQUAL PLAIN)
    message(FATAL_ERROR "${name}: mode ${mode}, wanted PLAIN or CHECKED")
  endif()
endfunction()
