#include "converter/unpickler.h"

#include "converter/pickle_calls.h"
#include "converter/pickle_opcodes.h"
#include "converter/pickle_stack.h"

namespace serene::converter {
namespace {

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& name)
      : reader_(bytes, name), values_(reader_), stack_(reader_, values_), calls_(reader_, values_, stack_) {}

  Pickle run(size_t* end) {
    for (uint8_t op; (op = reader_.op()) != kStop;) step(op);
    const ValuePtr root = stack_.root();
    *end = reader_.position();
    return {values_.take(), root};
  }

 private:
  void step(uint8_t op);
  void step_container(uint8_t op);
  void step_name(uint8_t op);
  void step_number(uint8_t op);
  void step_text(uint8_t op);
  void push_long(uint64_t size);

  PickleReader reader_;
  PickleValues values_;
  PickleStack stack_;
  PickleCalls calls_;
};

// Framing, the stack and the memo.
void Machine::step(uint8_t op) {
  switch (op) {
    case kProto:
      if (reader_.number(1) > 5) reader_.fail("pickle: unknown protocol");
      return;
    case kFrame:
      reader_.number(8);
      return;
    case kMark:
      return stack_.push_mark();
    case kPop:
      return stack_.pop_value_or_mark();
    case kPopMark:
      stack_.pop_to_mark();
      return;
    case kDup:
      return stack_.push_known(stack_.top());
    case kGet:
      return stack_.recall(static_cast<uint64_t>(reader_.decimal_line()));
    case kBinGet:
      return stack_.recall(reader_.number(1));
    case kLongBinGet:
      return stack_.recall(reader_.number(4));
    case kPut:
      return stack_.remember(static_cast<uint64_t>(reader_.decimal_line()));
    case kBinPut:
      return stack_.remember(reader_.number(1));
    case kLongBinPut:
      return stack_.remember(reader_.number(4));
    case kMemoize:
      return stack_.remember_next();
    default:
      step_container(op);
  }
}

void Machine::step_container(uint8_t op) {
  switch (op) {
    case kEmptyList:
    case kEmptySet:
      return stack_.push(List{});
    case kList:
    case kFrozenSet:
      return stack_.push(List{stack_.pop_to_mark()});
    case kAppend: {
      const ValuePtr item = stack_.pop();
      return stack_.append_items({item});
    }
    case kAppends:
    case kAddItems:
      return stack_.append_items(stack_.pop_to_mark());
    case kEmptyTuple:
      return stack_.push(Tuple{});
    case kTuple:
      return stack_.push(Tuple{stack_.pop_to_mark()});
    case kTuple1:
    case kTuple2:
    case kTuple3: {
      std::vector<ValuePtr> items(op - kTuple1 + 1);
      for (size_t i = items.size(); i-- > 0;) items[i] = stack_.pop();
      return stack_.push(Tuple{std::move(items)});
    }
    case kEmptyDict:
      return stack_.push(Dict{});
    case kDict: {
      const std::vector<ValuePtr> items = stack_.pop_to_mark();
      stack_.push(Dict{});
      return stack_.set_items(items);
    }
    case kSetItem: {
      const ValuePtr value = stack_.pop(), key = stack_.pop();
      return stack_.set_items({key, value});
    }
    case kSetItems:
      return stack_.set_items(stack_.pop_to_mark());
    default:
      step_name(op);
  }
}

// Names, objects and calls.
void Machine::step_name(uint8_t op) {
  switch (op) {
    case kGlobal: {
      const std::string_view module = reader_.line();
      return calls_.push_global(module, reader_.line());
    }
    case kStackGlobal:
      return calls_.push_stack_global();
    case kInst: {
      const std::string_view module = reader_.line();
      calls_.refuse({module, reader_.line(), reader_.start()});
    }
    case kObj: {
      const std::vector<ValuePtr> items = stack_.pop_to_mark();
      if (items.empty()) reader_.fail("pickle: OBJ without a class");
      calls_.refuse(calls_.global_of(items[0]));
    }
    case kNewObjEx: {
      stack_.pop();
      stack_.pop();
      calls_.refuse(calls_.global_of(stack_.pop()));
    }
    case kNewObj:
      return calls_.make_object();
    case kReduce:
      return calls_.reduce();
    case kBuild:
      return calls_.build();
    case kBinPersId:
      return calls_.push_storage();
    case kPersId:
      reader_.fail("pickle: a persistent id in text form");
    case kExt1:
    case kExt2:
    case kExt4:
      reader_.fail("pickle: an extension code");
    default:
      step_number(op);
  }
}

void Machine::step_number(uint8_t op) {
  switch (op) {
    case kNone:
      return stack_.push(None{});
    case kNewTrue:
      return stack_.push(true);
    case kNewFalse:
      return stack_.push(false);
    case kBinInt:
      return stack_.push(static_cast<int64_t>(static_cast<int32_t>(reader_.number(4))));
    case kBinInt1:
      return stack_.push(static_cast<int64_t>(reader_.number(1)));
    case kBinInt2:
      return stack_.push(static_cast<int64_t>(reader_.number(2)));
    case kInt: {
      const std::string_view digits = reader_.line();
      if (digits == "00" || digits == "01") return stack_.push(digits == "01");
      return stack_.push(reader_.decimal(digits));
    }
    case kLong:
      return stack_.push(reader_.decimal_line());
    case kLong1:
      return push_long(reader_.number(1));
    case kLong4:
      return push_long(reader_.number(4));
    case kBinFloat:
      return stack_.push(reader_.real());
    case kFloat:
      return stack_.push(reader_.real_line());
    default:
      step_text(op);
  }
}

// Two's complement, little-endian. A number of more than 64 bits is kept as its bytes: nothing here counts
// that far.
void Machine::push_long(uint64_t size) {
  const std::string_view raw = reader_.text(size);
  if (size > 8) return stack_.push(raw);
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(raw[i])) << 8 * i;
  if (size > 0 && size < 8 && (raw.back() & 0x80) != 0) value |= ~uint64_t{0} << 8 * size;
  stack_.push(static_cast<int64_t>(value));
}

void Machine::step_text(uint8_t op) {
  switch (op) {
    case kString:
    case kUnicode:
      return stack_.push(reader_.line());
    case kBinString:
    case kBinUnicode:
    case kBinBytes:
      return stack_.push(reader_.text(reader_.number(4)));
    case kShortBinString:
    case kShortBinUnicode:
    case kShortBinBytes:
      return stack_.push(reader_.text(reader_.number(1)));
    case kBinUnicode8:
    case kBinBytes8:
    case kByteArray8:
      return stack_.push(reader_.text(reader_.number(8)));
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      reader_.fail(std::string("pickle: unknown opcode 0x") + kHex[op >> 4] + kHex[op & 15]);
    }
  }
}

}  // namespace

Pickle unpickle(std::span<const std::byte> bytes, const std::string& name, size_t* end) {
  return Machine(bytes, name).run(end);
}

}  // namespace serene::converter
