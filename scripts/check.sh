#!/bin/sh
# What CI runs, stage by stage (scripts/checking/stages), each with the seconds that it took. From a fresh Debian 12,
# too; the CUDA compiler comes from PyPI. The last line is ctest's own.
#
#   scripts/check.sh               everything: under 25 minutes on two cores
#   scripts/check.sh fast [REV]    under six: formatting, and the tests that concern what differs from REV, by default
#                                  from where the branch left main; built in a folder that is kept
#   scripts/check.sh STAGE...      those alone
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = fast ]; then
  scripts/setup.sh clang-format shellcheck
else
  scripts/setup.sh clang clang-format libclang-rt-14-dev mmdebstrap shellcheck
fi
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
PYTHONPATH=$PWD/scripts PYTHONDONTWRITEBYTECODE=1 exec python3 -m checking "$@"
