#!/bin/sh
# Fills a folder with what the library and its tests need besides a compiler, for machines without network and
# packages (scripts/gpu_check.sh): headers, and GoogleTest's source. Under 6 MB; takes them from where
# scripts/setup.sh put them.
#
#   scripts/stage_deps.sh DIR
set -eu
if [ $# -ne 1 ]; then
  echo "usage: scripts/stage_deps.sh DIR" >&2
  exit 2
fi
mkdir -p "$1/include"
for needed in /usr/include/nlohmann /usr/include/CLI /usr/include/spdlog /usr/include/fmt /usr/src/googletest/googletest; do
  if [ ! -d "$needed" ]; then
    echo "stage_deps: $needed is missing; scripts/setup.sh installs it" >&2
    exit 1
  fi
done
cp -R /usr/include/nlohmann /usr/include/CLI /usr/include/spdlog /usr/include/fmt "$1/include/"
rm -rf "$1/googletest"
cp -R /usr/src/googletest/googletest "$1/googletest"
rm -rf "$1/googletest/test" "$1/googletest/docs" "$1/googletest/samples"
# Their licences travel with them.
for package in nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev googletest; do
  cp "/usr/share/doc/$package/copyright" "$1/$package.copyright"
done
du -sh "$1"
