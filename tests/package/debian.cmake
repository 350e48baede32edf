# cmake -D BUILD_DIR=build -D CPACK=cpack -D FOLDER=work -D GOLDEN=tests/golden -D SAMPLE=calm.flac
#       -D PROGRAM=serene -P debian.cmake
#
# Makes the Debian package, reads what it says it needs, unpacks it and runs what is in it.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${CPACK} -G DEB --config ${BUILD_DIR}/CPackConfig.cmake -B ${FOLDER}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB package ${FOLDER}/serene_*.deb)
list(LENGTH package count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "expected one package, got: ${package}")
endif()

execute_process(COMMAND dpkg-deb --field ${package} Depends OUTPUT_VARIABLE depends COMMAND_ERROR_IS_FATAL ANY)
foreach(library libc6 libstdc\\+\\+6 libsndfile1 libsoxr0 libspdlog libfmt)
  if(NOT depends MATCHES "(^|, )${library}")
    message(SEND_ERROR "${library} is not among what the package needs: ${depends}")
  endif()
endforeach()
# What it says it needs can be had here: apt would install it.
execute_process(COMMAND apt-get --simulate --quiet install ${package} RESULT_VARIABLE result
  OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(SEND_ERROR "apt would not install it:\n${output}")
endif()

execute_process(COMMAND dpkg-deb --extract ${package} ${FOLDER}/root COMMAND_ERROR_IS_FATAL ANY)
set(model ${FOLDER}/model.safetensors)
execute_process(COMMAND ${FOLDER}/root/usr/bin/serene-convert --se ${GOLDEN}/cmgan_c8.pt
  --ser ${GOLDEN}/trnet_residual.pt --labels angry,happy,neutral,sad --fit none -o ${model}
  ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(program ${FOLDER}/root/usr/bin/serene ${PROGRAM})
  execute_process(COMMAND ${program} score --quiet --model ${model} ${SAMPLE}
    OUTPUT_VARIABLE converted COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${program} score --quiet ${SAMPLE}  # by the default model
    OUTPUT_VARIABLE default COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND outputs "${converted}${default}")
endforeach()
list(GET outputs 0 packaged)
list(GET outputs 1 built)
if(NOT packaged MATCHES "\"posterior\".*\"posterior\"" OR NOT packaged STREQUAL built)
  message(SEND_ERROR "the package's program printed\n${packaged}, the build's\n${built}")
endif()
