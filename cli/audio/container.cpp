#include "cli/audio/container.h"

#include <array>
#include <span>

#include "cli/audio/containers/fields.h"
#include "cli/audio/containers/inspect.h"

namespace serene::cli {
namespace {

bool is_container(std::span<const std::byte, 12> head) {
  for (const char* id : {"RIFF", "RF64", "riff", "FORM", "fLaC", "OggS", "caff", ".snd", "dns."}) {
    if (is(head.data(), id)) return true;
  }
  return false;
}

}  // namespace

int64_t tag_before_container(const SourceFile& file) {
  const int64_t end = id3_end(file, 0);
  std::array<std::byte, 12> head{};
  if (end == 0 || file.read_at(end, head) != head.size() || !is_container(head)) return 0;
  return end;
}

ContainerLength inspect_container(const SourceFile& file) {
  std::array<std::byte, 12> head{};
  if (file.read_at(0, head) != head.size()) return {};
  if (is(head.data() + 8, "WAVE")) {
    if (is(head.data(), "RIFF")) return inspect_wave(file, false);
    if (is(head.data(), "RF64")) return inspect_wave(file, true);
  }
  if (is(head.data(), "riff")) return inspect_wave64(file);
  if (is(head.data(), ".snd")) return inspect_au(file, false);
  if (is(head.data(), "dns.")) return inspect_au(file, true);
  if (is(head.data(), "FORM") && is(head.data() + 8, "AIF")) return inspect_aiff(file);
  if (is(head.data(), "OggS")) return inspect_ogg(file);
  if (!is_container(head)) return inspect_mp3(file);
  return {};
}

}  // namespace serene::cli
