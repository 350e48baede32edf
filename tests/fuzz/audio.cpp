// A recording, from its container to 16 kHz.
#include <cmath>

#include "cli/audio/container.h"
#include "cli/audio/recording.h"
#include "cli/audio/source_file.h"
#include "cli/base/input_error.h"
#include "tests/fuzz/fuzz.h"

// libsndfile 1.2.0 forgets Vorbis' tables when it refuses a damaged Ogg file; its leak, not ours to report.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init";
}

namespace serene::fuzz {
namespace {

using cli::InputError;
using cli::Recording;

void inspect(const std::string& path) {
  const cli::SourceFile file(path);
  const cli::ContainerLength length = cli::inspect_container(file);
  if (length.declared_seconds) {
    require(length.truncated, "a length is declared only where less is there");
    require(std::isfinite(*length.declared_seconds) && *length.declared_seconds >= 0, "seconds are a number");
  }
  if (length.patch) require(length.patch->offset >= 0, "a patch lies in the file");
}

void load(const std::string& path, const cli::Segment& segment) {
  try {
    const Recording recording = cli::load_recording(path, segment);
    require(!recording.samples.empty(), "a recording has samples");
    for (const float sample : recording.samples) require(std::isfinite(sample), "samples are finite");
    // The resampler rounds, and the shortest recording still has a sample.
    const double expected = recording.seconds * 16000;
    require(std::abs(static_cast<double>(recording.samples.size()) - expected) <= 2,
            "seconds and samples agree");
    require(recording.clipped_share >= 0 && recording.clipped_share <= 1, "a share is in [0, 1]");
  } catch (const InputError& error) {
    require(!error.code().empty() && error.what()[0] != '\0', "an error has a code and a text");
  }
}

}  // namespace
}  // namespace serene::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  const MemoryFile file(data, size);
  inspect(file.path());
  load(file.path(), {});
  load(file.path(), {.offset = 0.002, .duration = 0.003});
  return 0;
}
