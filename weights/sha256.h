// SHA-256 (FIPS 180-4), for naming a model file by its content.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "weights/byte_source.h"

namespace serene::weights {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);
// Read piece by piece.
std::string sha256_hex(const ByteSource& source);

}  // namespace serene::weights
