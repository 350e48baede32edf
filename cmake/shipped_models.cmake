# Sets `models`: the model files that are installed and go into wheels. Those that are not for commercial use stay in the
# repository: what is installed has the licence of the code.
file(GLOB models CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/../weights/*.safetensors)
list(FILTER models EXCLUDE REGEX "-noncommercial[.]safetensors$")
