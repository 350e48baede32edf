# Kernels as the host executor runs them (tests/executor), compiled by the C++ compiler.
#
# serene_add_executor_objects(name PLAIN|CHECKED SOURCES x.cpp y.cu): an object library of launchers and kernels.
# CHECKED compiles them with the sanitizers' instrumentation and links none of their run times: the executor has its
# own. Link one kind into an executable, never both, and serene_executor beside it.
function(serene_add_executor_objects name mode)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_library(${name} OBJECT ${ARG_SOURCES})
  set_source_files_properties(${ARG_SOURCES} PROPERTIES LANGUAGE CXX)
  # Kernels are found by their symbols.
  set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET default VISIBILITY_INLINES_HIDDEN OFF)
  target_link_libraries(${name} PUBLIC serene_flags)
  # -g1: errors name lines. To follow variables, as -g does, takes most of the time of compiling unrolled kernels.
  # Unknown pragmas: #pragma unroll.
  target_compile_options(${name} PRIVATE -g1 -Wno-unknown-pragmas)
  if(mode STREQUAL CHECKED)
    # -O1: a run spends its time in the hooks, and what -O3 adds is instrumented, too, and compiled for long.
    target_compile_options(${name} PRIVATE -O1 -fsanitize=thread,alignment,bounds)
    target_compile_definitions(${name} PRIVATE SERENE_EXECUTOR_CHECKED)
  elseif(NOT mode STREQUAL PLAIN)
    message(FATAL_ERROR "${name}: mode ${mode}, wanted PLAIN or CHECKED")
  endif()
endfunction()
