#include "converter/convert.h"

#include <gtest/gtest.h>

#include <cmath>

#include "converter/checkpoint.h"
#include "runtime/models/common/model_file.h"
#include "tests/converter/checkpoint_files.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene::converter {
namespace {

using test::checkpoint_of;
using test::expect_in;
using test::refusal;
using test::SeSer;
using test::set_value;
using weights::DType;

const std::vector<std::string> kFour{"angry", "happy", "neutral", "sad"};

class Convert : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& bytes) {
    test::write_file(folder / name, bytes);
    return folder / name;
  }
  std::string se() { return file("se.pt", checkpoint_of(test::se_tensors())); }
  std::string ser(int classes = 4) { return file("ser.pt", checkpoint_of(test::ser_tensors(classes))); }
  // What is said of a recogniser whose tensors were changed.
  template <class Change>
  std::string said(Change&& change) {
    auto tensors = test::ser_tensors();
    change(tensors);
    const std::string path = file("bad.pt", checkpoint_of(tensors));
    const std::string message = refusal([&] { convert(SeSer{.ser = path, .labels = kFour}); });
    EXPECT_TRUE(message.starts_with(path + ": ")) << message;
    return message;
  }

  test::TempFolder folder;
};

TEST_F(Convert, MakesAModelThatReadsBack) {
  const weights::TensorFile made = test::converted(SeSer{.se = se(), .ser = ser(), .labels = kFour});
  const models::ModelFile model = models::parse_model(weights::serialize_safetensors(made), "made");
  test::ModelSpec wanted;
  wanted.se = test::small_se();
  wanted.ser = test::small_ser(networks::TrnetEncoder::cnn6);
  wanted.ser->labels = kFour;
  wanted.ser->fit = {models::FitRule::tile, 5};
  EXPECT_EQ(models::to_json(model.config), models::to_json(wanted));
  for (const auto& tensors : {test::se_tensors(), test::ser_tensors()}) {
    for (const auto& [name, tensor] : tensors)
      EXPECT_EQ(model.tensors.at(name).read().bytes, tensor.bytes) << name;
  }
}

TEST_F(Convert, TellsTheVariantsByTheirShapes) {
  auto tensors = test::ser_tensors(4, networks::TrnetEncoder::residual);
  weights::TensorFile made =
      test::converted(SeSer{.ser = file("residual.pt", checkpoint_of(tensors)), .labels = kFour});
  const auto recogniser = [&] {
    const models::ModelConfig config = models::config_from_json(made.metadata.at("serene"), "x");
    return test::recogniser_of(config);
  };
  EXPECT_EQ(recogniser().encoder, networks::TrnetEncoder::residual);
  std::erase_if(tensors, [](const auto& item) { return item.first.starts_with("ser.back_model."); });
  made = test::converted(SeSer{.ser = file("no_bridge.pt", checkpoint_of(tensors)), .labels = kFour});
  EXPECT_FALSE(recogniser().bridge);
  std::erase_if(tensors, [](const auto& item) { return item.first.starts_with("ser.front_model."); });
  made = test::converted(SeSer{.ser = file("baseline.pt", checkpoint_of(tensors)), .labels = kFour});
  EXPECT_FALSE(recogniser().blend);
}

TEST_F(Convert, SameInputsGiveTheSameBytes) {
  const SeSer options{.se = se(), .ser = ser(), .labels = kFour};
  EXPECT_EQ(weights::serialize_safetensors(test::converted(options)),
            weights::serialize_safetensors(test::converted(options)));
}

TEST_F(Convert, UnusedTensorsOfTrainingAreLeftOut) {
  auto tensors = test::ser_tensors();
  const std::vector<float> one{1};
  tensors["ser.EmotionClassifier.bn.num_batches_tracked"] = weights::from_float("n", {1}, one);
  tensors["ser.att_block.bn_att.weight"] = weights::from_float("n", {1}, one);
  const weights::TensorFile made =
      test::converted(SeSer{.ser = file("x.pt", checkpoint_of(tensors)), .labels = kFour});
  EXPECT_EQ(made.tensors.size(), test::ser_tensors().size());
}

