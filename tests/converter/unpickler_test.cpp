#include "converter/unpickler.h"

#include <gtest/gtest.h>

#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"

namespace serene::converter {
namespace {

namespace p = test::pickle;
using test::expect_in;
using test::refusal;

struct Case {
  std::string name;
  test::MadeBytes bytes;
  std::string expected;
};

size_t read(const std::string& bytes) {
  size_t end = 0;
  unpickle(test::as_bytes(bytes), "data.pkl", &end);
  return end;
}

std::string refused(const std::string& global, size_t position) {
  return "data.pkl: global '" + global + "' is not allowed at byte " + std::to_string(position);
}

const std::string kRecord = p::global("torch.nn.modules.linear", "Linear");
const std::string kOrdered = p::global("collections", "OrderedDict");

std::vector<Case> cases() {
  const std::string command = p::text("touch canary");
  const std::string system = p::global("os", "system");
  return {
      // Calls of what must not be called, by every opcode that can.
      {"protocol0_global", "cos\nsystem\n(S'touch canary'\ntR.", refused("os.system", 0)},
      {"protocol0_posix", "cposix\nsystem\n(S'touch canary'\ntR.", refused("posix.system", 0)},
      {"protocol0_inst", "(S'touch canary'\nios\nsystem\n.", refused("os.system", 17)},
      {"protocol1_obj", "(" + system + command + "o.", refused("os.system", 1)},
      {"protocol2_newobj", p::document(system + p::tuple({command}) + "\x81"), refused("os.system", 2)},
      {"protocol2_newobj_empty", p::document(system + ")\x81"), refused("os.system", 2)},
      {"protocol2_reduce", p::document(p::call(system, {command})), refused("os.system", 2)},
      {"protocol3_reduce", p::document(p::call(system, {command}), 3), refused("os.system", 2)},
      {"protocol4_stack_global", p::document(p::call(p::stack_global("os", "system"), {command}), 4),
       refused("os.system", 20)},
      {"protocol4_newobj_ex", p::document(system + ")}\x92", 4), refused("os.system", 2)},
      {"protocol5_memoized",
       p::document(p::text("os") + "\x94" + p::text("system") + "\x94" + "h" + test::le(0, 1) + "h" +
                       test::le(1, 1) + "\x93" + p::tuple({command}) + "R",
                   5),
       "global 'os.system' is not allowed"},
      {"eval", p::document(p::call(p::global("builtins", "eval"), {command})), refused("builtins.eval", 2)},
      {"eval_python2", p::document(p::call(p::global("__builtin__", "eval"), {command})),
       refused("__builtin__.eval", 2)},
      {"exec", p::document(p::global("builtins", "exec")), refused("builtins.exec", 2)},
      {"getattr", p::document(p::call(p::global("builtins", "getattr"), {kRecord, p::text("x")})),
       refused("builtins.getattr", 2)},
      {"partial", p::document(p::call(p::global("functools", "partial"), {system})),
       refused("functools.partial", 2)},
      {"torch_load", p::document(p::call(p::global("torch", "load"), {command})), refused("torch.load", 2)},
      {"torch_hub_load", p::document(p::call(p::global("torch.hub", "load"), {command})),
       refused("torch.hub.load", 2)},
      {"torch_serialization_load", p::document(p::call(p::global("torch.serialization", "load"), {command})),
       refused("torch.serialization.load", 2)},
      {"dotted_name", p::document(p::stack_global("torch.nn", "os.system"), 4),
       "global 'torch.nn.os.system'"},
      {"subprocess_newobj", p::document(p::global("subprocess", "Popen") + ")\x81"),
       refused("subprocess.Popen", 2)},
      {"runpy", p::document(p::global("runpy", "_run_code")), refused("runpy._run_code", 2)},
      {"pickle_loads", p::document(p::call(p::global("pickle", "loads"), {command})),
       refused("pickle.loads", 2)},
      {"codecs_decode", p::document(p::call(p::global("_codecs", "decode"), {command})),
       refused("_codecs.decode", 2)},
      {"copyreg_reconstructor", p::document(p::global("copyreg", "_reconstructor")),
       refused("copyreg._reconstructor", 2)},
      {"unknown_class_called", p::document(p::call(p::global("net", "Net"), {})), refused("net.Net", 2)},
      {"unknown_class_with_arguments", p::document(p::global("net", "Net") + p::tuple({"K\x01"}) + "\x81"),
       refused("net.Net", 2)},
      {"label_called", p::document(p::call(kRecord, {})), refused("torch.nn.modules.linear.Linear", 2)},
      {"label_with_arguments", p::document(kRecord + p::tuple({"K\x01"}) + "\x81"),
       refused("torch.nn.modules.linear.Linear", 2)},
      {"rebuild_as_object", p::document(p::global("torch._utils", "_rebuild_tensor_v2") + ")\x81"),
       refused("torch._utils._rebuild_tensor_v2", 2)},
      {"inst_of_a_label", "(itorch.nn.modules.linear\nLinear\n.",
       refused("torch.nn.modules.linear.Linear", 1)},
      {"call_of_a_string", p::document(command + ")R"), "a call of something that is no name"},
      {"call_without_a_tuple", p::document(kOrdered + "NR"), "a call without a tuple of arguments"},
      {"newobj_of_a_string", p::document(command + ")\x81"), "a call of something that is no name"},
      {"obj_without_class", "(o.", "OBJ without a class"},
      {"line_break_in_a_global", p::document(p::stack_global("os\nx\x1b[2J", "system"), 4),
       "global 'os\\nx\\x1b[2J.system' is not allowed"},
      {"stack_global_of_numbers", p::document("K\x01K\x02\x93", 4), "a global that is not named by strings"},
      {"extension", p::document("\x82\x01"), "an extension code"},
      {"extension_4", p::document("\x84" + test::le(1, 4)), "an extension code"},
      {"text_persistent_id", "P0\n.", "a persistent id in text form"},
      // Arguments that do not fit.
      {"ordered_dict_of_a_number", p::document(p::call(kOrdered, {"K\x01"})),
       "collections.OrderedDict with arguments"},
      {"ordered_dict_of_no_pairs", p::document(p::call(kOrdered, {p::list({"N"})})),
       "OrderedDict with arguments"},
      {"ordered_dict_of_two", p::document(p::call(kOrdered, {"]", "]"})), "OrderedDict with arguments"},
      {"rebuild_without_storage",
       p::document(p::call(p::global("torch._utils", "_rebuild_tensor_v2"), {"N", p::integer(0), ")", ")"})),
       "_rebuild_tensor_v2 with arguments it does not take"},
      {"rebuild_with_three",
       p::document(p::call(p::global("torch._utils", "_rebuild_tensor_v2"), {"N", "N", "N"})),
       "_rebuild_tensor_v2 with arguments it does not take"},
      {"rebuild_with_float_shape",
       p::document(p::call(p::global("torch._utils", "_rebuild_tensor_v2"),
                           {p::storage("FloatStorage", "0", 1), "K" + test::le(0, 1),
                            p::tuple({"G" + test::le(0, 8)}), p::integers({1})})),
       "_rebuild_tensor_v2 with arguments it does not take"},
      {"rebuild_of_rank_17",
       p::document(p::tensor(
           {.elements = 1, .shape = std::vector<int64_t>(17, 1), .stride = std::vector<int64_t>(17, 1)})),
       "_rebuild_tensor_v2 with arguments it does not take"},
      {"parameter_of_nothing", p::document(p::call(p::global("torch._utils", "_rebuild_parameter"), {"N"})),
       "_rebuild_parameter with arguments it does not take"},
      // Persistent ids.
      {"persistent_id_number", p::document("K\x01Q"), "persistent id is not that of a storage"},
      {"persistent_id_short", p::document(p::tuple({p::text("storage")}) + "Q"),
       "persistent id is not that of a storage"},
      {"persistent_id_kind",
       p::document(p::tuple({p::text("module"), p::global("torch", "FloatStorage"), p::text("0"),
                             p::text("cpu"), "K\x01"}) +
                   "Q"),
       "persistent id is not that of a storage"},
      {"persistent_id_number_as_key",
       p::document(p::tuple({p::text("storage"), p::global("torch", "FloatStorage"), "K\x01", p::text("cpu"),
                             "K\x01"}) +
                   "Q"),
       "persistent id is not that of a storage"},
      {"unknown_storage", p::document(p::storage("QInt8Storage", "0", 1)),
       "unknown storage type torch.QInt8Storage"},
      {"untyped_storage", p::document(p::storage("UntypedStorage", "0", 1)),
       "unknown storage type torch.UntypedStorage"},
      {"negative_elements", p::document(p::storage("FloatStorage", "0", -1)), "storage 0 of -1 elements"},
      {"storage_key_of_1_mb", p::document(p::storage("FloatStorage", std::string(1 << 20, 'k'), 1)),
       "persistent id is not that of a storage"},
      {"global_of_1_mb", p::document(p::global(std::string(1 << 20, 'm'), "N") + ")\x81"),
       "a name of 1048578 bytes"},
      // Stack, memo, marks.
      {"empty", "", "pickle: truncated at byte 0"},
      {"only_protocol", "\x80", "pickle: truncated at byte 0"},
      {"protocol_6", p::document("N", 6), "pickle: unknown protocol at byte 0"},
      {"no_stop", p::proto(2) + "N", "pickle: truncated at byte 3"},
      {"stop_at_once", ".", "pickle: 0 values left at STOP at byte 0"},
      {"two_values", "NN.", "pickle: 2 values left at STOP"},
      {"open_mark", "N(.", "pickle: 1 values left at STOP"},
      {"deep_marks", [] { return test::repeat("(", 1'000'000) + "."; }, "pickle: more than 1000 marks at byte 1000"},
      {"marks_left", "(((.", "pickle: 0 values left at STOP at byte 3"},
      {"a_million_values", [] { return test::repeat("N0", 1'000'000); }, "pickle: more than 300000 values at byte 600000"},
      {"a_million_on_the_stack", [] { return "N" + test::repeat("2", 1'000'000); },
       "pickle: more than 300000 values on the stack at byte 300000"},
      {"a_million_calls",
       [] {
         return kOrdered + p::put(0) + "0)" + p::put(1) + "0" +
                test::repeat(p::get(0) + p::get(1) + "R0", 1'000'000 / 2);
       },
       "pickle: more than 300000 values"},
      {"a_million_memos",
       [] {
         std::string body = "N";
         for (uint32_t i = 0; i < 1'000'000; ++i) body += p::put(i);
         return body;
       },
       "pickle: more than 300000 memos"},
      {"pop_of_nothing", "0.", "stack underflow"},
      {"tuple_below_a_mark", "N(\x85.", "stack underflow"},
      {"dup_of_nothing", "2.", "stack underflow"},
      {"tuple_without_mark", "Nt.", "no mark"},
      {"pop_mark_without_mark", "1.", "no mark"},
      {"append_to_a_dict", "}Na.", "items for something that is no list"},
      {"append_to_nothing", "Na.", "stack underflow"},
      {"items_to_a_list", "]NNs.", "items for something that is no dict"},
      {"odd_items", "}(Nu.", "a key without a value"},
      {"odd_dict", "(Nd.", "a key without a value"},
      {"build_of_a_list", "]}b.", "a state for something that is no object"},
      {"put_of_nothing", "q\x01.", "stack underflow"},
      {"memo_never_set", "h\x07.", "memo 7 was never set"},
      {"memo_2_31", "j" + test::le(uint64_t{1} << 31, 4) + ".", "memo 2147483648 was never set"},
      {"memo_text", "gx\n.", "not a number"},
      {"memo_2_64", "g18446744073709551616\n.", "not a number"},
      {"memo_negative", "g-1\n.", "was never set"},
      {"unknown_opcode", "\xff.", "unknown opcode 0xff at byte 0"},
      {"next_buffer", "\x97.", "unknown opcode 0x97"},
      // Lengths.
      {"long4_2_gb", "\x8b" + test::le(0x7fffffff, 4) + ".", "2147483647 bytes announced, 1 left"},
      {"long4_negative", "\x8b" + test::le(0xffffffff, 4) + ".", "4294967295 bytes announced, 1 left"},
      {"long1_cut", "\x8a\x09.", "9 bytes announced, 1 left"},
      {"text_4_gb", "X" + test::le(0xffffffff, 4) + "x.", "4294967295 bytes announced, 2 left"},
      {"text_2_63", "\x8d" + test::le(uint64_t{1} << 63, 8) + ".",
       "9223372036854775808 bytes announced, 1 left"},
      {"bytes_all_ones", "\x8e" + test::le(~uint64_t{0}, 8) + ".", "18446744073709551615 bytes announced"},
      {"bytearray_2_40", "\x96" + test::le(uint64_t{1} << 40, 8) + ".", "1099511627776 bytes announced"},
      {"short_text_cut", "\x8c\x05xx", "5 bytes announced, 2 left"},
      {"float_cut", "G1234", "8 bytes announced, 4 left"},
      {"number_cut", "J12", "pickle: truncated"},
      {"frame_cut",
       "\x95"
       "1234",
       "pickle: truncated"},
      {"global_cut", "cos", "pickle: truncated"},
      {"global_without_name", "cos\nsystem", "pickle: truncated"},
      {"line_cut", "I12", "pickle: truncated"},
      {"int_text", "Ione\n.", "not a number"},
      {"int_empty", "I\n.", "not a number"},
      {"long_too_wide", "L99999999999999999999L\n.", "not a number"},
      {"float_text", "Fx\n.", "not a number"},
  };
}

class BadPickle : public testing::TestWithParam<Case> {};

TEST_P(BadPickle, IsNamed) {
  const std::string message = refusal([&] { read(GetParam().bytes()); });
  expect_in(message, GetParam().expected);
  EXPECT_TRUE(message.starts_with("data.pkl: ")) << message;
  EXPECT_LT(message.size(), 5000u);
}

INSTANTIATE_TEST_SUITE_P(All, BadPickle, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(Unpickler, EndsBehindStop) {
  EXPECT_EQ(read("N."), 2u);
  EXPECT_EQ(read("N.N."), 2u);
  EXPECT_EQ(read(p::document("N") + "rest"), 4u);
}

// What a pickle of `body` is, and the bytes that its values refer to.
struct Read {
  explicit Read(const std::string& body) : bytes(body + ".") {
    size_t end = 0;
    pickle = unpickle(test::as_bytes(bytes), "x", &end);
  }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;
  template <class T>
  const T& root() const {
    return std::get<T>(pickle.root->data);
  }

  const std::string bytes;
  Pickle pickle;
};

template <class T>
T root(const std::string& body) {
  return Read(body).root<T>();
}

std::string text_root(const std::string& body) { return std::string(Read(body).root<std::string_view>()); }

std::string object_root(const std::string& body) { return Read(body).root<Object>().type->text(); }

std::vector<int64_t> integers(const Tuple& tuple) {
  std::vector<int64_t> values;
  for (const Value* item : tuple.items) values.push_back(std::get<int64_t>(item->data));
  return values;
}

TEST(Unpickler, ReadsNumbers) {
  EXPECT_EQ(root<int64_t>("I-12\n"), -12);
  EXPECT_EQ(root<int64_t>("L34L\n"), 34);
  EXPECT_EQ(root<int64_t>("J" + test::le(0xffffffff, 4)), -1);
  EXPECT_EQ(root<int64_t>("M" + test::le(0xffff, 2)), 65535);
  EXPECT_EQ(root<int64_t>("\x8a" + test::le(0, 1)), 0);
  EXPECT_EQ(root<int64_t>("\x8a\x01\xff"), -1);
  EXPECT_EQ(root<int64_t>("\x8a\x02\xff" + test::le(0, 1)), 255);
  EXPECT_EQ(root<int64_t>(p::integer(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(root<int64_t>("\x8b" + test::le(2, 4) + "\x01\x01"), 257);
  EXPECT_TRUE(root<bool>("I01\n"));
  EXPECT_FALSE(root<bool>("I00\n"));
  EXPECT_TRUE(root<bool>("\x88"));
  EXPECT_EQ(root<double>("F1.5\n"), 1.5);
  EXPECT_EQ(root<double>("G\xbf\xf0" + std::string(6, '\0')), -1.0);
}

TEST(Unpickler, ReadsTextAndContainers) {
  EXPECT_EQ(text_root(p::text("x\ny")), "x\ny");
  EXPECT_EQ(text_root("U\x02xy"), "xy");
  EXPECT_EQ(text_root("\x8c\x02xy"), "xy");
  EXPECT_EQ(text_root("Vxy\n"), "xy");
  EXPECT_EQ(root<List>("(NNNl").items.size(), 3u);
  EXPECT_EQ(root<Tuple>("NNN\x87").items.size(), 3u);
  EXPECT_EQ(root<Dict>("(NNNNd").items.size(), 2u);
  EXPECT_EQ(root<Dict>("}(NNu").items.size(), 1u);
  EXPECT_EQ(root<List>("\x8f(NN\x90").items.size(), 2u);
  EXPECT_EQ(root<Tuple>("(N(N1t").items.size(), 1u);
  EXPECT_EQ(root<Dict>(p::call(kOrdered, {p::list({p::tuple({"N", "N"})})})).items.size(), 1u);
  EXPECT_EQ(object_root(p::object(kRecord, "}")), "torch.nn.modules.linear.Linear");
  EXPECT_EQ(object_root(p::object(p::global("models.net", "Net"), "}")), "models.net.Net");
}

TEST(Unpickler, ContainersMayHoldThemselves) {
  EXPECT_EQ(root<List>("]q" + test::le(0, 1) + "h" + test::le(0, 1) + "a").items.size(), 1u);
  EXPECT_EQ(root<Dict>("}" + p::put(1) + "N" + p::get(1) + "s").items.size(), 1u);
}

// What is named again must not be copied again: 0.4 MB that would become 16 GB.
TEST(Unpickler, MemoDoesNotMultiply) {
  constexpr int kTimes = 20'000;
  const std::string pairs = "](" + test::repeat("NN\x86", 50'000) + "e" + p::put(1) + "0";
  const std::string again = kOrdered + p::put(2) + "0" + pairs;
  const std::string body = again + "(" + test::repeat(p::get(2) + p::get(1) + "\x85R", kTimes) + "l";
  EXPECT_EQ(root<List>(body).items.size(), size_t{kTimes});
}

TEST(Unpickler, TensorsOfStorages) {
  const Read read(p::tensor({.offset = 1, .shape = {1, 2}, .stride = {2, 1}}));
  const TensorRef& tensor = read.root<TensorRef>();
  EXPECT_EQ(tensor.storage->key, "0");
  EXPECT_EQ(tensor.storage->elements, 6);
  EXPECT_EQ(tensor.offset, 1);
  EXPECT_EQ(integers(*tensor.shape), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(integers(*tensor.stride), (std::vector<int64_t>{2, 1}));
}

TEST(Unpickler, TruncationsAndFlipsAreReadOrRefused) {
  const std::string whole = test::one_tensor_pickle();
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_FALSE(test::survives([&] { read(cut); })) << size;
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      test::survives([&] { read(bytes); });
    }
  }
}

}  // namespace
}  // namespace serene::converter
