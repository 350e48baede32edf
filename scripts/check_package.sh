#!/bin/sh
# Installs the Debian package of a build folder into a clean Debian, as a stranger would, and runs it there; then
# removes it. Needs mmdebstrap, which makes that Debian from where this machine's apt takes its packages, and root or
# user namespaces. Where one cannot be made it says so, and the package is not installed anywhere: tests/package, which
# unpacks it and runs what is in it, has the rest.
#
#   scripts/check_package.sh [BUILD]    build/dev
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/dev}

skip() {
  echo "skipped: no clean Debian to install the package into: $1"
  exit 0
}

command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # in a user namespace root is another user

# The Debian that this machine is; not what else it takes packages from.
# shellcheck disable=SC1091  # not a file of this repository
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016  # apt's variables
apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" "Origin: Debian" |
  sort -u >"$work/sources.list"
grep -q " $suite " "$work/sources.list" || skip "apt has no list of $suite's packages"

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
cd /inside
serene score --quiet samples/ >rows.jsonl
diff expected.jsonl rows.jsonl
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
echo "done"
INSIDE

# dpkg's files need not outlive a power cut. $1: the new Debian's folder.
# shellcheck disable=SC2016
if mmdebstrap --variant=apt --format=null --quiet --dpkgopt=force-unsafe-io \
  --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
  --customize-hook="cp -R '$work/inside' \"\$1/inside\"" --customize-hook='chroot "$1" sh /inside/run.sh 2>&1' \
  "$suite" /dev/null - <"$work/sources.list" >"$work/log" 2>&1 && grep -q '^done$' "$work/log"; then
  grep -E '^(made|result)' "$work/log"
  echo "installed, run and removed: the rows of $build"
elif grep -q '^made: ' "$work/log"; then
  cat "$work/log"
  exit 1
else
  tail -n 5 "$work/log"
  skip "mmdebstrap cannot make one"
fi
