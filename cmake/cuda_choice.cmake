# serene_choose_cuda(CHOICE REASON): what SERENE_CUDA=AUTO comes to, ON or OFF, and one line that says why. ON needs an
# nvcc of CUDA 13 that makes programs, and a driver of NVIDIA's. Runs in scripts, too (tests/cmake/cuda_choice.cmake).
#
# nvcc is looked for where CMake looks: CMAKE_CUDA_COMPILER, $CUDACXX, the path, $CUDA_PATH, $CUDA_HOME,
# /usr/local/cuda. The compiler that was chosen is CMAKE_CUDA_COMPILER after that. SERENE_CUDA_DRIVERS: files one of which
# a machine with a driver has.
if(NOT DEFINED SERENE_CUDA_DRIVERS)
  set(SERENE_CUDA_DRIVERS /dev/nvidiactl /usr/lib/x86_64-linux-gnu/libcuda.so.1
      /usr/lib/aarch64-linux-gnu/libcuda.so.1 /usr/lib64/libcuda.so.1 /usr/lib/wsl/lib/libcuda.so.1)
endif()

function(serene_choose_cuda choice reason)
  set(${choice} OFF PARENT_SCOPE)
  if(SERENE_SANITIZE OR SERENE_FUZZ)
    set(${reason} "a build with sanitizers" PARENT_SCOPE)
    return()
  endif()

  set(nvcc "${CMAKE_CUDA_COMPILER}")
  if(NOT nvcc)
    set(nvcc "$ENV{CUDACXX}")
  endif()
  if(NOT nvcc)
    find_program(found nvcc NO_DEFAULT_PATH NO_CACHE
      PATHS ENV PATH "$ENV{CUDA_PATH}/bin" "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
    if(found)
      set(nvcc "${found}")
    endif()
  endif()
  if(NOT nvcc)
    set(${reason} "no nvcc" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${nvcc} --version OUTPUT_VARIABLE says ERROR_VARIABLE says RESULT_VARIABLE failed)
  if(failed OR NOT says MATCHES "release ([0-9]+)\\.([0-9]+)")
    set(${reason} "${nvcc} does not tell its version" PARENT_SCOPE)
    return()
  endif()
  set(version ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
  if(version VERSION_LESS 13)
    set(${reason} "${nvcc} is of CUDA ${version}, wanted 13 or later" PARENT_SCOPE)
    return()
  endif()

  set(driver "")
  foreach(file IN LISTS SERENE_CUDA_DRIVERS)
    if(NOT driver AND EXISTS ${file})
      set(driver ${file})
    endif()
  endforeach()
  if(NOT driver)
    set(${reason} "no NVIDIA driver, though there is ${nvcc} of CUDA ${version}" PARENT_SCOPE)
    return()
  endif()

  # A toolkit without its run time, or with a C++ compiler that it does not know, would fail the build of a machine that
  # can do without.
  if(NOT CMAKE_CUDA_COMPILER)
    set(probe ${CMAKE_CURRENT_BINARY_DIR}/cuda_probe)
    file(WRITE ${probe}.cu "int main() { int count = 0; return cudaGetDeviceCount(&count) == cudaSuccess ? 0 : 1; }\n")
    set(host "")
    if(CMAKE_CUDA_HOST_COMPILER)
      set(host -ccbin ${CMAKE_CUDA_HOST_COMPILER})
    endif()
    execute_process(COMMAND ${nvcc} ${host} -std=c++20 -cudart static -o ${probe} ${probe}.cu
      OUTPUT_VARIABLE says ERROR_VARIABLE says RESULT_VARIABLE failed)
    if(failed)
      string(REGEX REPLACE "\n.*" "" says "${says}")
      set(${reason} "${nvcc} of CUDA ${version} makes no program: ${says}" PARENT_SCOPE)
      return()
    endif()
  endif()
  set(CMAKE_CUDA_COMPILER "${nvcc}" CACHE FILEPATH "CUDA compiler")
  set(${choice} ON PARENT_SCOPE)
  set(${reason} "${nvcc} of CUDA ${version}, driver ${driver}" PARENT_SCOPE)
endfunction()
