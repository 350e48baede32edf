# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# PyTorch beside it: eager, as a CUDA graph, compiled. PEERS: precision-batch pairs. At 32 clips the reference's
# attention has not room enough; torch.compile takes a minute for each shape.
steps_begin
for pair in ${PEERS:-bf16-8 bf16-1 fp32-8}; do
  precision=${pair%-*} batch=${pair#*-}
  [ "$batch" -eq 8 ] && compile='' || compile=--no-compile
  # shellcheck disable=SC2086  # nothing, or one word
  step "peers-$pair" 240 python3 bench/peers/run.py --serene-bin-dir "$programs" --device cuda --precision "$precision" \
    --batch "$batch" --repeats 5 $compile --json "$logs/$pair.json"
done
for pair in ${PEERS:-bf16-8 bf16-1 fp32-8}; do
  row
  while read -r line; do row "    $line"; done <"$logs/peers-$pair.log"
done
