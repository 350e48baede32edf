// A folder of Hugging Face: its files one after the other, each with a line "@NAME SIZE" before it; what
// follows the last is one more file, config.json.
#include "converter/folder.h"

#include <charconv>

#include "converter/networks_in.h"
#include "converter/part.h"
#include "kernels/common/error.h"
#include "tests/converter/folder_in_memory.h"
#include "tests/fuzz/fuzz.h"

namespace serene::fuzz {
namespace {

std::map<std::string, std::string> files_of(std::string_view text) {
  std::map<std::string, std::string> files;
  while (text.starts_with('@') && files.size() < 16) {
    const size_t line = text.find('\n'), space = text.substr(0, line).find(' ');
    if (line == text.npos || space == text.npos) break;
    size_t size = 0;
    const char* end = text.data() + line;
    const auto [rest, code] = std::from_chars(text.data() + space + 1, end, size);
    if (code != std::errc() || rest != end) break;
    files[std::string(text.substr(1, space - 1))] = text.substr(line + 1, size);
    text.remove_prefix(std::min(text.size(), line + 1 + std::min(size, text.size())));
  }
  files.try_emplace("config.json", text);
  return files;
}

}  // namespace
}  // namespace serene::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  namespace converter = serene::converter;
  try {
    const serene::test::FolderInMemory folder(files_of({reinterpret_cast<const char*>(data), size}));
    const auto source = std::make_shared<converter::SourceCheckpoint>();
    source->checkpoint = converter::read_folder(folder);
    for (const auto& [name, tensor] : source->checkpoint.tensors)
      require(tensor.read().bytes.size() == serene::weights::bytes_of(tensor),
              "a tensor is what was said of it");
    require(source->checkpoint.labels.size() <= 1000, "labels are as many as a model may have");
    source->formats = converter::networks_in(source->checkpoint, std::nullopt);
    std::vector<converter::Part> parts;
    for (const serene::networks::NetworkFormat* format : source->formats)
      parts.push_back({std::string(format->name), source, format});
    converter::import_parts(parts, {});
  } catch (const serene::Error& error) {
    // A setting that no tensor says is the user's to give.
    require(error.kind() == serene::ErrorKind::model || error.kind() == serene::ErrorKind::invalid_argument,
            "a bad folder is the model's error");
    require(std::string(error.what()).starts_with("m"), "a message begins with the folder");
  }
  return 0;
}
