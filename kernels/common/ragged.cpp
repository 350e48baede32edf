#include "kernels/common/ragged.h"

#include <string>

#include "kernels/common/checks.h"

namespace serene {

void check_ragged(const char* op, const char* argument, const Ragged& ragged, int64_t rows) {
  check_that(ragged.clips >= 0, op, argument, "no negative number of clips");
  if (ragged.clips > 0) {
    check_that(ragged.begin != nullptr, op, argument, "where each clip begins");
    if (ragged.begin[0] != 0)
      bad_argument(op, argument, "a start at " + std::to_string(ragged.begin[0]), "0");
  }
  for (int64_t b = 0; b < ragged.clips; ++b) {
    if (ragged.length(b) < 0) {
      bad_argument(op, argument, std::to_string(ragged.length(b)) + " rows in clip " + std::to_string(b),
                   "0 or more");
    }
  }
  if (ragged.rows() != rows) {
    bad_argument(op, argument, std::to_string(ragged.rows()) + " rows", std::to_string(rows));
  }
}

void check_no_clip_empty(const char* op, const char* argument, const Ragged& ragged, const char* wanted) {
  for (int64_t b = 0; b < ragged.clips; ++b) {
    if (ragged.length(b) == 0) bad_argument(op, argument, "no rows in clip " + std::to_string(b), wanted);
  }
}

}  // namespace serene
