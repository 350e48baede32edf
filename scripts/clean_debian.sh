#!/bin/sh
# Runs a folder's run.sh in a clean Debian of this machine's release, which mmdebstrap makes from what apt calls
# required (minbase) and which is deleted afterwards. The folder is /inside there. The network's settings come along:
# apt's sources and proxies, the host's certificates, /etc/hosts, pip's index. Nothing else does: the environment is
# PATH and HOME.
#
#   scripts/clean_debian.sh FOLDER
#
# Needs mmdebstrap, and root or user namespaces. Ends with the exit code of run.sh, or with 77 and a line that says why
# where no Debian can be made.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: scripts/clean_debian.sh FOLDER" >&2
  exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In a user namespace root is another user.
chmod 755 "$work"
cp -R "$1" "$work/inside"
chmod 755 "$work/inside"
: >"$work/status"
chmod 666 "$work/status"

skip() {
  echo "skipped: no clean Debian: $1"
  exit 77
}
command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"

# The Debian that this machine is; not what else it takes packages from.
# shellcheck disable=SC1091  # not a file of this repository
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016  # apt's variables
apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" "Origin: Debian" |
  sort -u >"$work/sources.list"
grep -q " $suite " "$work/sources.list" || skip "apt has no list of $suite's packages"

# The network's settings, laid out as they lie in the new Debian.
network=$work/network
mkdir -p "$network/etc/apt/apt.conf.d" "$network/etc/ssl/certs" "$network/usr/local/share/ca-certificates"
apt=$network/etc/apt/apt.conf.d/90network
{
  apt-config dump | grep -E '^Acquire::(https?|Check-Date|Check-Valid-Until|Retries)(::[^ ]+)? ".+";$' || true
  [ -z "${http_proxy:-}" ] || echo "Acquire::http::Proxy \"$http_proxy\";"
  [ -z "${https_proxy:-}" ] || echo "Acquire::https::Proxy \"$https_proxy\";"
  echo 'Acquire::Languages "none"; Acquire::Retries "3";'
} >"$apt"
cp /etc/hosts "$network/etc/"
cp /usr/local/share/ca-certificates/*.crt "$network/usr/local/share/ca-certificates/" 2>/dev/null || true
python3 - "$network" <<'PYTHON'
"""pip's settings that concern the network, from its files and environment, into etc/pip.conf; the certificates."""
import configparser
import os
import shutil
import sys
from pathlib import Path

names = {"cert", "extra-index-url", "index-url", "proxy", "retries", "timeout", "trusted-host"}
found = {}
home = Path.home()
for file in ("/etc/pip.conf", home / ".pip/pip.conf", home / ".config/pip/pip.conf"):
    parser = configparser.RawConfigParser()
    parser.read(file)
    found |= dict(parser["global"]) if parser.has_section("global") else {}
found |= {key[4:].lower().replace("_", "-"): value for key, value in os.environ.items() if key.startswith("PIP_")}
if "default-timeout" in found:
    found.setdefault("timeout", found["default-timeout"])
kept = {name: value for name, value in sorted(found.items()) if name in names}
if "https_proxy" in os.environ:
    kept.setdefault("proxy", os.environ["https_proxy"])

root = Path(sys.argv[1])
bundle = "/etc/ssl/certs/ca-certificates.crt"
certificates = kept.get("cert", bundle)
if Path(certificates).is_file():
    shutil.copy(certificates, root / bundle[1:])
    kept["cert"] = bundle
lines = ["[global]", *(f"{name} = {value}" for name, value in kept.items())]
(root / "etc/pip.conf").write_text("\n".join(lines) + "\n")
PYTHON

# dpkg's files need not outlive a power cut. The hook's $1: the new Debian's folder. Its output goes to descriptor 3,
# that of mmdebstrap into a log.
cat >"$work/hook.sh" <<HOOK
cp -R '$network/.' "\$1/"
cp -R '$work/inside' "\$1/inside"
chroot "\$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  sh -c 'cd /inside && sh run.sh' >&3 2>&3 && status=0 || status=\$?
echo "\$status" >'$work/status'
HOOK
mmdebstrap --variant=minbase --format=null --quiet --dpkgopt=force-unsafe-io --aptopt="$apt" \
  --customize-hook="sh '$work/hook.sh' \"\$1\"" "$suite" /dev/null - <"$work/sources.list" 3>&1 >"$work/log" 2>&1 || true
if [ ! -s "$work/status" ]; then
  tail -n 5 "$work/log"
  skip "mmdebstrap cannot make one"
fi
exit "$(cat "$work/status")"