TEST_F(Convert, ParsesFits) {
  EXPECT_EQ(parse_fit("tile:5"), (models::Fit{models::FitRule::tile, 5}));
  EXPECT_EQ(parse_fit("pad:0.5"), (models::Fit{models::FitRule::pad, 0.5}));
  EXPECT_EQ(parse_fit("none"), models::Fit{});
  for (const char* text :
       {"", "tile", "tile:", "tile:x", "tile:5x", "tile:0.1", "tile:601", "tile:nan", "tile:inf", "tile:-5",
        "cut:5", "none:5", ":5", "tile:5:5", "tile: 5", "tile:1e400"}) {
    expect_in(refusal([&] { parse_fit(text); }, ErrorKind::invalid_argument),
              "--fit: got " + std::string(text) + ", wanted tile:SECONDS, pad:SECONDS (0.2 to 600) or none");
  }
}

TEST_F(Convert, ChecksLabels) {
  const auto refused = [&](int classes, std::vector<std::string> labels) {
    const SeSer options{.ser = ser(classes), .labels = std::move(labels)};
    return refusal([&] { convert(options); }, ErrorKind::invalid_argument);
  };
  for (const int classes : {1, 3, 4}) {
    expect_in(refused(classes, {}),
              "--labels: needed: " + (folder / "ser.pt") + " does not name its " + std::to_string(classes) +
                  " classes; give their names in the order of its outputs, --labels NAME,NAME,...");
  }
  expect_in(refused(3, {"a", "b"}), "--labels: 2 names for the 3 classes of ");
  expect_in(refused(4, {"a", "b", "c", "d", "e"}), "--labels: 5 names for the 4 classes of ");
  expect_in(refused(3, {"a", "b", "a"}), "--labels: a name is there twice");
  expect_in(refused(3, {"a", "", "c"}), "--labels: an empty name");
  expect_in(refused(3, {"a", "\xff", "c"}), "--labels: a name is not UTF-8");
  expect_in(refused(3, {"a", "\xc0\xaf", "c"}), "--labels: a name is not UTF-8");
  expect_in(refused(3, {"a", "\xed\xa0\x80", "c"}), "--labels: a name is not UTF-8");
  const weights::TensorFile made =
      test::converted(SeSer{.ser = ser(3), .labels = {"x", "\xc3\xa9", "\xf0\x9f\x98\x80"}});
  EXPECT_EQ(models::config_from_json(made.metadata.at("serene"), "x").outputs.front().labels[1], "\xc3\xa9");
}

TEST_F(Convert, HintsAtSwappedFiles) {
  expect_in(refusal([&] { convert(SeSer{.se = ser()}); }),
            "this is a recogniser, not an enhancer: were --se and --ser swapped?");
  expect_in(refusal([&] { convert(SeSer{.ser = se(), .labels = kFour}); }),
            "this is an enhancer, not a recogniser: were --se and --ser swapped?");
  const std::string other = file("other.pt", test::one_tensor_zip());
  expect_in(refusal([&] { convert(SeSer{.se = other}); }),
            "no enhancer: dense_encoder.conv_1.0.weight is missing");
  expect_in(refusal([&] { convert(SeSer{.ser = other}); }),
            "no recogniser: EmotionClassifier.fc1.weight is missing");
}

