#!/bin/sh
# Builds the Python package in an environment of its own and tests it against the built programs. Needs
# python3-venv and an index of packages for pip.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

# SERENE_BUILD_DIR: a build folder to take the programs from, instead of building them.
if [ -z "${SERENE_BUILD_DIR:-}" ]; then
  cmake --preset release
  cmake --build --preset release --target serene-convert serene_cli
  SERENE_BUILD_DIR=$PWD/build/release
fi
export SERENE_BUILD_DIR

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install --quiet "./python[test]"

cd python
"$environment/bin/mypy" -p serene -p tests
"$environment/bin/pytest" "$@"
