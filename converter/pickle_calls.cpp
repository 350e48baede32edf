#include "converter/pickle_calls.h"

#include "converter/globals.h"
#include "converter/pickle_opcodes.h"

namespace serene::converter {
namespace {

// Messages repeat names and keys.
constexpr size_t kLongestText = 256;

}  // namespace

void PickleCalls::refuse(const Global& global) const {
  reader_.refuse("global '" + global.text() + "' is not allowed at byte " + std::to_string(global.position));
}

const Global& PickleCalls::global_of(ValuePtr value) const {
  const auto* global = std::get_if<Global>(&value->data);
  if (global == nullptr) reader_.fail("pickle: a call of something that is no name");
  return *global;
}

// True if the bytes ahead make an object of the name just read, without arguments.
bool PickleCalls::object_follows() const {
  size_t ahead = 0;
  const auto skip_memo = [&] {
    const int op = reader_.peek(ahead);
    if (op == kMemoize) ahead += 1;
    if (op == kBinPut) ahead += 2;
    if (op == kLongBinPut) ahead += 5;
  };
  skip_memo();
  if (reader_.peek(ahead) != kEmptyTuple) return false;
  ++ahead;
  skip_memo();
  return reader_.peek(ahead) == kNewObj;
}

void PickleCalls::push_global(std::string_view module, std::string_view name) {
  const size_t size = module.size() + 1 + name.size();
  if (size > kLongestText) reader_.fail("pickle: a name of " + std::to_string(size) + " bytes");
  const Global global{module, name, reader_.start()};
  weights::DType dtype;
  const bool known = is_interpreted(global) || is_label(global) || storage_dtype(global, &dtype);
  if (!known && !(may_name_a_record(global) && object_follows())) refuse(global);
  stack_.push(global);
}

void PickleCalls::push_stack_global() {
  const ValuePtr name = stack_.pop(), module = stack_.pop();
  const auto* n = std::get_if<std::string_view>(&name->data);
  const auto* m = std::get_if<std::string_view>(&module->data);
  if (n == nullptr || m == nullptr) reader_.fail("pickle: a global that is not named by strings");
  push_global(*m, *n);
}

void PickleCalls::make_object() {
  const ValuePtr arguments = stack_.pop();
  const Global& type = global_of(stack_.pop());
  const auto* tuple = std::get_if<Tuple>(&arguments->data);
  if (tuple == nullptr || !tuple->items.empty()) refuse(type);
  if (is(type, "collections.OrderedDict")) return stack_.push(Dict{});
  if (is_interpreted(type)) refuse(type);
  stack_.push(Object{&type, nullptr});
}

void PickleCalls::reduce() {
  const ValuePtr arguments = stack_.pop();
  const Global& function = global_of(stack_.pop());
  const auto* tuple = std::get_if<Tuple>(&arguments->data);
  if (tuple == nullptr) reader_.fail("pickle: a call without a tuple of arguments");
  if (!is_interpreted(function)) refuse(function);
  const ValuePtr result = interpret_call(function, *tuple, values_);
  if (result == nullptr) reader_.fail("pickle: " + function.text() + " with arguments it does not take");
  stack_.push_known(result);
}

void PickleCalls::build() {
  const ValuePtr state = stack_.pop();
  const ValuePtr top = stack_.top();
  if (auto* object = std::get_if<Object>(&top->data)) {
    object->state = state;
  } else if (!std::holds_alternative<Dict>(top->data) && !std::holds_alternative<TensorRef>(top->data)) {
    reader_.fail("pickle: a state for something that is no object");
  }
}

// ('storage', torch.FloatStorage, key, location, elements)
void PickleCalls::push_storage() {
  const ValuePtr id = stack_.pop();
  const auto* tuple = std::get_if<Tuple>(&id->data);
  if (tuple == nullptr || tuple->items.size() < 5)
    reader_.fail("pickle: persistent id is not that of a storage");
  const std::vector<ValuePtr>& items = tuple->items;
  const auto* kind = std::get_if<std::string_view>(&items[0]->data);
  const auto* type = std::get_if<Global>(&items[1]->data);
  const auto* key = std::get_if<std::string_view>(&items[2]->data);
  const auto* elements = std::get_if<int64_t>(&items[4]->data);
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
      key->size() > kLongestText || elements == nullptr) {
    reader_.fail("pickle: persistent id is not that of a storage");
  }
  StorageRef storage{*key, weights::DType::f32, *elements};
  if (!storage_dtype(*type, &storage.dtype)) reader_.fail("pickle: unknown storage type " + type->text());
  const std::string begin = "pickle: storage " + std::string(*key);
  if (*elements < 0) reader_.fail(begin + " of " + std::to_string(*elements) + " elements");
  // Before PyTorch 0.4 a storage could be a part of another one.
  if (items.size() > 5 && !std::holds_alternative<None>(items[5]->data))
    reader_.fail(begin + ": a view of another storage is not accepted");
  stack_.push(storage);
}

}  // namespace serene::converter
