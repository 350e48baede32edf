#!/bin/sh
# Installs the Debian package of a build folder into a clean Debian (scripts/clean_debian.sh), as a stranger would, runs
# it there and removes it. Where no such Debian can be made it says so, ends with 77, and the package is not installed
# anywhere: tests/package, which unpacks it and runs what is in it, has the rest.
#
#   scripts/check_package.sh [BUILD]    build/dev
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/dev}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/inside"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/cpack" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cp "$work"/cpack/serene_*.deb "$work/inside/serene.deb"
cp -R samples "$work/inside/"
"$build/cli/serene" score --quiet samples/ >"$work/inside/expected.jsonl"
cat >"$work/inside/run.sh" <<'INSIDE'
set -eu
echo "made: a Debian of $(dpkg-query -W | wc -l) packages"
# What a package brings that this one asks for, and no more.
apt-get install --yes --quiet --no-install-recommends /inside/serene.deb
serene score --quiet samples/ >rows.jsonl
diff expected.jsonl rows.jsonl
# By the other model that comes with serene.
serene enhance --quiet samples/angry-noisy.flac -o enhanced
test -s enhanced/angry-noisy.wav
serene doctor
test -s /usr/share/man/man1/serene-score.1
bash -ec 'source /usr/share/bash-completion/completions/serene
  [[ $(complete -p serene) == *" -F _serene serene" ]]
  COMP_WORDS=(serene sc) COMP_CWORD=1 && _serene && [[ ${COMPREPLY[*]} == score ]]'
serene-convert --help >/dev/null
ldconfig -p | grep -F libserene.so.
apt-get purge --yes --quiet serene
left=$(find / -xdev -iname '*serene*' -not -path '/inside/*' -not -path '/proc/*' -not -path '/var/log/*')
if [ -n "$left" ]; then
  echo "left behind: $left"
  exit 1
fi
INSIDE

scripts/clean_debian.sh "$work/inside" >"$work/log" 2>&1 || {
  status=$?
  cat "$work/log"
  exit "$status"
}
grep -E '^(made|result)' "$work/log"
echo "installed, run and removed: the rows of $build"
