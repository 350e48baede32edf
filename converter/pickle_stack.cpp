#include "converter/pickle_stack.h"

namespace serene::converter {
namespace {

constexpr size_t kMaxStack = 300'000, kMaxMemos = 300'000, kMaxMarks = 1000;

}  // namespace

void PickleStack::push_known(ValuePtr value) {
  if (stack_.size() >= kMaxStack)
    reader_.fail("pickle: more than " + std::to_string(kMaxStack) + " values on the stack");
  stack_.push_back(value);
}

ValuePtr PickleStack::top() const {
  if (stack_.size() <= floor()) reader_.fail("pickle: stack underflow");
  return stack_.back();
}

ValuePtr PickleStack::pop() {
  const ValuePtr value = top();
  stack_.pop_back();
  return value;
}

std::vector<ValuePtr> PickleStack::pop_to_mark() {
  if (marks_.empty()) reader_.fail("pickle: no mark");
  std::vector<ValuePtr> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return items;
}

void PickleStack::push_mark() {
  if (marks_.size() >= kMaxMarks) reader_.fail("pickle: more than " + std::to_string(kMaxMarks) + " marks");
  marks_.push_back(stack_.size());
}

void PickleStack::pop_value_or_mark() {
  if (stack_.size() == floor() && !marks_.empty()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

template <class T>
T& PickleStack::top_as(const char* what) {
  T* value = std::get_if<T>(&top()->data);
  if (value == nullptr) reader_.fail(std::string("pickle: ") + what);
  return *value;
}

void PickleStack::set_items(const std::vector<ValuePtr>& items) {
  if (items.size() % 2 != 0) reader_.fail("pickle: a key without a value");
  // An object may be filled like a mapping; what it holds then is of no interest.
  if (std::holds_alternative<Object>(top()->data)) return;
  Dict& dict = top_as<Dict>("items for something that is no dict");
  values_.charge_references(items.size());
  for (size_t i = 0; i < items.size(); i += 2) dict.items.emplace_back(items[i], items[i + 1]);
}

void PickleStack::append_items(const std::vector<ValuePtr>& items) {
  List& list = top_as<List>("items for something that is no list");
  values_.charge_references(items.size());
  list.items.insert(list.items.end(), items.begin(), items.end());
}

void PickleStack::remember(uint64_t index) {
  const ValuePtr value = top();
  if (memo_.size() >= kMaxMemos) reader_.fail("pickle: more than " + std::to_string(kMaxMemos) + " memos");
  const auto [it, is_new] = memo_.insert_or_assign(index, value);
  if (is_new) values_.charge_memo();
}

void PickleStack::recall(uint64_t index) {
  const auto it = memo_.find(index);
  if (it == memo_.end()) reader_.fail("pickle: memo " + std::to_string(index) + " was never set");
  push_known(it->second);
}

ValuePtr PickleStack::root() const {
  if (!marks_.empty() || stack_.size() != 1)
    reader_.fail("pickle: " + std::to_string(stack_.size()) + " values left at STOP");
  return stack_.back();
}

}  // namespace serene::converter
