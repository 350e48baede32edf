#include "weights/json/parse.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

namespace serene::json {
namespace {

using Json = nlohmann::json;

// The parser is nlohmann's, the tree our own.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(size_t deepest) : deepest_(deepest) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add(value); }
  bool number_unsigned(uint64_t value) override {
    return value <= INT64_MAX ? add(static_cast<int64_t>(value)) : add(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override {
    open(Object());
    keys_.emplace_back();
    return true;
  }
  bool key(std::string& key) override {
    if (!keys_.back().insert(key).second) throw ParseError(key + ": duplicate key");
    json::add(std::get<Object>(*open_.back()), std::move(key), nullptr);
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    return end_array();
  }
  bool start_array(size_t) override {
    open(Array());
    return true;
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  Value root;

 private:
  // Where the value is in the tree. What is open does not move: nothing is added to what it is in.
  Value& put(Value value) {
    if (open_.empty()) return root = std::move(value);
    if (auto* array = std::get_if<Array>(open_.back())) return array->emplace_back(std::move(value));
    return std::get<Object>(*open_.back()).back().value = std::move(value);
  }
  bool add(Value value) {
    put(std::move(value));
    return true;
  }
  void open(Value container) {
    if (open_.size() == deepest_) throw ParseError("nested too deep");
    open_.push_back(&put(std::move(container)));
  }

  size_t deepest_;
  std::vector<Value*> open_;
  std::vector<std::set<std::string>> keys_;  // of the objects among them
};

}  // namespace

Value parse(std::string_view text, size_t deepest) {
  Builder builder(deepest);
  // nlohmann's parser takes a NUL for the end and leaves what follows it unread.
  if (text.find('\0') != text.npos || !Json::sax_parse(text, &builder)) throw ParseError("not valid JSON");
  return std::move(builder.root);
}

}  // namespace serene::json
