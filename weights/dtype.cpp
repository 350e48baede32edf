#include "weights/dtype.h"

#include <array>
#include <utility>

namespace serene::weights {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  size_t size;
};

constexpr std::array<Row, 13> kRows{{{DType::f64, "F64", 8},
                                     {DType::f32, "F32", 4},
                                     {DType::f16, "F16", 2},
                                     {DType::bf16, "BF16", 2},
                                     {DType::i64, "I64", 8},
                                     {DType::i32, "I32", 4},
                                     {DType::i16, "I16", 2},
                                     {DType::i8, "I8", 1},
                                     {DType::u64, "U64", 8},
                                     {DType::u32, "U32", 4},
                                     {DType::u16, "U16", 2},
                                     {DType::u8, "U8", 1},
                                     {DType::boolean, "BOOL", 1}}};

}  // namespace

size_t element_size(DType dtype) { return kRows[static_cast<size_t>(dtype)].size; }
std::string_view dtype_name(DType dtype) { return kRows[static_cast<size_t>(dtype)].name; }

bool parse_dtype(std::string_view name, DType* dtype) {
  for (const Row& row : kRows) {
    if (row.name == name) {
      *dtype = row.dtype;
      return true;
    }
  }
  return false;
}

}  // namespace serene::weights
