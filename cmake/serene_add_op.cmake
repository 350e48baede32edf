# serene_add_op(film): registers kernels/film. One op is seven small files, its test and its bench among them, and the
# configuration fails where one is missing. The host executor runs film_kernel.cuh and film_launch.cu in tests
# (tests/executor). docs/adding-an-op.md is the walk.
set_property(GLOBAL PROPERTY SERENE_OPS "")
set_property(GLOBAL PROPERTY SERENE_TESTED_OPS "")

function(serene_add_op op)
  foreach(file kernels/${op}/${op}.h kernels/${op}/${op}.cpp kernels/${op}/${op}_cpu.cpp
               kernels/${op}/${op}_kernel.cuh kernels/${op}/${op}_launch.cu
               tests/kernels/${op}_test.cpp bench/kernels/${op}_bench.cpp)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "op ${op}: ${file} is missing")
    endif()
  endforeach()
  target_sources(serene_kernels PRIVATE
    ${PROJECT_SOURCE_DIR}/kernels/${op}/${op}.cpp ${PROJECT_SOURCE_DIR}/kernels/${op}/${op}_cpu.cpp)
  set_property(GLOBAL APPEND PROPERTY SERENE_OPS ${op})
  if(NOT SERENE_TEST_OPS OR op IN_LIST SERENE_TEST_OPS)
    set_property(GLOBAL APPEND PROPERTY SERENE_TESTED_OPS ${op})
  endif()
endfunction()
