#include "converter/checkpoint.h"

#include <gtest/gtest.h>

#include "converter/state_dict.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene::converter {
namespace {

namespace p = test::pickle;
using test::expect_in;
using test::one_tensor_pickle;
using test::one_tensor_zip;
using test::refusal;
using test::torch_legacy;
using test::torch_zip;

const std::string kSix = test::raw(test::six_values());

struct Case {
  std::string name, bytes, expected;
};

std::string viewing(int64_t offset, std::vector<int64_t> shape, std::vector<int64_t> stride) {
  return one_tensor_zip({.offset = offset, .shape = std::move(shape), .stride = std::move(stride)});
}

std::string zip_of(const std::string& body) { return torch_zip(p::document(body), {{"0", kSix}}); }

// A module with the given parameters and children.
std::string module(const std::string& parameters, const std::string& children) {
  return p::object(p::global("torch.nn.modules.container", "Sequential"),
                   p::dict({{"_parameters", parameters}, {"_buffers", "}"}, {"_modules", children}}));
}

// Modules, each with the next one twice: 2^30 paths in a few hundred bytes.
std::string doubling_modules() {
  std::string inner = module("}", "}");
  for (int i = 0; i < 30; ++i) {
    inner = module("}", "}(" + p::text("a") + inner + p::put(i) + p::text("b") + p::get(i) + "u");
  }
  return inner;
}

std::string sharing_modules() {
  std::string entries = "}" + p::put(1) + "(";
  for (int i = 0; i < 50'000; ++i) entries += "NN";
  const std::string state = entries + "u0}" + p::put(2) + p::text("_parameters") + p::get(1) + "s0";
  std::string children = "}(";
  for (int i = 0; i < 1000; ++i) {
    children += p::text(std::to_string(i)) + p::global("net", "Net") + ")\x81" + p::get(2) + "b";
  }
  return state + p::object(p::global("net", "Net"), "}" + p::text("_modules") + children + "us");
}

std::vector<Case> cases() {
  const std::string good = one_tensor_zip();
  const std::string weight = "weight: ";
  constexpr int64_t kHuge = int64_t{1} << 62;
  return {
      {"empty", "", "m.pt: empty, not a PyTorch zip or safetensors file"},
      {"one_byte", "x", "m.pt: not a PyTorch zip or safetensors file"},
      {"text", "not a model at all", "not a PyTorch zip or safetensors file"},
      {"web_page", "<!DOCTYPE html><html>404</html>",
       "not a PyTorch zip or safetensors file: looks like a web page"},
      {"lfs_pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:12\n", "Git LFS pointer"},
      {"tar", std::string(257, 'x') + "ustar" + std::string(300, '\0'), "a tar checkpoint of PyTorch 0.1"},
      {"bare_pickle", p::document("}"), "a bare pickle, not a PyTorch zip or safetensors file"},
      {"cut_at_25", good.substr(0, good.size() / 4), "truncated"},
      {"cut_at_50", good.substr(0, good.size() / 2), "truncated"},
      {"cut_at_99", good.substr(0, good.size() * 99 / 100), "truncated"},
      {"torchscript", torch_zip(one_tensor_pickle(), {{"0", kSix}}, {{"constants.pkl", "x"}}),
       "a TorchScript archive: save the module's state_dict with torch.save"},
      {"torchscript_code", torch_zip(one_tensor_pickle(), {{"0", kSix}}, {{"code/__torch__.py", "x"}}),
       "a TorchScript archive"},
      {"big_endian", torch_zip(one_tensor_pickle(), {{"0", kSix}}, {{"byteorder", "big"}}),
       "byteorder: big-endian checkpoint not accepted"},
      {"no_data_pkl", test::zip({{.name = "archive/version", .data = "3"}}), "data.pkl: missing"},
      {"empty_archive", test::zip({}), "data.pkl: missing"},
      {"compressed", test::zip({{.name = "archive/data.pkl", .data = one_tensor_pickle(), .method = 8}}),
       "archive/data.pkl: compressed entry not accepted"},
      {"empty_pickle", torch_zip("", {}), "data.pkl: pickle: truncated at byte 0"},
      {"bytes_behind_stop", torch_zip(one_tensor_pickle() + "more", {{"0", kSix}}),
       "data.pkl: 4 bytes after its end"},
      {"two_pickles", torch_zip(one_tensor_pickle() + one_tensor_pickle(), {{"0", kSix}}),
       "bytes after its end"},
      {"os_system", zip_of(p::call(p::global("os", "system"), {p::text("true")})),
       "m.pt: data.pkl: global 'os.system' is not allowed at byte 2"},
      {"storage_missing", torch_zip(one_tensor_pickle(), {}), "data/0: missing from the archive"},
      {"storage_too_small", torch_zip(one_tensor_pickle(), {{"0", kSix.substr(0, 20)}}),
       "data/0: 20 bytes, its tensors say 6 elements of 4"},
      {"storage_too_big", torch_zip(one_tensor_pickle(), {{"0", kSix + "1234"}}),
       "data/0: 28 bytes, its tensors say 6 elements of 4"},
      {"storage_of_half_elements", torch_zip(one_tensor_pickle(), {{"0", kSix + "1"}}), "data/0: 25 bytes"},
      {"elements_wrap", one_tensor_zip({.elements = kHuge, .shape = {1}, .stride = {1}}),
       "data/0: 24 bytes, its tensors say 4611686018427387904 elements"},
      {"storage_key_leads_out", one_tensor_zip({.key = "../../etc/passwd"}),
       "data/../../etc/passwd: missing from the archive"},
      {"beyond_storage", viewing(0, {3, 3}, {3, 1}),
       weight + "reaches beyond its storage (shape [3, 3], strides [3, 1]"},
      {"offset_beyond_storage", viewing(6, {1}, {1}), weight + "reaches beyond its storage"},
      {"offset_2_63", viewing(INT64_MAX, {2}, {1}), weight + "shape overflows"},
      {"scalar_beyond_storage", viewing(6, {}, {}), weight + "reaches beyond its storage"},
      {"negative_offset", viewing(-1, {2, 2}, {2, 1}), weight + "negative offset"},
      {"negative_stride", viewing(5, {6}, {-1}), weight + "negative stride"},
      {"zero_stride", viewing(0, {2, 3}, {0, 1}), weight + "overlaps itself"},
      {"zero_stride_of_a_billion", viewing(0, {1'000'000'000}, {0}), weight + "overlaps itself"},
      {"overlapping_strides", viewing(0, {2, 3}, {2, 1}), weight + "overlaps itself"},
      {"same_strides", viewing(0, {2, 2}, {1, 1}), weight + "overlaps itself"},
      {"negative_dimension", viewing(0, {-1}, {1}), weight + "negative dimension"},
      {"shape_overflow", viewing(0, {kHuge, kHuge}, {1, 1}), weight + "shape overflows"},
      {"reach_overflow", viewing(0, {3, 3}, {kHuge, kHuge}), weight + "shape overflows"},
      {"fewer_strides", viewing(0, {2, 3}, {1}), weight + "shape and strides do not fit"},
      {"more_strides", viewing(0, {6}, {1, 1}), weight + "shape and strides do not fit"},
      {"no_tensors", zip_of("}"), "m.pt: holds no state_dict and no module"},
      {"a_number", zip_of("K\x01"), "holds no state_dict and no module"},
      {"a_list_of_tensors", zip_of(p::list({p::tensor({})})), "holds no state_dict and no module"},
      {"a_module_without_state", zip_of(p::global("net", "Net") + ")\x81"),
       "holds no state_dict and no module"},
      {"dict_in_itself", zip_of("}" + p::put(1) + p::text("model") + p::get(1) + "s"), "holds no state_dict"},
      {"nested_too_deep",
       zip_of(p::dict(
           {{"model",
             p::dict(
                 {{"model",
                   p::dict({{"model",
                             p::dict({{"model", p::dict({{"model", p::dict({{"weight",
                                                                             p::tensor({})}})}})}})}})}})}})),
       "holds no state_dict"},
      {"module_in_itself",
       zip_of(p::global("net", "Net") + ")\x81" + p::put(1) +
              p::dict({{"_modules", p::dict({{"a", p::get(1)}})}}) + "b"),
       "modules nested deeper than 32"},
      {"modules_that_double", zip_of(doubling_modules()), "more than 100000 modules"},
      {"tensor_name_of_2_kb", zip_of(p::dict({{std::string(2000, 'n'), p::tensor({})}})),
       "a tensor name of 2000 bytes"},
      {"module_name_of_2_kb", zip_of(module("}", p::dict({{std::string(2000, 'n'), module("}", "}")}}))),
       "a module name of 2001 bytes"},
      // 1000 modules share a dict of 50,000 entries, none of them a tensor.
      {"entries_looked_at_without_end", zip_of(sharing_modules()), "more than 1000000 entries in its dicts"},
      {"twice_by_prefix", zip_of(p::dict({{"weight", p::tensor({})}, {"module.weight", p::tensor({})}})),
       "m.pt: weight: twice"},
      {"tied_without_end",
       torch_zip(p::document("}(" +
                             [] {
                               std::string items =
                                   p::text("t") +
                                   p::tensor({.elements = 1000, .shape = {1000}, .stride = {1}}) + p::put(9);
                               for (int i = 0; i < 2000; ++i)
                                 items += p::text("t" + std::to_string(i)) + p::get(9);
                               return items;
                             }() +
                             "u"),
                 {{"0", std::string(4000, '\1')}}),
       "tensors hold more than four times the file"},
      {"line_break_in_a_name", zip_of(p::dict({{"a\nb", p::tensor({.shape = {7}, .stride = {1}})}})),
       "a\\nb: reaches"},
      {"bad_safetensors", test::safetensors("{\"a\":{}}"), "a: needs dtype, shape and data_offsets"},
      {"safetensors_twice",
       test::safetensors("{" + test::entry("x", "F32", "[1]", "[0,4]") + "," +
                             test::entry("module.x", "F32", "[1]", "[4,8]") + "}",
                         "12345678"),
       "m.pt: x: twice"},
      // The legacy format.
      {"legacy_magic_only", torch_legacy("", {}).substr(0, 15), "pickle: truncated"},
      {"legacy_protocol",
       std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15) + p::document("K\x01"),
       "legacy checkpoint of an unknown protocol"},
      {"legacy_big_endian", torch_legacy(one_tensor_pickle(), {{"0", kSix}}, 4, false),
       "big-endian checkpoint not accepted"},
      {"legacy_os_system", torch_legacy(p::document(p::global("os", "system")), {}),
       "global 'os.system' is not allowed"},
      {"legacy_unknown_key", torch_legacy(one_tensor_pickle(), {{"1", kSix}}),
       "storage 1: no tensor uses it"},
      {"legacy_no_storages", torch_legacy(one_tensor_pickle(), {}), "storage 0: missing"},
      {"legacy_twice", torch_legacy(one_tensor_pickle(), {{"0", kSix}, {"0", kSix}}), "storage 0: twice"},
      {"legacy_count_lies", torch_legacy(one_tensor_pickle(), {{"0", kSix + "1234"}}),
       "storage 0: 7 elements, its tensors say 6"},
      {"legacy_cut", test::one_tensor_legacy().substr(0, test::one_tensor_legacy().size() - 5),
       "storage 0: truncated"},
      {"legacy_trailing", torch_legacy(one_tensor_pickle(), {{"0", kSix}}) + "x",
       "1 bytes after the last storage"},
      {"legacy_keys_no_list",
       std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15) +
           p::document(std::string("M\xe9\x03", 3)) + p::document("}") + p::document("}") + p::document("}"),
       "legacy checkpoint without a list of storages"},
      {"legacy_two_sizes",
       torch_legacy(p::document(p::dict({{"a", p::tensor({})},
                                         {"b", p::tensor({.elements = 3, .shape = {3}, .stride = {1}})}})),
                    {{"0", kSix}}),
       "storage 0: used with two sizes"},
      // 2^62 elements of four bytes wrap to no bytes at all.
      {"legacy_elements_wrap",
       torch_legacy(
           p::document(p::dict(
               {{"a", p::tensor({.elements = 0, .shape = {0}, .stride = {1}})},
                {"b", p::tensor({.elements = kHuge, .offset = kHuge - 1, .shape = {1}, .stride = {1}})}})),
           {{"0", ""}}),
       "storage 0: used with two sizes"},
      {"legacy_storage_view",
       torch_legacy(p::document(p::dict(
                        {{"a", p::call(p::global("torch._utils", "_rebuild_tensor"),
                                       {p::tuple({p::text("storage"), p::global("torch", "FloatStorage"),
                                                  p::text("0"), p::text("cpu"), p::integer(6),
                                                  p::tuple({p::text("1"), p::integer(2), p::integer(4)})}) +
                                            "Q",
                                        p::integer(0), p::integers({1}), p::integers({1})})}})),
                    {{"0", kSix}}),
       "storage 0: a view of another storage is not accepted"},
  };
}

// With all values read.
weights::Tensors parse(const std::string& bytes) {
  weights::Tensors all;
  for (const auto& [name, tensor] :
       read_checkpoint(weights::in_memory(test::as_bytes(bytes), "m.pt")).tensors)
    all.emplace(name, tensor.read());
  return all;
}

class BadCheckpoint : public testing::TestWithParam<Case> {};

TEST_P(BadCheckpoint, IsNamed) {
  const std::string message = refusal([&] { parse(GetParam().bytes); });
  expect_in(message, GetParam().expected);
  EXPECT_TRUE(message.starts_with("m.pt: ")) << message;
}

INSTANTIATE_TEST_SUITE_P(All, BadCheckpoint, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

void expect_weight(const std::string& bytes, const std::string& name = "weight") {
  const weights::Tensors tensors = parse(bytes);
  ASSERT_TRUE(tensors.contains(name));
  EXPECT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors.at(name).name, name);
  EXPECT_EQ(tensors.at(name).shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(weights::to_float(tensors.at(name)), test::six_values());
}

TEST(Checkpoint, ReadsEveryContainer) {
  expect_weight(one_tensor_zip());
  expect_weight(test::one_tensor_legacy());
  expect_weight(test::safetensors("{" + test::entry("weight", "F32", "[2,3]", "[0,24]") + "}", kSix));
  expect_weight(test::safetensors("{" + test::entry("module.weight", "F32", "[2,3]", "[0,24]") + "}", kSix));
  // Without a byteorder, as before PyTorch 2.1.
  expect_weight(torch_zip(one_tensor_pickle(), {{"0", kSix}}));
}

TEST(Checkpoint, ReadsEveryFloatingType) {
  const auto read = [](const std::string& type, const std::string& data) {
    return parse(torch_zip(one_tensor_pickle({.type = type}), {{"0", data}})).at("weight");
  };
  std::vector<double> doubles(test::six_values().begin(), test::six_values().end());
  std::vector<uint16_t> bf16;
  for (const float value : test::six_values())
    bf16.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
  EXPECT_EQ(weights::to_float(read("DoubleStorage", test::raw(doubles))), test::six_values());
  EXPECT_EQ(weights::to_float(read("FloatStorage", kSix)), test::six_values());
  EXPECT_EQ(weights::to_float(read("BFloat16Storage", test::raw(bf16))), test::six_values());
  const std::vector<uint16_t> halves{0x3c00, 0xc000, 0x4200, 0x4480, 0, 0x4600};
  EXPECT_EQ(weights::to_float(read("HalfStorage", test::raw(halves))), test::six_values());
  EXPECT_EQ(read("LongStorage", std::string(48, '\0')).dtype, weights::DType::i64);
}

TEST(Checkpoint, FindsNestedStateDicts) {
  const std::string inner = p::dict({{"weight", p::tensor({})}});
  for (const char* key : {"model", "state_dict", "generator", "model_state_dict"})
    expect_weight(zip_of(p::dict({{"epoch", "K\x05"}, {key, inner}})));
  expect_weight(zip_of(p::dict({{"model", p::dict({{"state_dict", inner}})}})));
  expect_weight(zip_of(p::dict({{"epoch", "K\x05"}, {"lr", "N"}, {"weight", p::tensor({})}})));
}

TEST(Checkpoint, TakesWrappersOff) {
  for (const char* name : {"module.weight", "_orig_mod.weight", "module._orig_mod.module.weight"})
    expect_weight(zip_of(p::dict({{name, p::tensor({})}})));
  EXPECT_EQ(without_wrappers("a._orig_mod.b._orig_mod.c"), "a.b.c");
  EXPECT_EQ(without_wrappers("a.module.b"), "a.module.b");
  EXPECT_EQ(without_wrappers("module."), "");
  EXPECT_EQ(without_wrappers(""), "");
}

TEST(Checkpoint, ReadsWholeModules) {
  const std::string leaf = module(p::dict({{"weight", p::call(p::global("torch._utils", "_rebuild_parameter"),
                                                              {p::tensor({}), "\x88", "}"})},
                                           {"bias", "N"}}),
                                  "}");
  expect_weight(zip_of(module("}", p::dict({{"0", leaf}}))), "0.weight");
  expect_weight(
      zip_of(p::object(p::global("models.net", "Net"), p::dict({{"_modules", p::dict({{"fc", leaf}})}}))),
      "fc.weight");
}

// As state_dict() does.
TEST(Checkpoint, LeavesOutBuffersThatAreNotPersistent) {
  const std::string set = p::call(p::global("__builtin__", "set"), {p::list({p::text("window")})});
  expect_weight(
      zip_of(p::object(p::global("net", "Net"),
                       p::dict({{"_buffers", p::dict({{"window", p::tensor({})}, {"weight", p::tensor({})}})},
                                {"_non_persistent_buffers_set", set}}))));
}

TEST(Checkpoint, ReadsStridedViews) {
  const auto values = [](const p::View& view) {
    return weights::to_float(parse(one_tensor_zip(view)).at("weight"));
  };
  EXPECT_EQ(values({.shape = {3, 2}, .stride = {1, 3}}), (std::vector<float>{1, 4.5f, -2, 0, 3, 6}));
  EXPECT_EQ(values({.offset = 1, .shape = {2, 2}, .stride = {3, 1}}), (std::vector<float>{-2, 3, 0, 6}));
  EXPECT_EQ(values({.shape = {3}, .stride = {2}}), (std::vector<float>{1, 3, 0}));
  EXPECT_EQ(values({.offset = 5, .shape = {}, .stride = {}}), (std::vector<float>{6}));
  EXPECT_EQ(values({.shape = {0, 4}, .stride = {4, 1}}), (std::vector<float>{}));
  EXPECT_EQ(values({.shape = {1, 6}, .stride = {0, 1}}), test::six_values());  // a stride no one steps
}

TEST(Checkpoint, TiedWeightsShareTheirStorage) {
  const weights::Tensors tensors = parse(zip_of(p::dict({{"a", p::tensor({})}, {"b", p::tensor({})}})));
  EXPECT_EQ(tensors.at("a").bytes, tensors.at("b").bytes);
}

TEST(Checkpoint, ReadsFiles) {
  const test::TempFolder folder;
  test::write_file(folder / "m.pt", one_tensor_zip());
  EXPECT_EQ(read_checkpoint(folder / "m.pt").tensors.size(), 1u);
  expect_in(refusal([&] { read_checkpoint(folder / "gone.pt"); }), "gone.pt: No such file or directory");
  expect_in(refusal([&] { read_checkpoint("/dev/zero"); }), "/dev/zero: is a device, not a file");
}

class SmallCheckpoint : public testing::TestWithParam<Case> {};

TEST_P(SmallCheckpoint, TruncationsAndFlipsAreReadOrRefused) {
  const std::string& whole = GetParam().bytes;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_FALSE(test::survives([&] { parse(cut); })) << size;
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      test::survives([&] { parse(bytes); });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SmallCheckpoint,
                         testing::Values(Case{"zip", one_tensor_zip(), ""},
                                         Case{"legacy", test::one_tensor_legacy(), ""}),
                         [](const auto& test) { return test.param.name; });

// A zip's checksums hide what a flipped pickle does: here they are right.
TEST(Checkpoint, FlippedPicklesWithRightChecksums) {
  const std::string pickle = one_tensor_pickle();
  for (size_t at = 0; at < pickle.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = pickle;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      const std::string file = torch_zip(bytes, {{"0", kSix}});
      test::survives([&] { parse(file); });
    }
  }
}

}  // namespace
}  // namespace serene::converter
