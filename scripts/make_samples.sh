#!/bin/sh
# Makes samples/ anew: sentences by a speech synthesiser, noise by SoX. Needs espeak-ng and sox; the same
# versions of the two give the same sound. See samples/README.md.
set -eu
cd "$(dirname "$0")/../samples"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# speak NAME PITCH WORDS_PER_MINUTE TEXT
speak() {
  espeak-ng -v en-gb -p "$2" -s "$3" -w "$work/$1.wav" "$4"
}
# noise NAME COLOUR VOLUME: as long as speech NAME. -R: the same noise every time.
noise() {
  sox -R -r 16000 -n "$work/$1.noise.wav" synth "$(soxi -D "$work/$1.wav")" "$2"noise vol "$3"
}

speak calm 40 150 "The meeting is moved to Thursday. There is no hurry."
sox -R "$work/calm.wav" -r 16000 -b 16 calm.flac gain -n -6

speak excited 75 200 "We won! I can hardly believe it, we really won the match!"
noise excited pink 0.05
sox -R "$work/excited.wav" -r 16000 "$work/excited.16k.wav" gain -n -6
sox -R -m -v 1 "$work/excited.16k.wav" -v 1 "$work/excited.noise.wav" -b 16 excited-noisy.flac

speak sad 20 115 "I waited at the station until the last train had left."
noise sad brown 0.12
sox -R "$work/sad.wav" -r 16000 "$work/sad.16k.wav" gain -n -12
sox -R -m -v 1 "$work/sad.16k.wav" -v 1 "$work/sad.noise.wav" -b 16 sad-very-noisy.flac

# Longer than five seconds, stereo, 44.1 kHz, lossy: nothing about a recording has to be prepared.
speak long 55 165 "This is the third time I have called about the same bill. Nobody has answered my letters, and I \
would like to speak to someone who can help me today."
sox -R "$work/long.wav" -r 44100 -c 2 -C 0 long-stereo.ogg gain -n -3
