#include "cli/audio/write_wav.h"

#include <fcntl.h>
#include <serene/serene.h>
#include <sndfile.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <system_error>

#include "cli/exit_codes.h"
#include "cli/stop.h"

namespace serene::cli {
namespace {

constexpr size_t kLargestWav = 0xfff00000;  // bytes of samples

// Empty on success.
std::string write_to(int fd, std::span<const float> samples, WavCoding coding) {
  const size_t width = coding == WavCoding::pcm16 ? 2 : 4;
  SF_INFO info{};
  info.samplerate = SERENE_SAMPLE_RATE;
  info.channels = 1;
  info.format = (samples.size() * width < kLargestWav ? SF_FORMAT_WAV : SF_FORMAT_RF64) |
                (coding == WavCoding::pcm16 ? SF_FORMAT_PCM_16 : SF_FORMAT_FLOAT);
  SNDFILE* file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
  if (file == nullptr) return sf_strerror(nullptr);
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  // The PEAK chunk holds the time of day: the same sound must give the same bytes.
  sf_command(file, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  const auto count = static_cast<sf_count_t>(samples.size());
  errno = 0;
  const bool complete = sf_write_float(file, samples.data(), count) == count;
  const std::string cause = errno != 0 ? std::generic_category().message(errno) : sf_strerror(file);
  const bool closed = sf_close(file) == 0;
  return complete && closed ? "" : cause;
}

// A file of a name that nobody had, in the folder of `path`; unlike mkostemp()'s it may be read by whom the
// umask says. The name does not hold that of `path`, which may be as long as a name can be.
int open_temporary(const std::string& path, std::string& temporary) {
  constexpr int kAttempts = 100;
  std::random_device random;
  for (int i = 0; i < kAttempts; ++i) {
    const std::string name = ".serene-" + std::to_string(random()) + ".part";
    temporary = (std::filesystem::path(path).parent_path() / name).string();
    const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

}  // namespace

void write_wav(const std::string& path, std::span<const float> samples, WavCoding coding) {
  std::string temporary;
  const int fd = open_temporary(path, temporary);
  if (fd < 0) throw Stop(kExitOutput, path + ": " + std::generic_category().message(errno));
  std::string cause = write_to(fd, samples, coding);
  if (::close(fd) != 0 && cause.empty()) cause = std::generic_category().message(errno);
  if (cause.empty() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    cause = std::generic_category().message(errno);
  }
  if (cause.empty()) return;
  ::unlink(temporary.c_str());
  throw Stop(kExitOutput, path + ": " + cause);
}

}  // namespace serene::cli
