#!/bin/sh
# build, with warnings shown
set -eu
cmake --preset check
exec cmake --build --preset check --parallel "$(nproc)"
