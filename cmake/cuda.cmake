# Kernels for NVIDIA GPUs. The CUDA runtime is linked in statically: it looks for a driver when first called, so that
# the same binary starts on a machine that has none.
#
# Ampere is the oldest that has what the kernels use; its PTX serves what comes after Hopper.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80 90a-real)
endif()
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
# CMake 3.25 does not know nvcc's.
if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "SERENE_CUDA: nvcc ${CMAKE_CUDA_COMPILER_VERSION}, wanted 13 or later")
endif()
find_package(CUDAToolkit REQUIRED)

# serene_add_cuda_objects(name SOURCES x.cpp y.cu): an object library of launchers and kernels, compiled by nvcc.
function(serene_add_cuda_objects name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_library(${name} OBJECT ${ARG_SOURCES})
  set_source_files_properties(${ARG_SOURCES} PROPERTIES LANGUAGE CUDA)
  target_link_libraries(${name} PUBLIC serene_flags CUDA::cudart_static)
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-lineinfo -Xcompiler=-Wall,-Wextra,-ffp-contract=off>)
endfunction()
