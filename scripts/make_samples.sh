#!/bin/sh
# Makes samples/ anew from recordings of EMO-DB and of noise, all of them CC0. Needs sox; the same versions of it and of
# libvorbis give the same bytes. See samples/README.md.
#
#   scripts/make_samples.sh DATA    # DATA: emodb/ and noise2/, as weights/training/README.md has them
set -eu
data=$(cd "$1" && pwd)
cd "$(dirname "$0")/../samples"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# row FILE LABEL SPEAKER SNR: the path is relative to the repository, as in the rows of `serene score samples/` there.
echo "path,label,speaker,snr" >labels.csv
row() {
  echo "samples/$1,$2,$3,$4" >>labels.csv
}
speaker_of() {
  echo "$1" | cut -c 1-2
}
level_db() {
  sox "$1" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }'
}

# clean RECORDING LABEL: as it is, byte for byte.
clean() {
  cat "$data/emodb/$1.flac" >"$2.flac"
  row "$2.flac" "$2" "$(speaker_of "$1")" clean
}
# noisy RECORDING LABEL NOISE START: the same with noise from START s on, 5 dB below it (RMS of the two).
noisy() {
  speech=$data/emodb/$1.flac
  sox -D "$data/noise2/blanket_$3.ogg" "$work/noise.wav" trim "$4" "$(soxi -s "$speech")s"
  volume=$(echo "$(level_db "$speech") $(level_db "$work/noise.wav")" | awk '{ print 0.7 * 10 ^ (($1 - 5 - $2) / 20) }')
  sox -D -m -v 0.7 "$speech" -v "$volume" "$work/noise.wav" -b 16 "$2-noisy.flac"
  row "$2-noisy.flac" "$2" "$(speaker_of "$1")" 5
}
clean 14a07Wc angry
clean 14a07Fd happy
clean 14a07Na neutral
clean 14a07Tc sad
noisy 14a07Wc angry wind 2
noisy 14a07Fd happy boat 5
noisy 14a07Tc sad birds 1

# Two people in turns, one in each channel.
set -- 03b01Wc 13b02Wa 03b10Wb 13b09Wa 03b03Wc 13b10Wc
sox -D -n -r 16000 -c 2 -b 16 "$work/pause.wav" trim 0 0.7
turns=""
for recording; do
  case $recording in
    03*) sides="1 0" ;;
    *) sides="0 1" ;;
  esac
  # shellcheck disable=SC2086  # two words
  sox -D "$data/emodb/$recording.flac" "$work/$recording.wav" remix $sides
  turns="$turns $work/$recording.wav $work/pause.wav"
done
# Stereo, 44.1 kHz, lossy: nothing about a recording has to be prepared.
# shellcheck disable=SC2086  # a list
sox -R -D $turns -r 44100 -C 3 quarrel.ogg gain -1
row quarrel.ogg angry "03 and 13" clean
