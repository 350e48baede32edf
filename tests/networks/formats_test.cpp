// What holds for every network on the list.
#include <gtest/gtest.h>

#include <set>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/common/network_format.h"
#include "runtime/networks/pooled_head/config.h"
#include "runtime/networks/snr_head/config.h"
#include "runtime/networks/speech_transformer/config.h"
#include "runtime/networks/whisper_encoder/config.h"
#include "tests/networks/format_text.h"
#include "tests/support/random_model.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

std::vector<std::shared_ptr<const NetworkConfig>> samples() {
  auto residual = std::make_shared<TrnetConfig>(test::small_ser(TrnetEncoder::residual));
  auto cnn6 = std::make_shared<TrnetConfig>(test::small_ser(TrnetEncoder::cnn6));
  cnn6->classes = 3;
  residual->bridge = false;
  residual->classes = 7;
  auto baseline = std::make_shared<TrnetConfig>(*cnn6);
  baseline->blend = baseline->bridge = false;
  // A width whose heads follow from it: these checkpoints have tensors alone.
  auto whisper = std::make_shared<WhisperEncoderConfig>();
  whisper->channels = 384;
  whisper->heads = 6;
  whisper->inner = whisper->positions = 8;
  whisper->kept = whisper->published = 1;
  auto bigru = std::make_shared<BigruPoolConfig>();
  bigru->depth = bigru->hops = 3;
  bigru->mixed_states = 2;
  // Without a folder's configuration only encoders of this width are known to have 12 heads.
  auto wavlm = std::make_shared<SpeechTransformerConfig>();
  wavlm->hidden = 768;
  wavlm->conv_widths = std::vector<int>(7, 4);
  wavlm->conv_taps = {10, 3, 3, 3, 3, 2, 2};
  wavlm->conv_strides = {5, 2, 2, 2, 2, 2, 2};
  wavlm->conv_bias = wavlm->conv_layer_norm = true;
  wavlm->position_taps = 3;
  wavlm->kept_layers = wavlm->published_layers = 1;
  wavlm->feed_forward = 8;
  wavlm->buckets = 16;
  wavlm->largest_distance = 800;
  auto hubert = std::make_shared<SpeechTransformerConfig>(*wavlm);
  hubert->conv_bias = hubert->conv_layer_norm = hubert->projection_norm = false;
  hubert->buckets = hubert->largest_distance = 0;
  auto projected = std::make_shared<PooledHeadConfig>();
  projected->states = 13;
  auto dense = std::make_shared<PooledHeadConfig>();
  dense->kind = PooledKind::dense;
  dense->classes = 7;
  auto heads4 = std::make_shared<PooledHeadConfig>();
  heads4->kind = PooledKind::heads4;
  heads4->classes = 10;
  auto snr = std::make_shared<SnrHeadConfig>();
  snr->read_state = 3;
  return {std::make_shared<CmganConfig>(12, 3),
          cnn6,
          residual,
          baseline,
          whisper,
          bigru,
          wavlm,
          hubert,
          projected,
          dense,
          heads4,
          snr,
          whisper,
          bigru};
}

TEST(NetworkFormats, AreFoundByTheirNames) {
  std::set<std::string_view> names, sampled;
  for (const NetworkFormat* format : network_formats()) {
    EXPECT_EQ(find_network(format->name), format);
    EXPECT_TRUE(names.insert(format->name).second) << format->name;
  }
  EXPECT_EQ(find_network("cmgan2"), nullptr);
  EXPECT_EQ(find_network(""), nullptr);
  for (const auto& config : samples()) sampled.insert(config->network());
  EXPECT_EQ(sampled, names) << "a network has no sample in this test";
}

TEST(NetworkFormats, ACheckpointGivesTheConfigurationThatItsTensorsAreOf) {
  for (const auto& config : samples()) {
    const Checkpoint checkpoint = test::checkpoint_of(*config, "x.pt");
    for (const NetworkFormat* format : network_formats())
      EXPECT_EQ(format->recognises(checkpoint), format->name == config->network()) << format->name;
    const Import import = find_network(config->network())->import(checkpoint);
    EXPECT_EQ(test::text_of(*import.config), test::text_of(*config));
    EXPECT_EQ(import.tensors.size(), checkpoint.tensors.size());
    EXPECT_EQ(import.config->role(), find_network(config->network())->role);
  }
}

TEST(NetworkFormats, NamesOfTensorsAreThereOnce) {
  for (const auto& config : samples()) {
    std::set<std::string> names;
    for (const weights::TensorSpec& spec : config->tensors())
      EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
  }
}

TEST(NetworkFormats, AConfigurationIsReadAsItWasWritten) {
  for (const auto& config : samples()) {
    const json::Value object = json::parse(test::text_of(*config), 8);
    const std::string file = "m";
    json::ObjectReader reader(object, "parts.x.", file);
    EXPECT_EQ(test::text_of(*find_network(config->network())->read(reader)), test::text_of(*config));
    reader.refuse_unknown();
  }
}

}  // namespace
}  // namespace serene::networks
