#!/bin/sh
# Whether scripts/setup.sh installs all that the other scripts take for granted. In a clean Debian
# (scripts/clean_debian.sh) it runs setup.sh alone, then holds that Debian to this machine: the configured build has the
# same targets and tests, the Python module can be configured, and each program that the scripts call is there. Compiles
# nothing of serene. scripts/check_fresh.sh is the whole of it.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inside=$work/inside
mkdir -p "$inside/serene"
tar --exclude='./build*' --exclude=./.git --exclude=./.cache -cf - . | tar -xf - -C "$inside/serene"

# outline.sh BUILD: configures a build folder and prints its targets and tests; no names outside of it.
cat >"$inside/outline.sh" <<'OUTLINE'
set -eu
cmake --preset dev -B "$1" -D SERENE_CUDA=OFF >"$1.log" 2>&1 || { cat "$1.log" >&2; exit 1; }
{
  ninja -C "$1" -t targets all | sed 's/: [^:]*$//'
  ctest --test-dir "$1" -N 2>"$1.log" | sed -n 's/^ *Test *#[0-9]*: /test /p'
} | sed "s|^$(cd "$1" && pwd)/||" | grep -v '^/' | sort -u
OUTLINE
mkdir -p build/setup
sh "$inside/outline.sh" build/setup/here >"$inside/here"
# Those that README and CI run: a GPU, samples made anew and check_fresh.sh take more.
find scripts tests -name '*.sh' -not -name gpu_check.sh -not -path 'scripts/gpu/*' -not -name make_samples.sh -not -name check_fresh.sh \
  -exec python3 scripts/commands_of.py {} + >"$inside/commands"

cat >"$inside/run.sh" <<'INSIDE'
set -eu
echo "made: a Debian of $(dpkg-query -W | wc -l) packages"
cd serene
scripts/setup.sh >../setup.log 2>&1 || { cat ../setup.log; exit 1; }
echo "setup.sh ran: $(dpkg-query -W | wc -l) packages"

failed=0
missing=$(for command in $(cat ../commands); do command -v "$command" >/dev/null || echo "$command"; done)
if [ -n "$missing" ]; then
  echo "scripts/setup.sh: nothing installs what scripts call:" $missing
  failed=1
fi

mkdir -p build
sh ../outline.sh build/there >../there
if ! diff ../here ../there >../difference; then
  echo "scripts/setup.sh: what this machine builds (<) and a Debian of it alone (>) are not the same:"
  cat ../difference
  failed=1
fi

# As python/CMakeLists.txt is configured for a wheel.
python3 -m venv build/environment
build/environment/bin/pip install --quiet "$(sed -n 's/^requires = .*"\(nanobind[^"]*\)".*/\1/p' python/pyproject.toml)"
if cmake -S python -B build/python -G Ninja -D SERENE_CUDA=OFF -D Python_EXECUTABLE="$PWD/build/environment/bin/python" \
  -D SKBUILD_METADATA_DIR="$PWD/build" >../python.log 2>&1; then
  echo "the Python module can be configured"
else
  echo "scripts/setup.sh: not enough for the Python module:"
  cat ../python.log
  failed=1
fi
exit "$failed"
INSIDE

scripts/clean_debian.sh "$inside"
echo "scripts/setup.sh installs what is needed: $(wc -l <"$inside/commands") programs, $(wc -l <"$inside/here") targets and tests"
