#!/bin/sh
# the Debian package in a clean Debian
set -eu
exec scripts/check_package.sh build/check
