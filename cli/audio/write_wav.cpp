#include "cli/audio/write_wav.h"

#include <serene/serene.h>
#include <sndfile.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "cli/base/exit_codes.h"
#include "cli/base/input_error.h"
#include "cli/base/stop.h"
#include "weights/atomic_file.h"

namespace serene::cli {
namespace {

constexpr size_t kLargestWav = 0xfff00000;  // bytes of samples

struct Failed {
  int error = 0;  // errno, 0 where the system had no part in it
  std::string cause = {};
};

Failed by_system(int error) { return {error, std::generic_category().message(error)}; }

// Whether the next file may fare better: its name or its size is the matter, or who may write just there.
bool is_of_this_file(int error) {
  switch (error) {
    case ENAMETOOLONG:
    case EISDIR:
    case ENOTDIR:
    case EEXIST:
    case ENOTEMPTY:
    case EINVAL:
    case EILSEQ:
    case ELOOP:
    case EACCES:
    case EPERM:
    case EFBIG:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void fail(int error, const std::string& message) {
  if (is_of_this_file(error)) throw InputError(Stage::write, "write_failed", message);
  throw Stop(kExitOutput, message);
}

std::optional<Failed> write_to(int fd, std::span<const float> samples, WavCoding coding) {
  const size_t width = coding == WavCoding::pcm16 ? 2 : 4;
  SF_INFO info{};
  info.samplerate = SERENE_SAMPLE_RATE;
  info.channels = 1;
  info.format = (samples.size() * width < kLargestWav ? SF_FORMAT_WAV : SF_FORMAT_RF64) |
                (coding == WavCoding::pcm16 ? SF_FORMAT_PCM_16 : SF_FORMAT_FLOAT);
  SNDFILE* file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
  if (file == nullptr) return Failed{0, sf_strerror(nullptr)};
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  // The PEAK chunk holds the time of day: the same sound must give the same bytes.
  sf_command(file, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  const auto count = static_cast<sf_count_t>(samples.size());
  errno = 0;
  const bool complete = sf_write_float(file, samples.data(), count) == count;
  const Failed failed = errno != 0 ? by_system(errno) : Failed{0, sf_strerror(file)};
  const bool closed = sf_close(file) == 0;
  return complete && closed ? std::nullopt : std::optional(failed);
}

}  // namespace

void make_folder_of(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) fail(error.value(), path + ": " + error.message());
}

void write_wav(const std::string& path, std::span<const float> samples, WavCoding coding) {
  try {
    weights::AtomicFile file(path);
    const std::optional<Failed> failed = write_to(file.descriptor(), samples, coding);
    if (failed) fail(failed->error, path + ": " + failed->cause);
    file.commit();
  } catch (const weights::FileError& error) {
    fail(error.code(), error.what());
  }
}

}  // namespace serene::cli
