# SERENE_CUDA=AUTO by compilers and drivers that are made up: what it comes to, and the reason it gives.
include(${SOURCE_DIR}/cmake/cuda_choice.cmake)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
set(CMAKE_CURRENT_BINARY_DIR ${FOLDER})

# A compiler that prints a version and, asked for a program, ends with `status`.
function(fake_nvcc name version status)
  file(WRITE ${FOLDER}/${name}/nvcc "#!/bin/sh
if [ \"$1\" = --version ]; then
  echo 'Cuda compilation tools, ${version}'
else
  echo 'fatal error: no runtime here' >&2
  exit ${status}
fi
")
  file(CHMOD ${FOLDER}/${name}/nvcc PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()
fake_nvcc(new "release 13.0, V13.0.88" 0)
fake_nvcc(newer "release 14.1, V14.1.2" 0)
fake_nvcc(old "release 12.9, V12.9.41" 0)
fake_nvcc(broken "release 13.0, V13.0.88" 1)
fake_nvcc(silent "what?" 0)
file(WRITE ${FOLDER}/driver "")

# expect(NAME CHOICE REASON): `nvcc`, `driver` and what else is set in front of it.
function(expect name wanted_choice wanted_reason)
  unset(CMAKE_CUDA_COMPILER CACHE)
  set(SERENE_CUDA_DRIVERS ${FOLDER}/no_such_driver ${driver})
  set(ENV{PATH} ${path})
  set(ENV{CUDACXX} "${nvcc}")
  set(ENV{CUDA_PATH} "${root}")
  unset(ENV{CUDA_HOME})
  serene_choose_cuda(choice reason)
  string(REPLACE "${FOLDER}/" "" reason "${reason}")
  if(NOT "${choice} ${reason}" STREQUAL "${wanted_choice} ${wanted_reason}")
    message(SEND_ERROR "${name}: got ${choice}, ${reason}\n  wanted ${wanted_choice}, ${wanted_reason}")
  endif()
  if(choice AND NOT CMAKE_CUDA_COMPILER MATCHES "^${FOLDER}/")
    message(SEND_ERROR "${name}: the compiler is ${CMAKE_CUDA_COMPILER}")
  endif()
endfunction()

set(path /usr/bin:/bin)
if(NOT EXISTS /usr/local/cuda/bin/nvcc AND NOT EXISTS /usr/bin/nvcc)
  expect("no compiler" OFF "no nvcc")
endif()
set(nvcc ${FOLDER}/new/nvcc)
expect("no driver" OFF "no NVIDIA driver, though there is new/nvcc of CUDA 13.0")
set(driver ${FOLDER}/driver)
expect("both" ON "new/nvcc of CUDA 13.0, driver driver")
set(nvcc ${FOLDER}/newer/nvcc)
expect("a later toolkit" ON "newer/nvcc of CUDA 14.1, driver driver")
set(nvcc ${FOLDER}/old/nvcc)
expect("an old toolkit" OFF "old/nvcc is of CUDA 12.9, wanted 13 or later")
set(nvcc ${FOLDER}/silent/nvcc)
expect("no version" OFF "silent/nvcc does not tell its version")
set(nvcc ${FOLDER}/missing/nvcc)
expect("named and not there" OFF "missing/nvcc does not tell its version")
set(nvcc ${FOLDER}/broken/nvcc)
expect("half a toolkit" OFF "broken/nvcc of CUDA 13.0 makes no program: fatal error: no runtime here")

set(nvcc "")
set(path ${FOLDER}/new:/usr/bin:/bin)
expect("in the path" ON "new/nvcc of CUDA 13.0, driver driver")
set(path /usr/bin:/bin)
file(COPY ${FOLDER}/new/nvcc DESTINATION ${FOLDER}/root/bin)
set(root ${FOLDER}/root)
expect("in CUDA_PATH" ON "root/bin/nvcc of CUDA 13.0, driver driver")
set(nvcc ${FOLDER}/newer/nvcc)
expect("CUDACXX before CUDA_PATH" ON "newer/nvcc of CUDA 14.1, driver driver")
set(SERENE_SANITIZE address)
expect("sanitizers" OFF "a build with sanitizers")
unset(SERENE_SANITIZE)

# In a build: the kernels are left out, and one line says so.
execute_process(COMMAND ${CMAKE_COMMAND} -E env CUDACXX=${FOLDER}/old/nvcc
    ${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${FOLDER}/build -G Ninja -D SERENE_BUILD_TESTS=OFF -D SERENE_BUILD_PROGRAMS=OFF
  OUTPUT_VARIABLE says ERROR_VARIABLE says RESULT_VARIABLE failed)
set(line "-- CUDA: OFF (SERENE_CUDA=AUTO): ${FOLDER}/old/nvcc is of CUDA 12.9, wanted 13 or later\n")
string(FIND "${says}" "${line}" at)
if(failed OR at EQUAL -1)
  message(SEND_ERROR "wanted the line\n  ${line}got\n${says}")
endif()
file(READ ${FOLDER}/build/compile_commands.json commands)
if(commands MATCHES "\\.cu\"")
  message(SEND_ERROR "a build without CUDA compiles .cu files")
endif()
