#!/bin/sh
# CUDA kernels compiled for sm_80 and sm_90a
set -eu
exec scripts/kernel_report.py --check docs/kernels.md \
  --geometry build/check/tests/kernels/report/serene-launch-geometry
