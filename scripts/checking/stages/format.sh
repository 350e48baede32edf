#!/bin/sh
# formatting, and what shellcheck says of the scripts
set -eu
find kernels runtime weights converter cli tests bench examples python \
  \( -name '*.h' -o -name '*.c' -o -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 |
  xargs -0 clang-format --dry-run -Werror
find scripts tests -name '*.sh' -print0 | xargs -0 shellcheck .ci/run
echo "clean"
