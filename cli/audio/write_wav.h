// Sound to a file that is either whole or not there.
#pragma once

#include <span>
#include <string>

namespace serene::cli {

enum class WavCoding { pcm16, float32 };

// 16 kHz mono WAV (RF64 from 4 GB on). pcm16 cuts off beyond [-1, 1]. Takes its place as weights::AtomicFile
// does. Throws InputError(write, write_failed) where only this file cannot be, as with a name that is too
// long, a folder's or a device's, and Stop(kExitOutput) where no other could be either, as on a full disk.
void write_wav(const std::string& path, std::span<const float> samples, WavCoding coding);
// Makes the folder that `path` lies in, and those above it. Throws as write_wav().
void make_folder_of(const std::string& path);

}  // namespace serene::cli
