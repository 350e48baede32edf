#include "converter/unpickler.h"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <map>

#include "converter/globals.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

// Opcodes as in Python's pickletools.
enum Op : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kFloat = 'F',
  kInt = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kLong = 'L',
  kBinInt2 = 'M',
  kNone = 'N',
  kPersId = 'P',
  kBinPersId = 'Q',
  kReduce = 'R',
  kString = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicode = 'V',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kEmptyDict = '}',
  kAppends = 'e',
  kGet = 'g',
  kBinGet = 'h',
  kInst = 'i',
  kLongBinGet = 'j',
  kList = 'l',
  kEmptyList = ']',
  kObj = 'o',
  kPut = 'p',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kEmptyTuple = ')',
  kSetItems = 'u',
  kBinFloat = 'G',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kNewObj = 0x81,
  kExt1 = 0x82,
  kExt2 = 0x83,
  kExt4 = 0x84,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kNewObjEx = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96
};

constexpr size_t kLongestName = 256;
// One byte of a pickle can make a value of a hundred: these bound what a hostile one costs. A checkpoint of
// 2000 tensors makes 50,000 values.
constexpr size_t kMaxValues = 300'000, kMaxStack = 300'000, kMaxMarks = 1000;

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Pickle run(size_t* end) {
    for (;;) {
      start_ = at_;
      const auto op = static_cast<uint8_t>(number(1));
      if (op == kStop) break;
      step(op);
    }
    if (!marks_.empty() || stack_.size() != 1)
      fail("pickle: " + std::to_string(stack_.size()) + " values left at STOP");
    pickle_.root = stack_.back();
    *end = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    weights::refuse(name_, what + " at byte " + std::to_string(start_));
  }

  // Reading.
  uint64_t number(int size) {
    if (bytes_.size() - at_ < static_cast<size_t>(size)) fail("pickle: truncated");
    uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes_[at_ + i]) << 8 * i;
    at_ += size;
    return value;
  }
  std::string text(uint64_t size) {
    if (size > bytes_.size() - at_)
      fail("pickle: " + std::to_string(size) + " bytes announced, " + std::to_string(bytes_.size() - at_) +
           " left");
    std::string value(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
    at_ += size;
    return value;
  }
  std::string line() {
    for (size_t i = at_; i < bytes_.size(); ++i) {
      if (bytes_[i] == std::byte{'\n'}) {
        std::string value = text(i - at_);
        ++at_;
        return value;
      }
    }
    fail("pickle: truncated");
  }
  int64_t decimal(std::string digits) {
    if (digits.ends_with("L")) digits.pop_back();
    int64_t value = 0;
    const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc() || rest != digits.data() + digits.size()) fail("pickle: not a number");
    return value;
  }
  // Two's complement, little-endian. Wider numbers than ours are kept as their bytes: nothing here counts
  // that far.
  void push_long(uint64_t size) {
    const std::string raw = text(size);
    if (size > 8) return push(raw);
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(raw[i])) << 8 * i;
    if (size > 0 && size < 8 && (raw.back() & 0x80) != 0) value |= ~uint64_t{0} << 8 * size;
    push(static_cast<int64_t>(value));
  }

  // The stack.
  template <class T>
  void push(T value) {
    if (pickle_.values.size() >= kMaxValues)
      fail("pickle: more than " + std::to_string(kMaxValues) + " values");
    push_known(&pickle_.values.emplace_back(Value{std::move(value)}));
  }
  void push_known(ValuePtr value) {
    if (stack_.size() >= kMaxStack)
      fail("pickle: more than " + std::to_string(kMaxStack) + " values on the stack");
    stack_.push_back(value);
  }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  ValuePtr top() {
    if (stack_.size() <= floor()) fail("pickle: stack underflow");
    return stack_.back();
  }
  ValuePtr pop() {
    const ValuePtr value = top();
    stack_.pop_back();
    return value;
  }
  std::vector<ValuePtr> pop_to_mark() {
    if (marks_.empty()) fail("pickle: no mark");
    std::vector<ValuePtr> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  template <class T>
  T& top_as(const char* what) {
    T* value = std::get_if<T>(&top()->data);
    if (value == nullptr) fail(std::string("pickle: ") + what);
    return *value;
  }
  void set_items(const std::vector<ValuePtr>& items) {
    if (items.size() % 2 != 0) fail("pickle: a key without a value");
    // An object may be filled like a mapping; what it holds then is of no interest.
    if (std::holds_alternative<Object>(top()->data)) return;
    Dict& dict = top_as<Dict>("items for something that is no dict");
    for (size_t i = 0; i < items.size(); i += 2) dict.items.emplace_back(items[i], items[i + 1]);
  }
  void append_items(const std::vector<ValuePtr>& items) {
    List& list = top_as<List>("items for something that is no list");
    list.items.insert(list.items.end(), items.begin(), items.end());
  }

  // The memo.
  void remember(uint64_t index) {
    const ValuePtr value = top();
    if (memo_.size() >= kMaxValues) fail("pickle: more than " + std::to_string(kMaxValues) + " memos");
    memo_[index] = value;
  }
  void recall(uint64_t index) {
    const auto it = memo_.find(index);
    if (it == memo_.end()) fail("pickle: memo " + std::to_string(index) + " was never set");
    push_known(it->second);
  }

  // Names and calls.
  [[noreturn]] void refuse(const Global& global) const {
    weights::refuse(
        name_, "global '" + global.text() + "' is not allowed at byte " + std::to_string(global.position));
  }
  // True if the bytes ahead make an object of the name just read, without arguments.
  bool object_follows() const {
    size_t at = at_;
    const auto skip_memo = [&] {
      if (at >= bytes_.size()) return;
      const auto op = static_cast<uint8_t>(bytes_[at]);
      if (op == kMemoize) at += 1;
      if (op == kBinPut) at += 2;
      if (op == kLongBinPut) at += 5;
    };
    skip_memo();
    if (at >= bytes_.size() || static_cast<uint8_t>(bytes_[at]) != kEmptyTuple) return false;
    ++at;
    skip_memo();
    return at < bytes_.size() && static_cast<uint8_t>(bytes_[at]) == kNewObj;
  }
  void push_global(std::string module, std::string name) {
    // Objects copy their type: a short name keeps them small, however often it is recalled.
    const size_t size = module.size() + 1 + name.size();
    if (size > kLongestName) fail("pickle: a name of " + std::to_string(size) + " bytes");
    Global global{std::move(module), std::move(name), start_};
    weights::DType dtype;
    const bool known = is_interpreted(global) || is_label(global) || storage_dtype(global, &dtype);
    if (!known && !(may_name_a_record(global) && object_follows())) refuse(global);
    push(std::move(global));
  }
  void make_object() {
    const ValuePtr arguments = pop();
    const Global type = *global_of(pop());
    const auto* tuple = std::get_if<Tuple>(&arguments->data);
    if (tuple == nullptr || !tuple->items.empty()) refuse(type);
    if (type.text() == "collections.OrderedDict") return push(Dict{});
    if (is_interpreted(type)) refuse(type);
    push(Object{type, nullptr});
  }
  const Global* global_of(ValuePtr value) {
    const auto* global = std::get_if<Global>(&value->data);
    if (global == nullptr) fail("pickle: a call of something that is no name");
    return global;
  }
  void reduce() {
    const ValuePtr arguments = pop();
    const Global function = *global_of(pop());
    const auto* tuple = std::get_if<Tuple>(&arguments->data);
    if (tuple == nullptr) fail("pickle: a call without a tuple of arguments");
    if (!is_interpreted(function)) refuse(function);
    // What a call makes is a value too.
    if (pickle_.values.size() >= kMaxValues)
      fail("pickle: more than " + std::to_string(kMaxValues) + " values");
    const ValuePtr result = interpret_call(function, *tuple, pickle_.values);
    if (result == nullptr) fail("pickle: " + function.text() + " with arguments it does not take");
    push_known(result);
  }
  void build() {
    const ValuePtr state = pop();
    if (auto* object = std::get_if<Object>(&top()->data)) {
      object->state = state;
    } else if (!std::holds_alternative<Dict>(top()->data) &&
               !std::holds_alternative<TensorRef>(top()->data)) {
      fail("pickle: a state for something that is no object");
    }
  }
  // ('storage', torch.FloatStorage, key, location, elements)
  void persistent_id() {
    const ValuePtr id = pop();
    const auto* tuple = std::get_if<Tuple>(&id->data);
    if (tuple == nullptr || tuple->items.size() < 5) fail("pickle: persistent id is not that of a storage");
    const std::vector<ValuePtr>& items = tuple->items;
    const auto* kind = std::get_if<std::string>(&items[0]->data);
    const auto* type = std::get_if<Global>(&items[1]->data);
    const auto* key = std::get_if<std::string>(&items[2]->data);
    const auto* elements = std::get_if<int64_t>(&items[4]->data);
    if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
        key->size() > kLongestName || elements == nullptr) {
      fail("pickle: persistent id is not that of a storage");
    }
    StorageRef storage{*key, weights::DType::f32, *elements};
    if (!storage_dtype(*type, &storage.dtype)) fail("pickle: unknown storage type " + type->text());
    if (*elements < 0) fail("pickle: storage " + *key + " of " + std::to_string(*elements) + " elements");
    // Before PyTorch 0.4 a storage could be a part of another one.
    if (items.size() > 5 && !std::holds_alternative<None>(items[5]->data))
      fail("pickle: storage " + *key + ": a view of another storage is not accepted");
    push(std::move(storage));
  }

  void step(uint8_t op);
  void step_number(uint8_t op);
  void step_text(uint8_t op);

  std::span<const std::byte> bytes_;
  const std::string& name_;
  size_t at_ = 0, start_ = 0;
  Pickle pickle_;
  std::vector<ValuePtr> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, ValuePtr> memo_;
};

