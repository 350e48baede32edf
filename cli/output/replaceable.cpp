#include "cli/output/replaceable.h"

#include <array>
#include <cstddef>
#include <span>

#include "cli/audio/sniff.h"
#include "cli/audio/source_file.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/inputs/inputs.h"
#include "cli/output/journal.h"

namespace serene::cli {
namespace {

bool holds_sound(const std::string& path) {
  try {
    const SourceFile file(path);
    std::array<std::byte, 64> head{};
    const Sniffed found = sniff(std::span(head).first(file.read_at(0, head)));
    return found.is_audio || found.decodable;
  } catch (const InputError&) {
    return false;  // RowOutput says what is wrong with it
  }
}

}  // namespace

void check_replaceable(const std::string& path, const std::string& option, const std::string& what) {
  const std::string name = option + ' ' + path;
  if (holds_sound(path)) throw Stop(kExitUsage, name + " is a recording, which " + what + " would replace");
  if (has_audio_extension(path)) {
    throw Stop(kExitUsage, name + ": " + what + " are not written to what is called as a recording is");
  }
  if (journal_pid(path)) {
    throw Stop(kExitUsage, name + " is a journal of serene score, which " + what + " would replace");
  }
}

}  // namespace serene::cli
