#!/bin/sh
# what scripts/setup.sh installs, in a clean Debian
set -eu
exec scripts/check_setup.sh
