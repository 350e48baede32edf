# serene_unity(target [SKIP x.cpp y.cpp]): compiles the target's sources several at a time where SERENE_UNITY is on. What
# every one of them includes is then parsed, instantiated and sanitized once for all: a third of the time. Files to skip
# are those whose names clash with another's. CI builds so (scripts/check.sh), and reads each file by itself for the headers
# that it forgot (scripts/checking/includes.py); the preset dev compiles each file alone.
function(serene_unity target)
  cmake_parse_arguments(ARG "" "" "SKIP" ${ARGN})
  if(SERENE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 64)
    set_source_files_properties(${ARG_SKIP} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# serene_unity_group(target group x.cpp y.cpp): the same of these sources, apart from the target's others, whose names
# they may share. Sources of no group are compiled alone.
function(serene_unity_group target group)
  if(SERENE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${group})
  endif()
endfunction()
