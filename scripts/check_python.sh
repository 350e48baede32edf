#!/bin/sh
# Builds the Python package in an environment of its own, build/python-environment, and tests it against the built
# programs; then runs the examples on Ray Data and on Spark. Needs what scripts/setup.sh installs and an index of
# packages for pip.
#
# By itself it builds everything, as `pip install ./python` does. SERENE_BUILD_DIR: a build folder whose programs and
# library it takes instead, which costs a module's compilation. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Kept for the next run: Ray and Spark are more than a gigabyte.
environment=$PWD/build/python-environment
python=$environment/bin/python
"$python" -c "" 2>/dev/null || "${PYTHON:-python3}" -m venv --clear "$environment"
pip() { "$python" -m pip "$@"; }

# What pyproject.toml asks for, to build and to test. Here rather than in pip's environments, which would be new for
# every wheel.
requirements=$("$python" -c '
import tomllib
with open("python/pyproject.toml", "rb") as file:
    asked = tomllib.load(file)
print(*asked["build-system"]["requires"], *asked["project"]["optional-dependencies"]["test"], sep="\n")')
echo "$requirements" >"$work/requirements.txt"
# On the libsndfile that the program uses: another decodes Vorbis to other last bits, and rows are compared by theirs.
pip install --quiet --no-binary soundfile soundfile
pip install --quiet --requirement "$work/requirements.txt"

# wheel FOLDER [SETTING...]: the package's one wheel.
wheel() {
  folder=$1
  shift
  pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder" "$@" ./python
}
if [ -z "${SERENE_BUILD_DIR:-}" ]; then
  cmake --preset release
  cmake --build --preset release --target serene-convert serene_cli
  SERENE_BUILD_DIR=$PWD/build/release
  wheel "$work/wheel"
else
  # An install lays down the programs, too: they are built by then.
  cmake --install "$SERENE_BUILD_DIR" --prefix "$work/prefix" >"$work/install.log"
  # In build/ like the other way's folder, so that ccache has nanobind but once to compile.
  rm -rf build/python-installed
  wheel "$work/wheel" --config-settings=build-dir=../build/python-installed \
    --config-settings=cmake.define.SERENE_INSTALLED=ON --config-settings=cmake.define.CMAKE_PREFIX_PATH="$work/prefix"
fi
export SERENE_BUILD_DIR
pip install --quiet --no-deps --force-reinstall "$work"/wheel/serene-*.whl

(
  cd python
  "$environment/bin/mypy" -p serene -p tests -m ray_data -m recordings -m run_local -m score -m spark
  "$environment/bin/pytest" "$@"
)

# As `pip install ./python` has it, with the library in the module: compiled a second time, so without optimisation and
# several sources at a time. Bits are those of the same inner loops, whatever optimised them.
if [ -d "$work/prefix" ]; then
  rm -rf build/python
  wheel "$work/whole" --config-settings=cmake.define.SERENE_UNITY=ON \
    --config-settings=cmake.define.CMAKE_CXX_FLAGS_RELEASE="-O0 -DNDEBUG"
  pip install --quiet --no-deps --target "$work/whole/site" "$work"/whole/serene-*.whl
  if ldd "$work"/whole/site/serene/_native*.so | grep libserene; then
    echo "a plain wheel needs libserene.so"
    exit 1
  fi
  (cd python && SERENE_CPU_LEVEL=baseline PYTHONPATH=$work/whole/site "$environment/bin/pytest" tests/test_numbers.py "$@")
fi

# The same rows by the program, a plain loop, Ray Data and Spark, of the samples and of a file that is none.
cp -R samples "$work/recordings"
echo "no audio" >"$work/recordings/text.wav"
engines=""
constrained="--quiet --constraint examples/python/constraints.txt"
# shellcheck disable=SC2086  # two options
if pip install $constrained "ray[data]"; then
  engines="ray"
else
  echo "skipped: Ray Data: its packages cannot be installed"
fi
# shellcheck disable=SC2086
if scripts/setup.sh openjdk-17-jre-headless && pip install $constrained pyspark pandas pyarrow; then
  engines="$engines pyspark"
else
  echo "skipped: Spark: its packages cannot be installed"
fi
# shellcheck disable=SC2086  # a list
"$python" examples/python/run_local.py weights/default.safetensors "$work/recordings" \
  --program "$SERENE_BUILD_DIR/cli/serene" --engines $engines
