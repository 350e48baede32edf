#include "cli/inputs/manifest.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/inputs/manifest_row.h"
#include "cli/rows/bad_row.h"
#include "cli/text/csv.h"
#include "cli/text/json_line.h"
#include "cli/text/line_reader.h"

namespace serene::cli {
namespace {

using Found = std::function<void(Input)>;

std::string format_of(const ManifestOptions& options) {
  if (options.format != "auto") return options.format;
  const auto ends_in = [&](const char* extension) { return options.path.ends_with(extension); };
  if (ends_in(".jsonl") || ends_in(".ndjson") || ends_in(".json")) return "jsonl";
  if (ends_in(".csv")) return "csv";
  if (ends_in(".scp")) return "scp";
  throw Stop(kExitUsage,
             options.path + ": not .jsonl, .csv or .scp; say what it is with " + options.format_option);
}

// A path is handed to the system as a C string.
bool usable(const std::string& path) { return !path.empty() && path.find('\0') == std::string::npos; }

// A number that no JSON number of ours would be written as again, 1e5 or one of thirty digits: its own text.
class IdText : public nlohmann::json_sax<Row> {
 public:
  bool number_float(double, const std::string& text) override { return value(text); }
  bool number_integer(int64_t) override { return value(""); }
  bool number_unsigned(uint64_t) override { return value(""); }
  bool null() override { return value(""); }
  bool boolean(bool) override { return value(""); }
  bool string(std::string&) override { return value(""); }
  bool binary(Row::binary_t&) override { return value(""); }
  bool key(std::string& name) override {
    is_id_ = depth_ == 1 && name == "id";
    return true;
  }
  bool start_object(size_t) override { return open(); }
  bool start_array(size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
  const std::string& text() const { return text_; }

 private:
  bool value(const std::string& text) {
    if (is_id_ && depth_ == 1) text_ = text;
    return true;
  }
  bool open() {
    value("");
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  std::string text_;
  int depth_ = 0;
  bool is_id_ = false;
};

void keep_id_as_it_is(const std::string& line, Row& row) {
  const auto id = row.find("id");
  if (id == row.end() || !id->is_number_float()) return;
  IdText finder;
  Row::sax_parse(line, &finder);
  if (!finder.text().empty() && finder.text() != id->dump()) *id = finder.text();
}

// False for an empty line.
bool json_input(const std::string& list, const LineReader& lines, const std::string& line, Input& input) {
  if (line.find_first_not_of(" \t") == std::string::npos) return false;
  Row row = parse_json_line(list, lines.number(), line);
  const auto path = row.find("path");
  if (path == row.end()) throw BadRow(list, lines.number(), 0, "no \"path\"");
  if (!path->is_string() || !usable(path->get_ref<const std::string&>())) {
    throw BadRow(list, lines.number(), 0, "\"path\" is not the name of a file");
  }
  keep_id_as_it_is(line, row);
  input = input_of_row(std::move(row));
  return true;
}

bool scp_input(const std::string& list, const LineReader& lines, const std::string& line, Input& input) {
  constexpr const char* kSpace = " \t";
  const size_t id = line.find_first_not_of(kSpace);
  if (id == std::string::npos) return false;
  const size_t id_end = line.find_first_of(kSpace, id);
  const size_t path = line.find_first_not_of(kSpace, id_end);
  if (path == std::string::npos) throw BadRow(list, lines.number(), 0, "no path after the id");
  Row row;
  row["path"] = line.substr(path, line.find_last_not_of(kSpace) + 1 - path);
  row["id"] = line.substr(id, id_end - id);
  const auto& named = row["path"].get_ref<const std::string&>();
  if (!usable(named)) throw BadRow(list, lines.number(), 0, "a NUL in the path");
  const bool command = named.ends_with('|');
  input = input_of_row(std::move(row));
  if (command) {
    input.error = InputError(Stage::list, "command_refused", "a command, not a file; commands are never run");
  }
  return true;
}

// Reads what `read` makes of each record until it says that there is no more.
template <typename Read>
void read_rows(const ManifestOptions& options, const Found& found, const Read& read) {
  for (;;) {
    try {
      if (!read()) return;
    } catch (const BadRow& bad) {
      if (!options.skip_bad_rows) {
        const char* advice = options.can_skip ? " (--skip-bad-rows goes on without such rows)" : "";
        throw Stop(kExitUsage, std::string(bad.what()) + advice);
      }
      Input input;
      input.error = InputError(Stage::list, "bad_row", bad.what());
      found(std::move(input));
    }
  }
}

template <typename Convert>
void read_lines(TextSource& source, const ManifestOptions& options, const Found& found,
                const Convert& convert) {
  LineReader lines(source, '\n');
  std::string line;
  read_rows(options, found, [&] {
    if (!lines.next(line)) return false;
    Input input;
    if (convert(source.name(), lines, line, input)) found(std::move(input));
    return true;
  });
}

// "1.5" as a number where it is one, else as text, which input_of_row refuses.
Row number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  return std::isfinite(value) ? Row(value) : Row(text);
}

std::vector<std::string> csv_header(CsvReader& reader, const std::string& list) {
  std::vector<std::string> header;
  try {
    if (!reader.next(header)) throw Stop(kExitUsage, list + ": empty, without a header");
  } catch (const BadRow& bad) {
    throw Stop(kExitUsage, bad.what());
  }
  if (std::find(header.begin(), header.end(), "path") == header.end()) {
    throw Stop(kExitUsage, list + ":1: no column \"path\" in the header");
  }
  std::vector<std::string> sorted = header;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) throw Stop(kExitUsage, list + ":1: two columns \"" + *twice + '"');
  return header;
}

void read_csv(TextSource& source, const ManifestOptions& options, const Found& found) {
  CsvReader reader(source);
  const std::vector<std::string> header = csv_header(reader, source.name());
  std::vector<std::string> fields;
  read_rows(options, found, [&] {
    if (!reader.next(fields)) return false;
    if (fields.size() != header.size()) {
      throw BadRow(
          source.name(), reader.line(), 0,
          std::to_string(fields.size()) + " fields under a header of " + std::to_string(header.size()));
    }
    Row row;
    for (size_t i = 0; i < header.size(); ++i) {
      const bool number = header[i] == "offset" || header[i] == "duration";
      const bool optional = number || header[i] == "id" || header[i] == "channel" || header[i] == "label";
      if (optional && fields[i].empty()) continue;  // nothing is said
      row[header[i]] = number ? number_in(fields[i]) : Row(fields[i]);
    }
    if (!usable(row["path"].get_ref<const std::string&>())) {
      throw BadRow(source.name(), reader.line(), 0, "the path is not the name of a file");
    }
    found(input_of_row(std::move(row)));
    return true;
  });
}

}  // namespace

void read_manifest(const ManifestOptions& options, const Found& found) {
  const std::string format = format_of(options);
  TextSource source(options.path);
  if (format == "jsonl") return read_lines(source, options, found, json_input);
  if (format == "scp") return read_lines(source, options, found, scp_input);
  read_csv(source, options, found);
}

}  // namespace serene::cli
