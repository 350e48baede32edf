#include "cli/text/line_reader.h"

#include "cli/rows/bad_row.h"

namespace serene::cli {

bool LineReader::next(std::string& line) {
  line.clear();
  if (source_.peek() < 0) return false;
  ++number_;
  bool too_long = false;
  for (int c = source_.get(); c >= 0 && c != static_cast<unsigned char>(separator_); c = source_.get()) {
    too_long = too_long || line.size() == kMaxRowBytes;
    if (!too_long) line.push_back(static_cast<char>(c));
  }
  if (too_long) throw BadRow(source_.name(), number_, 0, "longer than 1 MiB");
  if (separator_ == '\n' && line.ends_with('\r')) line.pop_back();
  return true;
}

}  // namespace serene::cli
