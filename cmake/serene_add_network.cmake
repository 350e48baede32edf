# serene_add_network(cmgan SOURCES conformer.cpp): registers runtime/networks/cmgan. One network is a folder, its test and
# its reference tensors, and the configuration fails where one of them is missing:
#   config.h config.cpp   what a model file says about it
#   tensors.cpp           the names and shapes of its tensors
#   import.cpp            how a checkpoint of it is recognised and renamed
#   cmgan.h cmgan.cpp     its forward pass; SOURCES has whatever else that needs
#   tests/networks/cmgan_test.cpp, tests/golden/cmgan*.safetensors
# The converter links the first three alone. serene_add_model(trnet) registers runtime/models/trnet likewise: format.h and
# format.cpp say which parts it wires and what it gives, trnet_model.h and trnet_model.cpp are the wiring.
set_property(GLOBAL PROPERTY SERENE_NETWORKS "")
set_property(GLOBAL PROPERTY SERENE_MODELS "")

function(serene_require_files what)
  foreach(file IN LISTS ARGN)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "${what}: ${file} is missing")
    endif()
  endforeach()
endfunction()

function(serene_add_network name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  set(folder runtime/networks/${name})
  serene_require_files("network ${name}" ${folder}/config.h ${folder}/config.cpp ${folder}/tensors.cpp
    ${folder}/import.cpp ${folder}/${name}.h ${folder}/${name}.cpp tests/networks/${name}_test.cpp)
  file(GLOB goldens ${PROJECT_SOURCE_DIR}/tests/golden/${name}*.safetensors)
  if(NOT goldens)
    message(FATAL_ERROR "network ${name}: tests/golden/${name}*.safetensors is missing")
  endif()
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  target_sources(serene_formats PRIVATE ${PROJECT_SOURCE_DIR}/${folder}/config.cpp
    ${PROJECT_SOURCE_DIR}/${folder}/tensors.cpp ${PROJECT_SOURCE_DIR}/${folder}/import.cpp)
  target_sources(serene_networks PRIVATE ${PROJECT_SOURCE_DIR}/${folder}/${name}.cpp ${ARG_SOURCES})
  set_property(GLOBAL APPEND PROPERTY SERENE_NETWORKS ${name})
endfunction()

function(serene_add_model name)
  set(folder runtime/models/${name})
  serene_require_files("model ${name}" ${folder}/format.h ${folder}/format.cpp ${folder}/${name}_model.h
    ${folder}/${name}_model.cpp)
  file(GLOB formats ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(REMOVE_ITEM formats ${PROJECT_SOURCE_DIR}/${folder}/${name}_model.cpp)
  target_sources(serene_formats PRIVATE ${formats})
  target_sources(serene_networks PRIVATE ${PROJECT_SOURCE_DIR}/${folder}/${name}_model.cpp)
  set_property(GLOBAL APPEND PROPERTY SERENE_MODELS ${name})
endfunction()

# serene_write_registry(property target output INCLUDE "..." BEGIN "..." ENTRY "..." END "..."): a source of the target that
# lists all that was added. INCLUDE and ENTRY come once for each name, which replaces NAME in them.
function(serene_write_registry property target output)
  cmake_parse_arguments(PARSE_ARGV 3 ARG "" "INCLUDE;BEGIN;ENTRY;END" "")
  get_property(names GLOBAL PROPERTY ${property})
  list(SORT names)
  set(includes "")
  set(entries "")
  foreach(name IN LISTS names)
    string(REPLACE NAME ${name} include "${ARG_INCLUDE}")
    string(REPLACE NAME ${name} entry "${ARG_ENTRY}")
    string(APPEND includes "${include}\n")
    string(APPEND entries "${entry}\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "${includes}\n${ARG_BEGIN}\n${entries}${ARG_END}\n" @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${output})
endfunction()
