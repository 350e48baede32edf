#include "runtime/models/common/model_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>

#include "tests/support/hostile_bytes.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"
#include "weights/sha256.h"

namespace serene::models {
namespace {

using networks::TrnetEncoder;
using test::expect_in;
using test::refusal;
using weights::DType;
using weights::from_float;
using weights::serialize_safetensors;
using weights::sha256_hex;
using weights::Tensor;
using weights::TensorFile;

TensorFile model(bool se = false) {
  test::ModelSpec config;
  if (se) config.se = test::small_se();
  config.ser = test::small_ser(TrnetEncoder::cnn6);
  TensorFile file;
  file.tensors = weights::loaded(test::random_model_file(config).tensors);
  file.metadata["serene"] = to_json(config);
  return file;
}

void set(TensorFile& file, const std::string& tensor, size_t at, float value) {
  std::memcpy(file.tensors.at(tensor).bytes.data() + 4 * at, &value, 4);
}

ModelFile parse(const TensorFile& file) { return parse_model(serialize_safetensors(file), "m"); }
std::string said(const TensorFile& file) {
  return refusal([&] { parse(file); });
}

TEST(ModelFile, IsReadWithItsHash) {
  const TensorFile file = model(true);
  const std::vector<std::byte> bytes = serialize_safetensors(file);
  const ModelFile read = parse_model(bytes, "m");
  EXPECT_EQ(read.name, "m");
  EXPECT_EQ(to_json(read.config), file.metadata.at("serene"));
  EXPECT_EQ(read.tensors.size(), file.tensors.size());
  EXPECT_EQ(read.sha256, sha256_hex(bytes));
  EXPECT_EQ(read.file_bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(read.values("ser.EmotionClassifier.fc2.bias").size(), 3u);

  const test::TempFolder folder;
  weights::write_safetensors(folder / "model.safetensors", file);
  EXPECT_EQ(read_model(folder / "model.safetensors").sha256, read.sha256);
}

TEST(ModelFile, KeepsWhatItSaysOfItsWeights) {
  TensorFile file = model();
  EXPECT_EQ(parse(file).card, "");
  file.metadata["card"] = std::string(kLongestCard, 'x');
  EXPECT_EQ(parse(file).card.size(), kLongestCard);
  file.metadata["card"] += 'x';
  expect_in(said(file), "m: card: 65537 bytes, wanted at most 65536");
}

TEST(ModelFile, TakesHalfPrecision) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    TensorFile file = model();
    Tensor& tensor = file.tensors.at("ser.back_model.f.weight");
    tensor.dtype = dtype;
    tensor.bytes.resize(tensor.bytes.size() / 2);
    std::fill(tensor.bytes.begin(), tensor.bytes.end(), std::byte{0x3c});
    EXPECT_EQ(parse(file).values("ser.back_model.f.weight").size(), 16u);
  }
}

TEST(ModelFile, WithoutConfigurationIsNoModel) {
  TensorFile file = model();
  file.metadata.clear();
  expect_in(said(file), "m: no serene configuration in its metadata: run serene-convert on it");
  file.metadata["serene"] = "{";
  expect_in(said(file), "m: configuration: not valid JSON");
}

TEST(ModelFile, ListsAllThatDoesNotFitAtOnce) {
  TensorFile file = model();
  file.tensors.erase("ser.EmotionClassifier.fc1.bias");
  file.tensors.at("ser.EmotionClassifier.fc2.weight").shape = {8, 3};
  file.tensors["ser.extra"] = from_float("ser.extra", {1}, std::vector<float>{1});
  Tensor& wide = file.tensors.at("ser.EmotionClassifier.fc2.bias");
  wide.dtype = DType::f64;
  wide.bytes.resize(24);
  const std::string message = said(file);
  expect_in(message, "m: 4 tensors do not fit: ");
  expect_in(message, "ser.EmotionClassifier.fc1.bias missing, wanted [8]");
  expect_in(message, "ser.EmotionClassifier.fc2.weight is [8, 3], wanted [3, 8]");
  expect_in(message, "ser.extra is not part of the model");
  expect_in(message, "ser.EmotionClassifier.fc2.bias is F64, wanted F32, F16, BF16 or I8 with scales");
}

TEST(ModelFile, NamesTheFirstTwentyAndCountsTheRest) {
  TensorFile file = model();
  for (int i = 0; i < 25; ++i) {
    const std::string name = "ser.extra" + std::to_string(i + 10);
    file.tensors[name] = from_float(name, {1}, std::vector<float>{1});
  }
  const std::string message = said(file);
  expect_in(message, "m: 25 tensors do not fit: ser.extra10 is not part of the model; ");
  expect_in(message, "ser.extra29 is not part of the model; and 5 more");
  EXPECT_EQ(message.find("ser.extra30"), message.npos);
}

TEST(ModelFile, OneMisfitIsOneTensor) {
  TensorFile file = model();
  file.tensors.erase("ser.EmotionClassifier.fc1.bias");
  expect_in(said(file), "m: 1 tensor does not fit: ser.EmotionClassifier.fc1.bias missing");
}

TEST(ModelFile, NamesOfExtraTensorsStayOnTheLine) {
  TensorFile file = model();
  file.tensors["a\nb"] = from_float("a\nb", {1}, std::vector<float>{1});
  expect_in(said(file), "a\\nb is not part of the model");
}

TEST(ModelFile, RefusesEveryElementTypeButFloatingPoint) {
  for (const DType dtype : {DType::f64, DType::i64, DType::i32, DType::i16, DType::u64, DType::u32,
                            DType::u16, DType::u8, DType::boolean}) {
    TensorFile file = model();
    Tensor& tensor = file.tensors.at("ser.back_model.f.weight");
    tensor.dtype = dtype;
    tensor.bytes.assign(16 * weights::element_size(dtype), std::byte{0});
    expect_in(said(file), "ser.back_model.f.weight is " + std::string(weights::dtype_name(dtype)) +
                              ", wanted F32, F16, BF16 or I8 with scales");
  }
}

TEST(ModelFile, RefusesIntegersWithoutScalesAndScalesWithoutIntegers) {
  TensorFile file = model();
  Tensor& tensor = file.tensors.at("ser.back_model.f.weight");
  const Tensor wide = tensor;
  tensor.dtype = DType::i8;
  tensor.bytes.assign(16, std::byte{1});
  expect_in(said(file), "ser.back_model.f.weight.scale missing, ser.back_model.f.weight is I8");
  const std::vector<float> scales(static_cast<size_t>(wide.shape.front()), 0.5f);
  const std::string scale = "ser.back_model.f.weight.scale";
  file.tensors[scale] = weights::from_float(scale, {wide.shape.front()}, scales);
  const ModelFile read = parse_model(weights::serialize_safetensors(file), "m");
  EXPECT_EQ(read.values("ser.back_model.f.weight"), std::vector<float>(16, 0.5f));
  tensor = wide;
  expect_in(said(file), scale + " is not part of the model");
}

TEST(ModelFile, RefusesValuesThatAreNotFinite) {
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    TensorFile file = model();
    set(file, "ser.EmotionClassifier.fc1.weight", 5, value);
    set(file, "ser.EmotionClassifier.fc1.weight", 9, value);
    expect_in(said(file), "m: ser.EmotionClassifier.fc1.weight: 2 values are not finite");
  }
}

