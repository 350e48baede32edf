#include "converter/globals.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace serene::converter {
namespace {

using weights::DType;

constexpr std::array<std::string_view, 12> kInterpreted{"collections.OrderedDict",
                                                        "torch._utils._rebuild_tensor",
                                                        "torch._utils._rebuild_tensor_v2",
                                                        "torch._utils._rebuild_parameter",
                                                        "torch._utils._rebuild_parameter_with_state",
                                                        "torch.Size",
                                                        "torch.device",
                                                        "builtins.set",
                                                        "__builtin__.set",
                                                        "builtins.frozenset",
                                                        "__builtin__.frozenset",
                                                        "_codecs.encode"};

struct StorageType {
  std::string_view name;
  DType dtype;
};
constexpr std::array<StorageType, 10> kStorages{{{"DoubleStorage", DType::f64},
                                                 {"FloatStorage", DType::f32},
                                                 {"HalfStorage", DType::f16},
                                                 {"BFloat16Storage", DType::bf16},
                                                 {"LongStorage", DType::i64},
                                                 {"IntStorage", DType::i32},
                                                 {"ShortStorage", DType::i16},
                                                 {"CharStorage", DType::i8},
                                                 {"ByteStorage", DType::u8},
                                                 {"BoolStorage", DType::boolean}}};

// Top-level modules that run things. A record labelled with one would be harmless here, but no honest
// checkpoint has it.
constexpr std::array<std::string_view, 34> kHarmful{"os",
                                                    "posix",
                                                    "nt",
                                                    "sys",
                                                    "subprocess",
                                                    "builtins",
                                                    "__builtin__",
                                                    "functools",
                                                    "operator",
                                                    "importlib",
                                                    "shutil",
                                                    "socket",
                                                    "runpy",
                                                    "pty",
                                                    "ctypes",
                                                    "webbrowser",
                                                    "code",
                                                    "codeop",
                                                    "commands",
                                                    "pickle",
                                                    "_pickle",
                                                    "cPickle",
                                                    "marshal",
                                                    "types",
                                                    "inspect",
                                                    "imp",
                                                    "pip",
                                                    "platform",
                                                    "asyncio",
                                                    "timeit",
                                                    "multiprocessing",
                                                    "threading",
                                                    "copyreg",
                                                    "copy_reg"};

// A shape or strides: a tuple of a few integers.
const Tuple* integers(const Value* value) {
  constexpr size_t kMaxRank = 16;
  const auto* tuple = std::get_if<Tuple>(&value->data);
  if (tuple == nullptr || tuple->items.size() > kMaxRank) return nullptr;
  const bool all = std::all_of(tuple->items.begin(), tuple->items.end(),
                               [](const Value* item) { return std::holds_alternative<int64_t>(item->data); });
  return all ? tuple : nullptr;
}

}  // namespace

bool is(const Global& global, std::string_view name) {
  const size_t dot = global.module.size();
  return name.size() == dot + 1 + global.name.size() && name.starts_with(global.module) && name[dot] == '.' &&
         name.ends_with(global.name);
}

bool is_interpreted(const Global& global) {
  return std::any_of(kInterpreted.begin(), kInterpreted.end(),
                     [&](std::string_view name) { return is(global, name); });
}

bool is_label(const Global& global) {
  // torch.load and torch.hub would run things, were they called; nothing honest mentions them.
  return (global.module == "torch" || global.module.starts_with("torch.nn.") ||
          global.module.starts_with("torch._C._nn") || global.module == "torch.storage") &&
         global.name != "load" && global.name.find('.') == global.name.npos;
}

bool may_name_a_record(const Global& global) {
  const std::string_view top = global.module.substr(0, global.module.find('.'));
  for (std::string_view name : kHarmful) {
    if (name == top) return false;
  }
  return true;
}

bool storage_dtype(const Global& global, DType* dtype) {
  if (global.module != "torch" && global.module != "torch.storage" && global.module != "torch.cuda")
    return false;
  for (const StorageType& storage : kStorages) {
    if (storage.name == global.name) {
      *dtype = storage.dtype;
      return true;
    }
  }
  return false;
}

ValuePtr interpret_call(const Global& function, const Tuple& arguments, PickleValues& values) {
  const std::vector<ValuePtr>& args = arguments.items;
  const auto calls = [&](std::string_view name) { return is(function, name); };
  if (calls("collections.OrderedDict")) {
    Dict dict;
    if (args.size() > 1) return nullptr;
    if (args.size() == 1) {
      auto* pairs = std::get_if<List>(&args[0]->data);
      if (pairs == nullptr) return nullptr;
      for (const Value* item : pairs->items) {
        const List* as_list = std::get_if<List>(&item->data);
        const Tuple* as_tuple = std::get_if<Tuple>(&item->data);
        const std::vector<ValuePtr>* pair = as_list != nullptr    ? &as_list->items
                                            : as_tuple != nullptr ? &as_tuple->items
                                                                  : nullptr;
        if (pair == nullptr || pair->size() != 2) return nullptr;
        dict.items.emplace_back((*pair)[0], (*pair)[1]);
      }
      // Taken, not copied: a list recalled a thousand times does not grow a thousandfold.
      pairs->items = {};
    }
    return values.add(Value{std::move(dict)});
  }
  if (calls("torch._utils._rebuild_tensor_v2") || calls("torch._utils._rebuild_tensor")) {
    if (args.size() < 4 || args.size() > 7) return nullptr;
    const auto* storage = std::get_if<StorageRef>(&args[0]->data);
    const auto* offset = std::get_if<int64_t>(&args[1]->data);
    const Tuple *shape = integers(args[2]), *stride = integers(args[3]);
    if (storage == nullptr || offset == nullptr || shape == nullptr || stride == nullptr) return nullptr;
    return values.add(Value{TensorRef{storage, *offset, shape, stride}});
  }
  if (calls("torch._utils._rebuild_parameter") || calls("torch._utils._rebuild_parameter_with_state")) {
    return args.empty() || !std::holds_alternative<TensorRef>(args[0]->data) ? nullptr : args[0];
  }
  if (calls("torch.device")) return values.add(Value{None{}});
  if (calls("_codecs.encode")) {
    return args.size() == 2 && std::holds_alternative<std::string_view>(args[0]->data) ? args[0] : nullptr;
  }
  // torch.Size, set and frozenset are the sequence that they are made of.
  return args.size() == 1 ? args[0] : nullptr;
}

}  // namespace serene::converter
