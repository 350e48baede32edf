// Checkpoints of speech networks are told by the names of their tensors, so that a refusal can say what they
// are.
#include "converter/other_networks.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "converter/checkpoint.h"

namespace serene::converter {
namespace {

std::string network_of(const std::vector<std::string>& names) {
  weights::StoredTensors tensors;
  for (const std::string& name : names) tensors[name] = {weights::DType::f32, {1}, nullptr};
  return other_network(tensors);
}

TEST(OtherNetworks, AreToldByTheirNames) {
  EXPECT_EQ(network_of({"wav2vec2.encoder.layers.3.attention.k_proj.weight"}), "wav2vec2");
  EXPECT_EQ(network_of({"feature_extractor.conv_layers.0.conv.weight", "quantizer.codevectors"}), "wav2vec2");
  EXPECT_EQ(network_of({"feature_extractor.conv_layers.0.0.weight", "project_q.weight"}), "wav2vec2");
  EXPECT_EQ(network_of({"hubert.feature_projection.projection.weight"}), "HuBERT");
  EXPECT_EQ(network_of({"feature_extractor.conv_layers.0.0.weight", "label_embs_concat"}), "HuBERT");
  EXPECT_EQ(network_of({"wavlm.masked_spec_embed"}), "WavLM");
  EXPECT_EQ(network_of({"feature_extractor.conv_layers.0.conv.weight",
                        "encoder.layers.0.attention.gru_rel_pos_const"}),
            "WavLM");
  EXPECT_EQ(network_of({"encoder.layers.0.self_attn.grep_linear.weight",
                        "feature_extractor.conv_layers.0.0.weight"}),
            "WavLM");
  EXPECT_EQ(network_of({"feature_extractor.conv_layers.0.conv.weight"}), "wav2vec2, HuBERT or WavLM");
  EXPECT_EQ(network_of({"ssl_model.feature_extractor.conv_layers.0.0.weight"}), "wav2vec2, HuBERT or WavLM");
  EXPECT_EQ(network_of({"encoder.conv1.weight", "encoder.conv2.weight", "encoder.positional_embedding"}),
            "Whisper");
  EXPECT_EQ(network_of({"model.encoder.conv1.weight", "model.encoder.conv2.weight",
                        "model.encoder.embed_positions.weight"}),
            "Whisper");
  // A text model has positions, an image model convolutions.
  EXPECT_EQ(network_of({"model.encoder.embed_positions.weight"}), "");
  EXPECT_EQ(network_of({"encoder.conv1.weight", "encoder.conv2.weight"}), "");
  EXPECT_EQ(network_of({"weight", "encoder.conv1.weight", "backbone.block1.conv1.weight"}), "");
}

struct OtherFile {
  std::string path, network;
};
void PrintTo(const OtherFile& c, std::ostream* out) { *out << c.path; }

class OtherNetworkFile : public testing::TestWithParam<OtherFile> {};

TEST_P(OtherNetworkFile, IsNamed) {
  const std::string path = std::string(SERENE_TEST_SHARED_DIR) + "/golden/encoders/" + GetParam().path;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no file " << path;
  EXPECT_EQ(other_network(read_checkpoint(path).tensors), GetParam().network);
}

INSTANTIATE_TEST_SUITE_P(
    Shared, OtherNetworkFile,
    testing::Values(OtherFile{"wav2vec2_er/model.safetensors", "wav2vec2"},
                    OtherFile{"wav2vec2_er_bin/pytorch_model.bin", "wav2vec2"},
                    OtherFile{"wav2vec2_msp_dim/model.safetensors", "wav2vec2"},
                    OtherFile{"wav2vec2_msp_dim_bin/pytorch_model.bin", "wav2vec2"},
                    OtherFile{"hubert_er/model.safetensors", "HuBERT"},
                    OtherFile{"hubert_er_bin/pytorch_model.bin", "HuBERT"},
                    OtherFile{"hubert_encoder/model.safetensors", "wav2vec2, HuBERT or WavLM"},
                    OtherFile{"wavlm_er/model.safetensors", "WavLM"},
                    OtherFile{"wavlm_er_bin/pytorch_model.bin", "WavLM"},
                    OtherFile{"nrser/EMO/best", "wav2vec2, HuBERT or WavLM"},
                    OtherFile{"whisper.pt", "Whisper"}, OtherFile{"whisper_er/model.safetensors", "Whisper"},
                    OtherFile{"whisper_hf/model.safetensors", "Whisper"},
                    OtherFile{"whisper_hf_bin/pytorch_model.bin", "Whisper"}),
    [](const auto& of) {
      std::string name = of.param.path.substr(0, of.param.path.find_first_of("/."));
      return name + "_" + std::to_string(of.index);
    });

}  // namespace
}  // namespace serene::converter
