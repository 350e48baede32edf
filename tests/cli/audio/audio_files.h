// Sound files for the tests, made on the spot.
#pragma once

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace serene::test {

inline constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
inline constexpr int kWavFloat = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
inline constexpr int kFlac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
inline constexpr int kOgg = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
inline constexpr int kMp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;

inline double sine_at(double hertz, double amplitude, double seconds) {
  return amplitude * std::sin(2 * std::numbers::pi * hertz * seconds);
}

// (frames * channels) interleaved, the same in every channel.
inline std::vector<float> sine(double hertz, double amplitude, int rate, double seconds, int channels = 1) {
  std::vector<float> samples;
  const auto frames = std::llround(seconds * rate);
  for (long long i = 0; i < frames; ++i) {
    const auto value = static_cast<float>(sine_at(hertz, amplitude, static_cast<double>(i) / rate));
    samples.insert(samples.end(), static_cast<size_t>(channels), value);
  }
  return samples;
}

// (count) evenly distributed in [-amplitude, amplitude], the same every time.
inline std::vector<float> noise(double amplitude, size_t count) {
  std::vector<float> samples(count);
  uint32_t state = 1;
  for (float& value : samples) {
    state = state * 1664525 + 1013904223;
    value = static_cast<float>(amplitude * (state / 2147483648.0 - 1));
  }
  return samples;
}

// As it is in the file, channels interleaved.
inline std::vector<float> read_audio(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  std::vector<float> samples(static_cast<size_t>(info.frames * info.channels));
  sf_readf_float(file, samples.data(), info.frames);
  sf_close(file);
  return samples;
}

inline void write_audio(const std::string& path, std::span<const float> interleaved, int format,
                        int rate = 16000, int channels = 1) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  // In blocks: Vorbis needs them small.
  const auto count = static_cast<sf_count_t>(interleaved.size());
  for (sf_count_t done = 0; done < count;) {
    const sf_count_t block = std::min<sf_count_t>(count - done, 1024 * channels);
    done += sf_write_float(file, interleaved.data() + done, block);
  }
  sf_close(file);
}

}  // namespace serene::test
