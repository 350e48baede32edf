#!/bin/sh
# Both commands of the README's start, as a stranger runs them: in a clean Debian (scripts/clean_debian.sh), in a clean
# clone of HEAD, with nothing installed and an empty environment. Half an hour on two cores.
#
#   scripts/check_fresh.sh [STAGE...]    of scripts/check.sh those stages alone
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/inside"
git clone --quiet --no-hardlinks . "$work/inside/serene"
printf '%s\n' "$@" >"$work/inside/stages"
cat >"$work/inside/run.sh" <<'INSIDE'
set -eu
cd serene
scripts/quickstart.sh
# shellcheck disable=SC2046  # a list
scripts/check.sh $(cat ../stages)
INSIDE
scripts/clean_debian.sh "$work/inside"