TEST(ModelFile, TakesWhatIsNotFiniteWhereTheConfigurationSaysSo) {
  TensorFile file = model();
  set(file, "ser.EmotionClassifier.fc1.weight", 5, NAN);
  set(file, "ser.EmotionClassifier.bn.running_var", 3, -1);
  ModelConfig config = config_from_json(file.metadata["serene"], "m");
  config.nonfinite = true;
  file.metadata["serene"] = to_json(config);
  EXPECT_TRUE(std::isnan(parse(file).values("ser.EmotionClassifier.fc1.weight")[5]));
}

TEST(ModelFile, RefusesNegativeVariances) {
  TensorFile file = model();
  set(file, "ser.EmotionClassifier.bn.running_var", 3, -1e-3f);
  expect_in(said(file), "m: ser.EmotionClassifier.bn.running_var: a variance is negative");
  set(file, "ser.EmotionClassifier.bn.running_var", 3, 0);
  parse(file);
  set(file, "ser.EmotionClassifier.bn.running_mean", 3, -1);
  parse(file);
}

TEST(ModelFile, TruncationsAndFlipsAreParsedOrRefused) {
  const std::vector<std::byte> whole = serialize_safetensors(model());
  size_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  for (size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 97) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(test::survives([&] { parse_model(cut, "cut"); })) << size;
  }
  for (size_t at = 0; at < whole.size(); at += at < 8 + header ? 3 : 601) {
    std::vector<std::byte> bytes = whole;
    bytes[at] ^= std::byte{16};
    test::survives([&] { parse_model(bytes, "flipped"); });
  }
}

TEST(ModelFile, ThatIsNoFileIsNamedAndNeverBlocks) {
  const test::TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  expect_in(refusal([&] { read_model(folder / "fifo"); }), "fifo: is a FIFO, not a file");
  expect_in(refusal([&] { read_model(folder.path()); }), "is a directory, not a file");
  expect_in(refusal([&] { read_model(folder / "gone"); }), "gone: No such file or directory");
}

}  // namespace
}  // namespace serene::models
