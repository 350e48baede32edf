# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# Where the time of a pass goes, waveform to posterior: clips of 5 s through 64 channels, op by op, and whole passes
# as CUDA graphs, host to host. Then the model that is shipped, of an encoder.
steps_begin
for precision in fp32 tf32 bf16; do
  step "profile-$precision" 60 "$programs/bench/profile/serene-bench-profile" --device cuda --channels 64 --seconds 5 \
    --batch 32 --precision $precision -o "$logs/$precision"
  step "default-$precision" 60 "$programs/bench/profile/serene-bench-profile" --device cuda --model weights/default.safetensors \
    --seconds 5 --batch 32 --precision $precision -o "$logs/default-$precision"
  for batch in 1 8 32; do
    step "graph-$precision-$batch" 60 "$programs/bench/end_to_end/serene-bench-network" --device cuda --channels 64 --score \
      --seconds 5 --batch $batch --precision $precision --repeats 20
    step "default-graph-$precision-$batch" 60 "$programs/bench/end_to_end/serene-bench-network" --device cuda \
      --model weights/default.safetensors --score --seconds 5 --batch $batch --precision $precision --repeats 20
  done
done
row
python3 scripts/gpu/graph_times.py "$logs" >"$logs/graphs.md" || failed=$((failed + 1))
rows "$logs/graphs.md"
for precision in bf16 tf32 fp32 default-bf16; do
  row
  row "### $precision, 32 clips of 5 s: bound and measured, in microseconds a clip"
  row
  python3 scripts/gpu_table.py "$logs/$precision/profile.json" --measured >"$logs/table.md" || failed=$((failed + 1))
  rows "$logs/table.md"
done
