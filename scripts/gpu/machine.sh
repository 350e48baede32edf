# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# What the card is and gives: the rates that figures are held against.
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | sed 's/^/- /' >"$logs/card"
rows "$logs/card"
python3 scripts/gpu/rates.py >"$logs/rates" 2>&1 || failed=$((failed + 1))
while read -r line; do row "- $line"; done <"$logs/rates"
