#!/bin/sh
# tests that concern the change
set -eu
python3 -m checking.concerned build/check tests ${SERENE_CHECK_SINCE:+"$SERENE_CHECK_SINCE"} >build/check/concerned
if [ ! -s build/check/concerned ]; then
  echo "no test concerns what changed"
  exit 0
fi
exec ctest --preset check --parallel "$(nproc)" -I "$PWD/build/check/concerned"
