// Manifests in each format, and the rows that `serene evaluate` reads.
#include <algorithm>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/inputs/manifest.h"
#include "cli/rows/scored_rows.h"
#include "tests/fuzz/fuzz.h"

namespace serene::fuzz {
namespace {

using cli::Input;
using cli::Stop;

// The rows that can be used, as text; `whole`: nothing ended the reading.
struct Rows {
  std::vector<std::string> usable;
  bool whole = false;
};

Rows rows_of(const std::string& path, const char* format, bool skip_bad_rows) {
  Rows rows;
  try {
    cli::read_manifest({path, format, skip_bad_rows}, [&](const Input& input) {
      if (input.error && input.error->code() == "bad_row") {
        require(skip_bad_rows, "a bad row ends the run unless it is to be passed over");
        return;
      }
      require(!input.path.empty() && input.path.find('\0') == std::string::npos, "a path is a name");
      require(input.segment.offset >= 0, "an offset is not before the start");
      require(!input.segment.duration || *input.segment.duration >= 0, "a duration is no debt");
      rows.usable.push_back(input.path + '\n' + cli::to_line(input.carried));
    });
    rows.whole = true;
  } catch (const Stop& stop) {
    require(stop.exit_code() == cli::kExitUsage, "a list that makes no sense is wrong usage");
    require(stop.what()[0] != '\0', "the cause has a text");
  }
  return rows;
}

void read_rows(const std::string& path) {
  try {
    cli::read_scored_rows(path, [](const cli::ScoredRow& row) {
      // A row of a model without classes has neither a label nor a reason, but outputs, which may be none.
      require(row.outputs.is_object(), "outputs have names");
      cli::to_line(row.columns);
    });
  } catch (const Stop& stop) {
    require(stop.exit_code() == cli::kExitUsage, "rows that make no sense are wrong usage");
  }
}

}  // namespace
}  // namespace serene::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  const MemoryFile file(data, size);
  for (const char* format : {"jsonl", "csv", "scp"}) {
    const Rows strict = rows_of(file.path(), format, false), lenient = rows_of(file.path(), format, true);
    require(lenient.whole || lenient.usable.empty(),
            "only a header ends a reading that passes over bad rows");
    require(!strict.whole || strict.usable == lenient.usable, "a good list reads the same either way");
    require(strict.usable.size() <= lenient.usable.size() &&
                std::equal(strict.usable.begin(), strict.usable.end(), lenient.usable.begin()),
            "passing over bad rows loses no good one before them");
  }
  read_rows(file.path());
  return 0;
}