TEST_F(Convert, NamesWhatDecidesTheArchitecture) {
  const auto without = [](std::string_view part) {
    return [part](auto& tensors) {
      std::erase_if(tensors, [&](const auto& item) { return item.first.starts_with(part); });
    };
  };
  expect_in(said(without("ser.backbone.")),
            "unknown encoder: neither backbone.conv_block1 nor backbone.block1");
  expect_in(said(without("ser.backbone.conv_block3.")), "backbone.conv_block3.conv1.weight: missing");
  expect_in(said(without("ser.EmotionClassifier.fc2.")), "EmotionClassifier.fc2.weight: missing");
  expect_in(said(without("ser.front_model.")),
            "back_model without front_model: the bridge needs the coefficient");
  expect_in(said([](auto& tensors) {
              tensors.at("ser.EmotionClassifier.fc1.weight").shape = {128};
              tensors.erase("ser.EmotionClassifier.fc1.bias");
            }),
            "EmotionClassifier.fc1.weight: shape [128] is not one of this layer");
  expect_in(said([](auto& tensors) {
              tensors["ser.EmotionClassifier.fc1.bias"] =
                  weights::from_float("", {70000}, std::vector<float>(70000, 1));
              tensors.erase("ser.EmotionClassifier.fc1.weight");
            }),
            "EmotionClassifier.fc1.bias: shape [70000] is not one of this layer");
  auto tensors = test::se_tensors();
  weights::Tensor& first = tensors.at("se.dense_encoder.conv_1.0.weight");
  first = weights::from_float(first.name, {6, 3, 1, 1}, std::vector<float>(18, 1));
  const std::string path = file("six.pt", checkpoint_of(tensors));
  expect_in(refusal([&] { convert(SeSer{.se = path}); }), "6 channels, wanted a multiple of 4 up to 1024");
}

// A tensor that a width was to be read off is one of the list, no matter which.
TEST_F(Convert, ListsMissingTensorsThatDecideTheArchitecture) {
  const std::string message = said([](auto& tensors) {
    tensors.erase("ser.backbone.conv_block3.conv1.weight");
    tensors.erase("ser.att_block.att.weight");
    tensors.erase("ser.front_model.fc.weight");
    tensors.erase("ser.back_model.f.weight");
    tensors.erase("ser.EmotionClassifier.fc2.weight");
    tensors.at("ser.EmotionClassifier.fc1.weight").shape = {128};
  });
  expect_in(message, "6 tensors do not fit: ");
  expect_in(message, "backbone.conv_block3.conv1.weight missing, wanted [8, 8, 5, 5]");
  expect_in(message, "att_block.att.weight missing, wanted [16, 16, 1]");
  expect_in(message, "front_model.fc.weight missing, wanted [1, 80]");
  expect_in(message, "back_model.f.weight missing, wanted [16, 1]");
  expect_in(message, "EmotionClassifier.fc2.weight missing, wanted [4, 8]");
  expect_in(message, "EmotionClassifier.fc1.weight is [128], wanted [8, 16]");

  auto tensors = test::se_tensors();
  tensors.erase("se.dense_encoder.conv_1.0.weight");
  tensors.erase("se.TSCB_1.time_conformer.post_norm.weight");
  const std::string path = file("part.pt", checkpoint_of(tensors));
  expect_in(refusal([&] { convert(SeSer{.se = path}); }),
            "2 tensors do not fit: dense_encoder.conv_1.0.weight missing, wanted [8, 3, 1, 1]; "
            "TSCB_1.time_conformer.post_norm.weight missing, wanted [8]");
  std::erase_if(tensors, [](const auto& item) { return item.first.starts_with("se.TSCB_"); });
  file("part.pt", checkpoint_of(tensors));
  expect_in(refusal([&] { convert(SeSer{.se = path}); }),
            "TSCB_1.time_conformer.ff1.fn.fn.net.0.weight missing");
}

// What the model file could not say is refused before it is written.
TEST_F(Convert, RefusesWidthsNoModelFileMayHave) {
  auto tensors = test::ser_tensors(4, networks::TrnetEncoder::residual);
  const auto set = [&](const std::string& name, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (const int64_t s : shape) count *= s;
    tensors.at(name) = weights::from_float(name, shape, std::vector<float>(static_cast<size_t>(count), 1));
  };
  set("ser.EmotionClassifier.fc1.weight", {5000, 16});
  set("ser.EmotionClassifier.fc2.weight", {4, 5000});
  for (const char* name : {"fc1.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"})
    set(std::string("ser.EmotionClassifier.") + name, {5000});
  const std::string path = file("wide.pt", checkpoint_of(tensors));
  expect_in(refusal([&] { convert(SeSer{.ser = path, .labels = kFour}); }),
            path + ": configuration: parts.ser.hidden: must be an integer from 1 to 4096");
}

