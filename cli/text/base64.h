// Base64 (RFC 4648) for file names that are not text.
#pragma once

#include <string>
#include <string_view>

namespace serene::cli {

std::string base64(std::string_view bytes);

}  // namespace serene::cli
