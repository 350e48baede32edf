# serene_add_op(film [GPU]): registers kernels/film. One op is five small files and its test and its bench, and the
# configuration fails where one is missing. GPU: it has film_kernel.cuh and film_launch.cu, too, which the host executor
# runs in tests (kernels/common/executor).
set_property(GLOBAL PROPERTY SERENE_OPS "")
set_property(GLOBAL PROPERTY SERENE_GPU_OPS "")

function(serene_add_op op)
  cmake_parse_arguments(ARG "GPU" "" "" ${ARGN})
  set(files kernels/${op}/${op}.h kernels/${op}/${op}.cpp kernels/${op}/${op}_cpu.cpp
            tests/kernels/${op}_test.cpp bench/kernels/${op}_bench.cpp)
  if(ARG_GPU)
    list(APPEND files kernels/${op}/${op}_kernel.cuh kernels/${op}/${op}_launch.cu)
    set_property(GLOBAL APPEND PROPERTY SERENE_GPU_OPS ${op})
  endif()
  foreach(file ${files})
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "op ${op}: ${file} is missing")
    endif()
  endforeach()
  target_sources(serene_kernels PRIVATE
    ${PROJECT_SOURCE_DIR}/kernels/${op}/${op}.cpp ${PROJECT_SOURCE_DIR}/kernels/${op}/${op}_cpu.cpp)
  set_property(GLOBAL APPEND PROPERTY SERENE_OPS ${op})
endfunction()
