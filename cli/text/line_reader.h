// Lines of a list, or what NULs separate, of bounded length.
#pragma once

#include <cstdint>
#include <string>

#include "cli/text/text_source.h"

namespace serene::cli {

class LineReader {
 public:
  // With '\n' a carriage return before it belongs to the line end. `source` must outlive the reader.
  LineReader(TextSource& source, char separator) : source_(source), separator_(separator) {}

  // The next line without its end; false after the last. Throws BadRow for a line beyond kMaxRowBytes, after
  // which the next line can be read.
  bool next(std::string& line);
  // Of the line that next() gave, from 1.
  int64_t number() const { return number_; }

 private:
  TextSource& source_;
  char separator_;
  int64_t number_ = 0;
};

}  // namespace serene::cli
