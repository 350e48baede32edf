#!/bin/sh
# the Python package, and its examples on Ray Data and Spark
set -eu
SERENE_BUILD_DIR=$PWD/build/check exec scripts/check_python.sh
