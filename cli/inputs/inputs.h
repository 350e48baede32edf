// Which recordings the arguments name.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "cli/audio/channels.h"
#include "cli/audio/segment.h"
#include "cli/base/input_error.h"
#include "cli/inputs/input_key.h"
#include "cli/rows/row.h"

namespace serene::cli {

struct Input {
  std::string path;                    // as named, or folder + "/" + entry
  std::string below = {};              // folder of a walked file relative to the argument, "" at its top
  std::optional<InputError> error{};   // it cannot be read: it costs a row
  Segment segment{};                   // what of it is meant
  std::optional<Channels> channels{};  // where the list says
  Row carried = Row::object();         // what its rows have besides the path: id, offset, ...
  InputKey key{};                      // in the journal
};

// Files of walked folders that were not taken, as their names have no extension of an audio format.
class PassedOver {
 public:
  void add(const std::string& path);
  // A line on standard error, where there were any.
  void warn() const;
  size_t count() const { return count_; }
  const std::string& first() const { return first_; }

 private:
  size_t count_ = 0;
  std::string first_;
};

// Calls `found` for every recording, in the order of the arguments; a folder's entries come sorted by bytes,
// files before subfolders. A file named as argument is always taken, whatever it is called. Of a folder only
// entries with the extension of an audio format are, others go to `passed_over`; links to folders are not
// followed. An argument that is no file and has *, ? or [ is a pattern (glob.h). Memory is that of one
// folder's listing for each level.
void walk_inputs(std::span<const std::string> arguments, bool recursive, PassedOver& passed_over,
                 const std::function<void(Input)>& found);

// What walk_inputs does with one name.
void walk_input(const std::string& argument, bool recursive, PassedOver& passed_over,
                const std::function<void(Input)>& found);

// By the extension, in either case.
bool has_audio_extension(const std::string& name);

}  // namespace serene::cli
