# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# The hardware's counters, a pass of 8 clips; the clocks are left as they are. NCU_PRECISIONS: bf16 unless told otherwise.
steps_begin
for precision in ${NCU_PRECISIONS:-bf16}; do
  step "ncu-$precision" 400 ncu --clock-control none --section SpeedOfLight --section ComputeWorkloadAnalysis \
    --section MemoryWorkloadAnalysis --section WarpStateStats --section Occupancy --section LaunchStats \
    --metrics l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum,l1tex__data_pipe_lsu_wavefronts_mem_shared.sum,lts__t_bytes.sum,dram__bytes.sum \
    --page raw --csv --log-file "$logs/ncu-$precision.csv" \
    "$programs/bench/profile/serene-bench-profile" --device cuda --channels 64 --seconds 5 --batch 8 --precision "$precision" \
    --warmup 0 --repeat 1
done
for precision in ${NCU_PRECISIONS:-bf16}; do
  row
  row "### $precision, 8 clips of 5 s: counters by kernel"
  row
  python3 scripts/gpu/ncu_table.py "$logs/ncu-$precision.csv" >"$logs/table.md" || failed=$((failed + 1))
  rows "$logs/table.md"
done
