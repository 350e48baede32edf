# serene_add_network(cmgan SOURCES conformer.cpp): registers runtime/networks/cmgan. One network is a folder, its test and
# its reference tensors, and the configuration fails where one of them is missing:
#   config.h config.cpp   what a model file says about it
#   tensors.cpp           the names and shapes of its tensors
#   import.cpp            how a checkpoint of it is recognised and renamed; IMPORT_SOURCES has whatever else that needs
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

# A program may have networks of its own (tests/toy): ROOT is the folder that theirs are in, TESTS and GOLDENS where their
# tests and tensors are, TARGET takes all of their sources and REGISTRY names the property that lists them.
function(serene_add_network name)
  cmake_parse_arguments(ARG "" "ROOT;TESTS;GOLDENS;TARGET;REGISTRY" "SOURCES;IMPORT_SOURCES" ${ARGN})
  set(root runtime/networks)
  set(tests tests/networks)
  set(goldens tests/golden)
  set(formats serene_formats)
  set(networks serene_networks)
  set(registry SERENE_NETWORKS)
  if(ARG_ROOT)
    set(root ${ARG_ROOT})
    set(tests ${ARG_TESTS})
    set(goldens ${ARG_GOLDENS})
    set(formats ${ARG_TARGET})
    set(networks ${ARG_TARGET})
    set(registry ${ARG_REGISTRY})
  endif()
  set(folder ${root}/${name})
  serene_require_files("network ${name}" ${folder}/config.h ${folder}/config.cpp ${folder}/tensors.cpp
    ${folder}/import.cpp ${folder}/${name}.h ${folder}/${name}.cpp ${tests}/${name}_test.cpp)
  file(GLOB found ${PROJECT_SOURCE_DIR}/${goldens}/${name}*.safetensors)
  if(NOT found)
    message(FATAL_ERROR "network ${name}: ${goldens}/${name}*.safetensors is missing")
  endif()
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  list(TRANSFORM ARG_IMPORT_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  set(of_format ${PROJECT_SOURCE_DIR}/${folder}/config.cpp ${PROJECT_SOURCE_DIR}/${folder}/tensors.cpp
    ${PROJECT_SOURCE_DIR}/${folder}/import.cpp ${ARG_IMPORT_SOURCES})
  set(of_forward ${PROJECT_SOURCE_DIR}/${folder}/${name}.cpp ${ARG_SOURCES})
  target_sources(${formats} PRIVATE ${of_format})
  serene_unity_group(${formats} network_${name}_format ${of_format})
  target_sources(${networks} PRIVATE ${of_forward})
  serene_unity_group(${networks} network_${name} ${of_forward})
  set_property(GLOBAL APPEND PROPERTY ${registry} "${folder}")
endfunction()

# ROOT, TARGET and REGISTRY as of a network.
function(serene_add_model name)
  cmake_parse_arguments(ARG "" "ROOT;TARGET;REGISTRY" "" ${ARGN})
  set(root runtime/models)
  set(formats_target serene_formats)
  set(wirings_target serene_networks)
  set(registry SERENE_MODELS)
  if(ARG_ROOT)
    set(root ${ARG_ROOT})
    set(formats_target ${ARG_TARGET})
    set(wirings_target ${ARG_TARGET})
    set(registry ${ARG_REGISTRY})
  endif()
  set(folder ${root}/${name})
  serene_require_files("model ${name}" ${folder}/format.h ${folder}/format.cpp ${folder}/${name}_model.h
    ${folder}/${name}_model.cpp)
  file(GLOB formats ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(REMOVE_ITEM formats ${PROJECT_SOURCE_DIR}/${folder}/${name}_model.cpp)
  target_sources(${formats_target} PRIVATE ${formats})
  serene_unity_group(${formats_target} model_${name}_format ${formats})
  set(wiring ${PROJECT_SOURCE_DIR}/${folder}/${name}_model.cpp)
  target_sources(${wirings_target} PRIVATE ${wiring})
  serene_unity_group(${wirings_target} models ${wiring})
  set_property(GLOBAL APPEND PROPERTY ${registry} ${folder})
endfunction()

# serene_write_registry(target output FOLDERS a/b/x ... INCLUDE "..." BEGIN "..." ENTRY "..." END "..."): a source of the
# target that lists what is in the folders. INCLUDE and ENTRY come once for each; FOLDER in them is the folder, NAME its
# last part.
function(serene_write_registry target output)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "INCLUDE;BEGIN;ENTRY;END" "FOLDERS")
  list(SORT ARG_FOLDERS)
  set(includes "")
  set(entries "")
  foreach(folder IN LISTS ARG_FOLDERS)
    get_filename_component(name ${folder} NAME)
    string(REPLACE FOLDER ${folder} include "${ARG_INCLUDE}")
    string(REPLACE NAME ${name} include "${include}")
    string(REPLACE NAME ${name} entry "${ARG_ENTRY}")
    string(APPEND includes "${include}\n")
    string(APPEND entries "${entry}\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "${includes}\n${ARG_BEGIN}\n${entries}${ARG_END}\n" @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${output})
  # Alone, so that a program with networks of its own can link another list in its place.
  set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/${output} TARGET_DIRECTORY ${target}
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# serene_write_network_registries(formats_target networks_target folder...): the networks of a program.
function(serene_write_network_registries formats networks)
  serene_write_registry(${formats} network_formats.cpp FOLDERS ${ARGN}
    INCLUDE "#include \"FOLDER/config.h\""
    BEGIN "namespace serene::networks {

std::span<const NetworkFormat* const> network_formats() {
  static constexpr const NetworkFormat* kAll[] = {"
    ENTRY "      &NAME_format,"
    END "  };
  return kAll;
}

const NetworkFormat* find_network(std::string_view name) {
  for (const NetworkFormat* format : network_formats()) {
    if (format->name == name) return format;
  }
  return nullptr;
}

}  // namespace serene::networks")
  serene_write_registry(${networks} make_network.cpp FOLDERS ${ARGN}
    INCLUDE "#include \"FOLDER/NAME.h\""
    BEGIN "#include \"kernels/common/error.h\"

namespace serene::runtime {

std::unique_ptr<Network> make_network(const networks::NetworkConfig& config, const WeightReader& weights) {"
    ENTRY "  if (config.network() == \"NAME\") return make_NAME(config, weights);"
    END "  throw Error(ErrorKind::internal, std::string(config.network()) + \": no forward pass\");
}

}  // namespace serene::runtime")
endfunction()

# serene_write_model_registries(formats_target wirings_target folder...): the models of a program.
function(serene_write_model_registries formats networks)
  serene_write_registry(${formats} model_formats.cpp FOLDERS ${ARGN}
    INCLUDE "#include \"FOLDER/format.h\""
    BEGIN "namespace serene::models {

std::span<const ModelFormat* const> model_formats() {
  static constexpr const ModelFormat* kAll[] = {"
    ENTRY "      &NAME_model_format,"
    END "  };
  return kAll;
}

const ModelFormat* find_model(std::string_view name) {
  for (const ModelFormat* format : model_formats()) {
    if (format->name == name) return format;
  }
  return nullptr;
}

}  // namespace serene::models")
  serene_write_registry(${networks} make_wiring.cpp FOLDERS ${ARGN}
    INCLUDE "#include \"FOLDER/NAME_model.h\""
    BEGIN "#include \"kernels/common/error.h\"

namespace serene::runtime {

std::unique_ptr<Wiring> make_wiring(const models::ModelConfig& config, const Parts& parts) {"
    ENTRY "  if (config.model == \"NAME\") return make_NAME_model(config, parts);"
    END "  throw Error(ErrorKind::internal, config.model + \": no wiring\");
}

}  // namespace serene::runtime")
endfunction()
