// An evaluation as one HTML page that needs nothing else, neither network nor script.
#pragma once

#include <string>

#include "cli/evaluate/evaluation.h"

namespace serene::cli {

// `rows` is the file they came from. Every number is in an attribute, too, to the last digit.
std::string evaluation_page(const Evaluation& evaluation, const std::string& rows);

}  // namespace serene::cli
