# cmake -D BUILD_DIR=build -D CPACK=cpack -D FOLDER=work -D GOLDEN=tests/golden -D SAMPLE=neutral.flac
#       -D PROGRAM=serene -D READELF=readelf -D MAN=TRUE -P debian.cmake
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

set(root ${FOLDER}/root)
execute_process(COMMAND dpkg-deb --extract ${package} ${root} COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_needs.sh ${package} ${root} ${READELF}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(SEND_ERROR "${output}")
endif()

set(model ${FOLDER}/model.safetensors)
execute_process(COMMAND ${root}/usr/bin/serene-convert --se ${GOLDEN}/cmgan_c8.pt
  --ser ${GOLDEN}/trnet_residual.pt --labels angry,happy,neutral,sad --fit none -o ${model}
  ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(program ${root}/usr/bin/serene ${PROGRAM})
  execute_process(COMMAND ${program} score --quiet --model ${model} ${SAMPLE}
    OUTPUT_VARIABLE converted COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${program} score --quiet ${SAMPLE}  # by the default model
    OUTPUT_VARIABLE default COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${program} score --quiet --model trnet ${SAMPLE}
    OUTPUT_VARIABLE trnet COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND outputs "${converted}${default}${trnet}")
endforeach()
list(GET outputs 0 packaged)
list(GET outputs 1 built)
if(NOT packaged MATCHES "\"posterior\".*\"posterior\".*\"posterior\"" OR NOT packaged STREQUAL built)
  message(SEND_ERROR "the package's program printed\n${packaged}, the build's\n${built}")
endif()

# The rest of what a person meets.
execute_process(COMMAND ${root}/usr/bin/serene doctor RESULT_VARIABLE result OUTPUT_VARIABLE output)
if(NOT result EQUAL 0 OR NOT output MATCHES "the installed default" OR NOT output MATCHES "result +ready")
  message(SEND_ERROR "serene doctor, exit code ${result}:\n${output}")
endif()
foreach(page serene serene-score serene-doctor serene-convert)
  if(MAN AND NOT EXISTS ${root}/usr/share/man/man1/${page}.1)
    message(SEND_ERROR "no man page ${page}")
  endif()
endforeach()
find_program(bash bash REQUIRED)
execute_process(COMMAND ${bash} -ec "source '${root}/usr/share/bash-completion/completions/serene'
[[ $(complete -p serene) == *' -F _serene serene' ]]
COMP_WORDS=('${root}/usr/bin/serene' sc) COMP_CWORD=1 && _serene && echo \"\${COMPREPLY[*]}\""
  OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT output STREQUAL "score")
  message(SEND_ERROR "sc is completed to '${output}', expected score")
endif()
