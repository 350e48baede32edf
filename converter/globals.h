// Which names a pickle may mention, and what becomes of a call of one.
#pragma once

#include <string_view>

#include "converter/pickle_values.h"

namespace serene::converter {

// Whether `global` is "module.name".
bool is(const Global& global, std::string_view name);
// A name whose calls are interpreted, such as torch._utils._rebuild_tensor_v2.
bool is_interpreted(const Global& global);
// A name that may be a label without being called: PyTorch's own classes, functions and storage types.
bool is_label(const Global& global);
// A class of somebody's own may label a record, but never out of a module that can do harm.
bool may_name_a_record(const Global& global);

// dtype of torch.FloatStorage and kin, false for any other name.
bool storage_dtype(const Global& global, weights::DType* dtype);

// The value of `function(*arguments)`; null if it is none of the interpreted ones or the arguments do not
// fit.
ValuePtr interpret_call(const Global& function, const Tuple& arguments, PickleValues& values);

}  // namespace serene::converter
