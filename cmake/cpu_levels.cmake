# The inner loops of kernels/common/cpu/level, once per instruction-set level.
function(serene_add_cpu_levels target)
  set(sources attention.cpp gemm.cpp peak.cpp rows.cpp softmax.cpp table.cpp)
  list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/kernels/common/cpu/level/)
  set(levels baseline)
  set(optimise -O3)
  if((SERENE_SANITIZE AND SERENE_SANITIZE_INNER_LOOPS) OR CMAKE_CXX_FLAGS_RELEASE MATCHES "-O0")
    # Sanitizers blow the unrolled loops up to minutes of compilation a file; one level shows their bugs as well. Nor does
    # who asks for no optimisation want to wait for it.
    set(optimise -O1)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND levels avx2 avx512 avx512bf16)
    set(flags_avx2 -mavx2 -mfma)
    # prefer-vector-width: GCC would else split into 256-bit halves on some tunings.
    set(flags_avx512 -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
    set(flags_avx512bf16 ${flags_avx512} -mavx512bf16)
    set_source_files_properties(${PROJECT_SOURCE_DIR}/kernels/common/cpu/vector_kernels.cpp
      PROPERTIES COMPILE_DEFINITIONS SERENE_X86_LEVELS)
  endif()
  foreach(level ${levels})
    add_library(serene_cpu_${level} OBJECT ${sources})
    target_link_libraries(serene_cpu_${level} PRIVATE serene_flags)
    target_compile_definitions(serene_cpu_${level} PRIVATE SERENE_CPU_LEVEL=${level})
    # In every configuration: without inlining the tiles would spill all accumulators.
    target_compile_options(serene_cpu_${level} PRIVATE ${flags_${level}} ${optimise} -fno-exceptions -fno-rtti)
    if(SERENE_SANITIZE AND NOT SERENE_SANITIZE_INNER_LOOPS)
      target_compile_options(serene_cpu_${level} PRIVATE -fno-sanitize=all)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:serene_cpu_${level}>)
  endforeach()
endfunction()
