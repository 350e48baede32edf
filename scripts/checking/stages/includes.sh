#!/bin/sh
# each source and each header by itself
set -eu
# At the same time as other stages: what is configured stays as it is.
[ -e build/check/compile_commands.json ] || cmake --preset check >/dev/null
cmake --preset dev -B build/includes >/dev/null
exec python3 -m checking.includes build/includes build/check build/includes/passed
