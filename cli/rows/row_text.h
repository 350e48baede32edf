// Rows as lines: JSON, or CSV with a header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/rows/row.h"

namespace serene::cli {

enum class RowFormat { jsonl, csv };

// The last column of CSV whose cells were escaped, by which it is known.
inline constexpr const char* kFormulasEscaped = "formulas_escaped";

class RowText {
 public:
  // `escape_formulas`: CSV for spreadsheets, see escape_formula().
  RowText(RowFormat format, RowOutputs outputs, bool escape_formulas = false);
  // What comes before the first row, with its line end; "" for JSON.
  const std::string& header() const { return header_; }
  // One row with its line end; never throws on text that is not UTF-8.
  std::string text(const Row& row) const;
  // How many rows a text of such is.
  uint64_t count(std::string_view rows) const;
  // Of the first row of a text that is made of such, for messages; what is not UTF-8 as "b64:" and Base64.
  std::string path_of(const std::string& rows) const;

 private:
  std::string csv_line(const Row& row) const;
  // A cell as it is written in a line.
  std::string field(const Row& row, const std::string& key) const;
  // The cells of `outputs`, a comma before each.
  std::string other_fields(const Row& outputs) const;

  RowFormat format_;
  bool escape_formulas_;
  RowOutputs outputs_;
  std::string header_;
};

}  // namespace serene::cli
