// What a hostile checkpoint may cost. Work and memory are counted, not timed.
#include <gtest/gtest.h>

#include "converter/checkpoint.h"
#include "converter/state_dict.h"
#include "converter/unpickler.h"
#include "tests/support/counted_heap.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"

namespace serene::converter {
namespace {

namespace p = test::pickle;

constexpr size_t kMiB = 1 << 20;
// 48 MiB for values, references and memos; the stack, and its copy that a container takes, 10 MiB.
constexpr size_t kMostOfAPickle = 58 * kMiB;

// Short forms of PUT and GET.
std::string put(int index) { return "q" + test::le(static_cast<uint64_t>(index), 1); }
std::string get(int index) { return "h" + test::le(static_cast<uint64_t>(index), 1); }

// The longest key and shape that a tensor may have.
const p::View kLargest{.key = std::string(256, 'k'),
                       .elements = 1,
                       .shape = std::vector<int64_t>(16, 1),
                       .stride = std::vector<int64_t>(16, 1)};

struct Case {
  std::string name;
  test::MadeBytes bytes;
  std::string refused = {};  // empty: read
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

// Each makes as many values or references as a pickle may have, or more, out of a few bytes each.
std::vector<Case> cases() {
  constexpr size_t kTimes = 299'000;
  const std::string rebuild = p::global("torch._utils", "_rebuild_tensor_v2");
  const std::string arguments =
      p::tuple({p::storage(kLargest.type, kLargest.key, kLargest.elements), p::integer(0),
                p::integers(kLargest.shape), p::integers(kLargest.stride)});
  const std::string id = p::tuple({p::text("storage"), p::global("torch", "FloatStorage"),
                                   p::text(kLargest.key), p::text("cpu"), p::integer(1)});
  const std::string type = p::global(std::string(125, 'm'), std::string(125, 'n')) + ")\x81";
  const std::string names = p::text("torch.nn." + std::string(120, 'm')) + put(0) + "0" +
                            p::text(std::string(120, 'n')) + put(1) + "0";
  const std::string kTooMany = "p: pickle: its values take more than 48 MiB at byte ";
  const auto full_mark = [] { return "(" + test::repeat(get(0), 299'990); };
  return {
      {"tensor_records",
       [=] {
         return rebuild + put(0) + "0" + arguments + put(1) + "0" +
                test::repeat(get(0) + get(1) + "R0", kTimes) + "N.";
       }},
      {"storages", [=] { return id + put(0) + "0" + test::repeat(get(0) + "Q0", kTimes) + "N."; }},
      {"objects",
       [=] {
         return type.substr(0, type.size() - 2) + put(0) + ")\x81" + "0" +
                test::repeat(get(0) + ")\x81" + "0", kTimes / 2) + "N.";
       }},
      {"global_names", [=] { return names + test::repeat(get(0) + get(1) + "\x93" + "0", kTimes) + "N."; }},
      {"one_dict_of_many_references",
       [=] { return "}" + put(0) + test::repeat(full_mark() + "u", 20) + "."; }, kTooMany},
      {"one_list_of_many_references",
       [=] { return "]" + put(0) + test::repeat(full_mark() + "e", 20) + "."; }, kTooMany},
      {"many_tuples", [=] { return "N" + put(0) + test::repeat(full_mark() + "t0", 20) + "."; }, kTooMany},
      {"memos",
       [] {
         std::string all;
         for (uint32_t i = 0; i < kTimes; ++i) all += "N" + p::put(i) + "0";
         return all + "N.";
       }},
      {"text", [] { return p::text(std::string(16 * kMiB, 't')) + "."; }},
  };
}

class HostilePickle : public testing::TestWithParam<Case> {};

TEST_P(HostilePickle, MemoryIsBounded) {
  const std::string bytes = GetParam().bytes();
  const test::HeapPeak peak;
  std::string message;
  try {
    size_t end = 0;
    unpickle(test::as_bytes(bytes), "p", &end);
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_LT(peak.bytes(), kMostOfAPickle);
  EXPECT_EQ(message.substr(0, GetParam().refused.size()), GetParam().refused) << message;
  EXPECT_EQ(message.empty(), GetParam().refused.empty()) << message;
}

INSTANTIATE_TEST_SUITE_P(All, HostilePickle, testing::ValuesIn(cases()),
                         [](const auto& of) { return of.param.name; });

// 1.9 MB that became 373 MB: a record is a few pointers, however large what it is made of.
TEST(HostileCost, ATensorRecordRecalledCostsNoCopyOfItsParts) {
  for (const Case& of : cases()) {
    if (of.name != "tensor_records" && of.name != "storages") continue;
    const std::string bytes = of.bytes();
    const test::HeapPeak peak;
    size_t end = 0;
    const Pickle pickle = unpickle(test::as_bytes(bytes), "p", &end);
    EXPECT_GE(pickle.values.size(), 299'000u);
    EXPECT_LT(peak.bytes(), pickle.values.size() * 64) << of.name;
  }
}

TEST(HostileCost, TextIsNotCopied) {
  const std::string bytes = p::text(std::string(16 * kMiB, 't')) + ".";
  const test::HeapPeak peak;
  size_t end = 0;
  const Pickle pickle = unpickle(test::as_bytes(bytes), "p", &end);
  EXPECT_EQ(std::get<std::string_view>(pickle.root->data).size(), 16 * kMiB);
  EXPECT_LT(peak.bytes(), kMiB);
}

// As many tensors as a checkpoint may have, which are one.
TEST(HostileCost, ATensorUnderManyNamesIsBounded) {
  std::string items = "}(";
  for (int i = 0; i < 100'000; ++i) items += p::text(std::to_string(i)) + get(0);
  const std::string bytes = test::torch_zip(p::document(p::tensor(kLargest) + put(0) + "0" + items + "u"),
                                            {{kLargest.key, "1234"}});
  const test::HeapPeak peak;
  EXPECT_EQ(read_checkpoint(weights::in_memory(test::as_bytes(bytes), "m.pt")).tensors.size(), 100'000u);
  EXPECT_LT(peak.bytes(), 100'000u * 1024);
}

// Names of a kilobyte for 100,000 tensors that are one.
TEST(HostileCost, TensorNamesAreBoundedTogether) {
  std::string parameters = "}" + put(1) + "(";
  for (int i = 0; i < 100'000; ++i) parameters += p::text(std::to_string(i)) + get(0);
  const std::string leaf = p::object(p::global("net", "Net"), p::dict({{"_parameters", parameters + "u"}}));
  const std::string root =
      p::object(p::global("net", "Net"), p::dict({{"_modules", p::dict({{std::string(1000, 'n'), leaf}})}}));
  const std::string bytes =
      test::torch_zip(p::document(p::tensor(kLargest) + put(0) + "0" + root), {{kLargest.key, "1234"}});
  const test::HeapPeak peak;
  test::expect_in(test::refusal([&] { read_checkpoint(weights::in_memory(test::as_bytes(bytes), "m.pt")); }),
                  "m.pt: tensor names of more than 16 MiB");
  EXPECT_LT(peak.bytes(), 3 * 16 * kMiB);
}

// A dict of n entries that holds itself, below each of the keys that a state_dict is looked for.
std::string holding_itself(int n) {
  std::string items;
  for (int i = 0; i < n; ++i) items += p::text(std::to_string(i)) + "N";
  for (const char* key : {"model", "state_dict", "generator"}) items += p::text(key) + get(0);
  return p::document("}" + put(0) + "(" + items + p::text("model_state_dict") +
                     p::dict({{"weight", p::tensor({})}}) + "u");
}

TEST(HostileCost, ADictThatHoldsItselfIsLookedThroughOnce) {
  for (const int n : {0, 1, 1000}) {
    const std::string bytes = holding_itself(n);
    size_t end = 0;
    const Pickle pickle = unpickle(test::as_bytes(bytes), "p", &end);
    const StateDict found = state_dict(*pickle.root, "m.pt");
    ASSERT_EQ(found.tensors.size(), 1u);
    EXPECT_EQ(found.tensors[0].name, "weight");
    EXPECT_EQ(found.entries, static_cast<size_t>(n) + 4 + 1);
  }
}

// Two dicts that hold each other, with nothing to be found: the limit of a million entries is not reached.
TEST(HostileCost, DictsThatHoldEachOtherAreLookedThroughOnce) {
  std::string nulls;
  for (int i = 0; i < 60'000; ++i) nulls += "NN";
  const auto dict_of = [&](int other) {
    std::string items = nulls;
    for (const char* key : {"model", "state_dict", "generator", "model_state_dict"})
      items += p::text(key) + get(other);
    return "(" + items + "u";
  };
  const std::string bytes =
      test::torch_zip(p::document("}" + put(0) + "0}" + put(1) + dict_of(0) + "0" + get(0) + dict_of(1)), {});
  test::expect_in(test::refusal([&] { read_checkpoint(weights::in_memory(test::as_bytes(bytes), "m.pt")); }),
                  "m.pt: holds no state_dict and no module");
}

// A dict met first at the deepest level is searched again from a higher one.
TEST(HostileCost, ADictMetDeepFirstIsSearchedFromHigherUp) {
  const std::string inner = p::dict({{"model", p::dict({{"weight", p::tensor({})}})}});
  std::string chain = inner + put(0);
  for (int i = 0; i < 3; ++i) chain = "}" + p::text("model") + chain + "s";
  const std::string root =
      p::document("}(" + p::text("model") + chain + p::text("state_dict") + get(0) + "u");
  size_t end = 0;
  const Pickle pickle = unpickle(test::as_bytes(root), "p", &end);
  const StateDict found = state_dict(*pickle.root, "m.pt");
  ASSERT_EQ(found.tensors.size(), 1u);
  EXPECT_EQ(found.tensors[0].name, "weight");
}

}  // namespace
}  // namespace serene::converter
