include(CMakeDependentOption)

option(SERENE_BUILD_PROGRAMS "Build the commands; off, the library alone, which needs only nlohmann_json and soxr" ON)
set(SERENE_DEPENDENCIES "" CACHE PATH
    "Folder made by scripts/stage_deps.sh, for machines without the packages: the library, its tests and serene-bench-network")
cmake_dependent_option(SERENE_SOXR "Link soxr, for recordings of any rate; off, the library takes 16 kHz alone" ON
  "NOT SERENE_DEPENDENCIES" OFF)
option(SERENE_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(SERENE_BUILD_BENCH "Build the benchmarks" OFF)
if(SERENE_DEPENDENCIES AND SERENE_BUILD_PROGRAMS)
  message(FATAL_ERROR "SERENE_DEPENDENCIES has not what the commands need: set SERENE_BUILD_PROGRAMS=OFF")
endif()
if(SERENE_BUILD_PROGRAMS AND NOT SERENE_SOXR)
  message(FATAL_ERROR "the commands need soxr: set SERENE_BUILD_PROGRAMS=OFF, or leave SERENE_SOXR on")
endif()
set(SERENE_SANITIZE "" CACHE STRING "Sanitizers for everything, e.g. address,undefined or thread")
option(SERENE_FUZZ "Link the fuzz targets with libFuzzer, which clang has, instead of a replay of kept inputs" OFF)
option(SERENE_SANITIZE_INNER_LOOPS "With SERENE_SANITIZE: the CPU's inner loops, too, which makes them 100 times slower" ON)
option(SERENE_UNITY "Compile several sources at a time where that saves much: for CI, not for working on them" OFF)
set(SERENE_TEST_OPS "" CACHE STRING
    "Ops that are tested, benched and run on the executor, for quick work on one; empty: all. The library has all")
set(SERENE_SHARED_DIR "${PROJECT_SOURCE_DIR}/../shared" CACHE PATH
    "Folder with further reference tensors and recordings; tests use it where it exists")

set(SERENE_TEST_ROOT "${PROJECT_SOURCE_DIR}" CACHE STRING
    "Where test programs look for tests/golden and weights; '.', for programs that run on another machine: where they start")

set(SERENE_CUDA AUTO CACHE STRING
    "Compile the kernels for NVIDIA GPUs: ON, which needs nvcc of CUDA 13, OFF, or AUTO: where that and a driver are found")
set_property(CACHE SERENE_CUDA PROPERTY STRINGS AUTO ON OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The host executor is for tests. It takes GCC's instrumentation for its own hooks, so it cannot be sanitized.
set(SERENE_EXECUTOR OFF)
if(SERENE_BUILD_TESTS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT SERENE_SANITIZE)
  set(SERENE_EXECUTOR ON)
endif()
