#include "cli/score/listed_inputs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/inputs/glob.h"

namespace serene::cli {

void complete_input(Input& input, const ScoreOptions& options) {
  if (!input.channels) input.channels = options.channels;
}

void check_earlier_inputs(const ScoreOptions& options, ScoreOutput& output,
                          const std::function<void()>& go_on) {
  if (!output.expects_inputs() || !can_be_listed_twice(options.list)) return;
  struct AllSeen {};
  PassedOver passed_over;  // the run itself warns of them
  try {
    list_inputs(options.list, {}, passed_over, [&](Input input) {
      go_on();
      complete_input(input, options);
      if (!output.see(input)) throw AllSeen();
    });
  } catch (const AllSeen&) {
  }
  output.refuse_if_missing();
}

std::string hint_for_none(const ListOptions& list) {
  const auto& paths = list.paths;
  const bool has_names = list.null_separated || std::count(paths.begin(), paths.end(), "-") > 0;
  std::error_code ignored;
  const bool has_folders = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return path != "-" && (is_pattern(path) || std::filesystem::is_directory(path, ignored));
  });
  if (has_folders && !list.recursive) return "; --recursive looks into subfolders too";
  if (has_names && !has_folders && list.manifest.path.empty()) return ": standard input names none";
  if (paths.empty() && !has_names) return ": " + list.manifest.path + " names none";
  return "";
}

}  // namespace serene::cli