TEST_F(Convert, ListsAllThatDoesNotFitAtOnce) {
  const std::string message = said([](auto& tensors) {
    tensors.erase("ser.EmotionClassifier.fc1.bias");
    tensors.at("ser.back_model.f.weight").shape = {4, 4};
    tensors["ser.extra"] = weights::from_float("x", {1}, std::vector<float>{1});
    tensors["ser.line\nbreak"] = weights::from_float("x", {1}, std::vector<float>{1});
  });
  expect_in(message, "4 tensors do not fit: ");
  expect_in(message, "EmotionClassifier.fc1.bias missing, wanted [8]");
  expect_in(message, "back_model.f.weight is [4, 4], wanted [16, 1]");
  expect_in(message, "extra is not part of the network");
  expect_in(message, "line\\nbreak is not part of the network");
  expect_in(said([](auto& tensors) { tensors.erase("ser.EmotionClassifier.fc1.bias"); }),
            "1 tensor does not fit: ");
  expect_in(said([](auto& tensors) {
              for (int i = 0; i < 30; ++i) {
                tensors["ser.z" + std::to_string(i)] = weights::from_float("x", {1}, std::vector<float>{1});
              }
            }),
            "; and 10 more");
}

TEST_F(Convert, RefusesBadValues) {
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    expect_in(said([&](auto& tensors) { set_value(tensors.at("ser.back_model.f.weight"), 3, value); }),
              "back_model.f.weight: 1 of 16 values are not finite");
  }
  expect_in(said([](auto& tensors) { set_value(tensors.at("ser.EmotionClassifier.bn.running_var"), 2, -1); }),
            "EmotionClassifier.bn.running_var: 1 of 8 variances are negative");
  expect_in(said([](auto& tensors) {
              for (auto& [name, tensor] : tensors)
                std::fill(tensor.bytes.begin(), tensor.bytes.end(), std::byte{0});
            }),
            "all weights are zero");
  const std::string both = said([](auto& tensors) {
    set_value(tensors.at("ser.back_model.f.weight"), 3, NAN);
    set_value(tensors.at("ser.front_model.fc.weight"), 3, INFINITY);
  });
  expect_in(both, "back_model.f.weight: 1 of 16 values are not finite; front_model.fc.weight: 1 of 80");
}

TEST_F(Convert, GoesOnWithBadValuesWhereToldTo) {
  auto tensors = test::ser_tensors();
  const std::string good = file("good.pt", checkpoint_of(tensors));
  set_value(tensors.at("ser.back_model.f.weight"), 3, NAN);
  set_value(tensors.at("ser.back_model.h.weight"), 3, -INFINITY);
  const std::string bad = file("bad.pt", checkpoint_of(tensors));
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    const weights::TensorFile made =
        test::converted(SeSer{.ser = bad, .labels = kFour, .dtype = dtype, .allow_nonfinite = true});
    const models::ModelFile model = models::parse_model(weights::serialize_safetensors(made), "made");
    EXPECT_TRUE(model.config.nonfinite);
    EXPECT_TRUE(std::isnan(model.values("ser.back_model.f.weight")[3]));
    EXPECT_EQ(model.values("ser.back_model.h.weight")[3], -INFINITY);
  }
  // Where nothing is wrong the option changes nothing.
  EXPECT_EQ(weights::serialize_safetensors(
                test::converted(SeSer{.ser = good, .labels = kFour, .allow_nonfinite = true})),
            weights::serialize_safetensors(test::converted(SeSer{.ser = good, .labels = kFour})));
}

TEST_F(Convert, RefusesIntegers) {
  weights::TensorFile container;
  for (auto& [name, tensor] : test::ser_tensors()) {
    const std::string plain = name.substr(4);
    weights::Tensor copy = tensor;
    if (plain == "back_model.f.weight") copy.dtype = DType::i32;
    container.tensors[plain] = copy;
  }
  weights::write_safetensors(folder / "ints.safetensors", container);
  expect_in(refusal([&] { convert(SeSer{.ser = folder / "ints.safetensors", .labels = kFour}); }),
            "back_model.f.weight is I32, wanted floating point");
}

