// Sound to a file that is either whole or not there.
#pragma once

#include <span>
#include <string>

namespace serene::cli {

enum class WavCoding { pcm16, float32 };

// 16 kHz mono WAV (RF64 from 4 GB on). pcm16 cuts off beyond [-1, 1]. Written beside `path` under a name
// that no file had, and renamed. Throws Stop(kExitOutput).
void write_wav(const std::string& path, std::span<const float> samples, WavCoding coding);

}  // namespace serene::cli
