// Element types that tensors in files may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace serene::weights {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

// Bytes of one element.
size_t element_size(DType dtype);
// safetensors' name, e.g. "F32", "BOOL".
std::string_view dtype_name(DType dtype);
// The reverse; false for a name that is not known.
bool parse_dtype(std::string_view name, DType* dtype);

}  // namespace serene::weights
