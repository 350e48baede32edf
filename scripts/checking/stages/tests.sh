#!/bin/sh
# all tests
set -eu
exec ctest --preset check --parallel "$(nproc)"
