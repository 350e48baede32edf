#!/bin/sh
# Installs what building and testing needs, from Debian 12's own packages, and whatever further packages are named.
# Safe to run again; touches the network only where something is missing. Works as root, or as a user who may use sudo.
set -eu

packages="g++ cmake ninja-build pkg-config libsndfile1-dev libsoxr-dev libcli11-dev libspdlog-dev
  nlohmann-json3-dev libgtest-dev libbenchmark-dev dpkg-dev file help2man abigail-tools
  python3-dev python3-venv"

missing=""
for package in $packages "$@"; do
  case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: run as root, or install sudo; missing packages:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# env: sudo drops the variable otherwise.
# shellcheck disable=SC2086  # a list on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
