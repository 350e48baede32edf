#!/bin/sh
# build of the tests that concern the change
set -eu
query=build/check/.cmake/api/v1/query
mkdir -p "$query"
: >"$query/codemodel-v2"
cmake --preset check
targets=$(python3 -m checking.concerned build/check targets ${SERENE_CHECK_SINCE:+"$SERENE_CHECK_SINCE"})
if [ -z "$targets" ]; then
  echo "no test program is made from what changed"
  exit 0
fi
# shellcheck disable=SC2086  # a list
exec cmake --build --preset check --parallel "$(nproc)" --target $targets