TEST_F(Convert, NarrowsMatrices) {
  const weights::TensorFile full = test::converted(SeSer{.se = se(), .ser = ser(), .labels = kFour});
  for (const DType dtype : {DType::bf16, DType::f16}) {
    const weights::TensorFile made =
        test::converted(SeSer{.se = se(), .ser = ser(), .labels = kFour, .dtype = dtype});
    EXPECT_EQ(made.metadata, full.metadata);
    for (const auto& [name, tensor] : made.tensors) {
      EXPECT_EQ(tensor.dtype, tensor.shape.size() > 1 ? dtype : DType::f32) << name;
      const std::vector<float> narrow = weights::to_float(tensor),
                               wide = weights::to_float(full.tensors.at(name));
      for (size_t i = 0; i < wide.size(); ++i)
        ASSERT_LE(std::abs(narrow[i] - wide[i]), std::abs(wide[i]) / 256 + 0x1p-25f) << name << ' ' << i;
    }
    models::parse_model(weights::serialize_safetensors(made), "made");
  }
}

TEST_F(Convert, StoresMatricesAsIntegersWithScales) {
  const weights::TensorFile full = test::converted(SeSer{.se = se(), .ser = ser(), .labels = kFour});
  const weights::TensorFile made =
      test::converted(SeSer{.se = se(), .ser = ser(), .labels = kFour, .dtype = DType::i8});
  EXPECT_EQ(made.metadata, full.metadata);
  const models::ModelFile model = models::parse_model(weights::serialize_safetensors(made), "made");
  EXPECT_EQ(model.tensors.size(), full.tensors.size());
  for (const auto& [name, tensor] : full.tensors) {
    const bool matrix = tensor.shape.size() > 1;
    EXPECT_EQ(made.tensors.at(name).dtype, matrix ? DType::i8 : DType::f32) << name;
    const std::vector<float> wide = weights::to_float(tensor), narrow = model.values(name);
    ASSERT_EQ(narrow.size(), wide.size());
    float largest = 0;
    for (const float value : wide) largest = std::max(largest, std::abs(value));
    // Half a step of the row with the largest value.
    for (size_t i = 0; i < wide.size(); ++i)
      ASSERT_LE(std::abs(narrow[i] - wide[i]), matrix ? largest / 127 * 0.5001f : 0) << name << ' ' << i;
  }
}

TEST_F(Convert, StoresNoIntegersOfWhatIsNotFinite) {
  auto tensors = test::ser_tensors();
  set_value(tensors.at("ser.back_model.f.weight"), 3, NAN);
  const std::string bad = file("bad.pt", checkpoint_of(tensors));
  expect_in(refusal([&] {
              convert(SeSer{.ser = bad, .labels = kFour, .dtype = DType::i8, .allow_nonfinite = true});
            }),
            bad + ": ser.back_model.f.weight: has values that are not finite, which int8 cannot hold");
}

// The largest floats round up to infinity: the model would not load.
TEST_F(Convert, RefusesWhatHalfAFloatCannotHold) {
  auto tensors = test::ser_tensors();
  set_value(tensors.at("ser.back_model.f.weight"), 3, 3.4e38f);
  const std::string path = file("big.pt", checkpoint_of(tensors));
  convert(SeSer{.ser = path, .labels = kFour});
  expect_in(refusal([&] { convert(SeSer{.ser = path, .labels = kFour, .dtype = DType::bf16}); }),
            path + ": ser.back_model.f.weight: 1 of 16 values are too large for bf16");
  expect_in(refusal([&] { convert(SeSer{.ser = path, .labels = kFour, .dtype = DType::f16}); }),
            path + ": ser.back_model.f.weight: 1 of 16 values are too large for f16");
}

}  // namespace
}  // namespace serene::converter
