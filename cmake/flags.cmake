set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)

# Flags for our own targets; what others wrote is included as SYSTEM.
# -ffp-contract=off: whether a product and a sum are fused is said in the source, so that bits do not
# depend on the optimiser's mood. No -ffast-math anywhere. -Wno-restrict: GCC 12 sees overlaps in std::string
# where there are none (GCC bug 105651). -Wshadow of GCC alone: clang's takes names of files compiled together (SERENE_UNITY).
add_library(serene_flags INTERFACE)
target_compile_options(serene_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wfloat-conversion
                            -Wno-psabi $<$<CXX_COMPILER_ID:GNU>:-Wshadow -Wno-restrict> -ffp-contract=off>)
target_include_directories(serene_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(serene_flags INTERFACE Threads::Threads)

if(SERENE_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "SERENE_FUZZ: the compiler is ${CMAKE_CXX_COMPILER_ID}, libFuzzer comes with clang")
endif()
# serene_fuzzed(target): a library that fuzz targets try inputs on: it tells libFuzzer where they lead, and is optimised a
# little, so that more are tried. Whatever else such a build has runs once, and compiles in a quarter of the time.
function(serene_fuzzed target)
  if(SERENE_FUZZ)
    target_compile_options(${target} PRIVATE -O1 -fsanitize=fuzzer-no-link)
  endif()
endfunction()
if(SERENE_SANITIZE)
  add_compile_options(-fsanitize=${SERENE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SERENE_SANITIZE})
endif()

# serene_runs_once(main.cpp): a source that reads a command line and calls what does the work. In a release build it is
# optimised a little, which takes half of the time to compile: of CLI11's templates, mostly.
function(serene_runs_once)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O1>)
endfunction()