void Machine::step(uint8_t op) {
  switch (op) {
    case kProto:
      if (number(1) > 5) fail("pickle: unknown protocol");
      return;
    case kFrame:
      number(8);
      return;
    case kMark:
      if (marks_.size() >= kMaxMarks) fail("pickle: more than " + std::to_string(kMaxMarks) + " marks");
      marks_.push_back(stack_.size());
      return;
    case kPop:
      if (stack_.size() == floor() && !marks_.empty()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return;
    case kPopMark:
      pop_to_mark();
      return;
    case kDup:
      push_known(top());
      return;
    case kNone:
      push(None{});
      return;
    case kNewTrue:
      push(true);
      return;
    case kNewFalse:
      push(false);
      return;
    case kEmptyList:
    case kEmptySet:
      push(List{});
      return;
    case kList:
    case kFrozenSet:
      push(List{pop_to_mark()});
      return;
    case kAppend: {
      const ValuePtr item = pop();
      append_items({item});
      return;
    }
    case kAppends:
    case kAddItems:
      append_items(pop_to_mark());
      return;
    case kEmptyTuple:
      push(Tuple{});
      return;
    case kTuple:
      push(Tuple{pop_to_mark()});
      return;
    case kTuple1:
    case kTuple2:
    case kTuple3: {
      std::vector<ValuePtr> items(op - kTuple1 + 1);
      for (size_t i = items.size(); i-- > 0;) items[i] = pop();
      push(Tuple{std::move(items)});
      return;
    }
    case kEmptyDict:
      push(Dict{});
      return;
    case kDict: {
      const std::vector<ValuePtr> items = pop_to_mark();
      push(Dict{});
      set_items(items);
      return;
    }
    case kSetItem: {
      const ValuePtr value = pop(), key = pop();
      set_items({key, value});
      return;
    }
    case kSetItems:
      set_items(pop_to_mark());
      return;
    case kGet:
      recall(static_cast<uint64_t>(decimal(line())));
      return;
    case kBinGet:
      recall(number(1));
      return;
    case kLongBinGet:
      recall(number(4));
      return;
    case kPut:
      remember(static_cast<uint64_t>(decimal(line())));
      return;
    case kBinPut:
      remember(number(1));
      return;
    case kLongBinPut:
      remember(number(4));
      return;
    case kMemoize:
      remember(memo_.size());
      return;
    case kGlobal: {
      std::string module = line();
      push_global(std::move(module), line());
      return;
    }
    case kStackGlobal: {
      const ValuePtr name = pop(), module = pop();
      const auto* n = std::get_if<std::string>(&name->data);
      const auto* m = std::get_if<std::string>(&module->data);
      if (n == nullptr || m == nullptr) fail("pickle: a global that is not named by strings");
      push_global(*m, *n);
      return;
    }
    case kInst: {
      std::string module = line();
      refuse({std::move(module), line(), start_});
    }
    case kObj: {
      const std::vector<ValuePtr> items = pop_to_mark();
      if (items.empty()) fail("pickle: OBJ without a class");
      refuse(*global_of(items[0]));
    }
    case kNewObjEx: {
      pop();
      pop();
      refuse(*global_of(pop()));
    }
    case kNewObj:
      make_object();
      return;
    case kReduce:
      reduce();
      return;
    case kBuild:
      build();
      return;
    case kBinPersId:
      persistent_id();
      return;
    case kPersId:
      fail("pickle: a persistent id in text form");
    case kExt1:
    case kExt2:
    case kExt4:
      fail("pickle: an extension code");
    default:
      step_number(op);
  }
}

void Machine::step_number(uint8_t op) {
  switch (op) {
    case kBinInt:
      push(static_cast<int64_t>(static_cast<int32_t>(number(4))));
      return;
    case kBinInt1:
      push(static_cast<int64_t>(number(1)));
      return;
    case kBinInt2:
      push(static_cast<int64_t>(number(2)));
      return;
    case kInt: {
      const std::string digits = line();
      if (digits == "00" || digits == "01") return push(digits == "01");
      push(decimal(digits));
      return;
    }
    case kLong:
      push(decimal(line()));
      return;
    case kLong1:
      push_long(number(1));
      return;
    case kLong4:
      push_long(number(4));
      return;
    case kBinFloat: {
      const std::string raw = text(8);
      uint64_t bits = 0;
      for (char c : raw) bits = bits << 8 | static_cast<uint8_t>(c);
      push(std::bit_cast<double>(bits));
      return;
    }
    case kFloat: {
      const std::string digits = line();
      double value = 0;
      const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (code != std::errc() || rest != digits.data() + digits.size()) fail("pickle: not a number");
      push(value);
      return;
    }
    default:
      step_text(op);
  }
}

void Machine::step_text(uint8_t op) {
  switch (op) {
    case kString:
    case kUnicode:
      push(line());
      return;
    case kBinString:
    case kBinUnicode:
    case kBinBytes:
      push(text(number(4)));
      return;
    case kShortBinString:
    case kShortBinUnicode:
    case kShortBinBytes:
      push(text(number(1)));
      return;
    case kBinUnicode8:
    case kBinBytes8:
    case kByteArray8:
      push(text(number(8)));
      return;
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      fail(std::string("pickle: unknown opcode 0x") + kHex[op >> 4] + kHex[op & 15]);
    }
  }
}

}  // namespace

Pickle unpickle(std::span<const std::byte> bytes, const std::string& name, size_t* end) {
  return Machine(bytes, name).run(end);
}

}  // namespace serene::converter
