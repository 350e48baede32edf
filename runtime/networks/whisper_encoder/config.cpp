#include "runtime/networks/whisper_encoder/config.h"

namespace serene::networks {
namespace {

constexpr std::string_view kSettings[] = {"heads"};
constexpr std::string_view kArchitectures[] = {"WhisperForAudioClassification",
                                               "WhisperForConditionalGeneration", "WhisperModel"};
constexpr int kMostLayers = 256;

}  // namespace

const NetworkFormat whisper_encoder_format{
    .name = "whisper_encoder",
    .role = Role::encoder,
    .read = WhisperEncoderConfig::read,
    .landmark = "encoder.conv1.weight",
    .recognises = WhisperEncoderConfig::recognises,
    .import = WhisperEncoderConfig::import,
    .is_unused = WhisperEncoderConfig::is_unused,
    .settings = kSettings,
    .architectures = kArchitectures,
};

std::shared_ptr<const EncoderConfig> WhisperEncoderConfig::with_layers(int64_t layers) const {
  auto config = std::make_shared<WhisperEncoderConfig>(*this);
  config->kept = static_cast<int>(layers);
  return config;
}

void WhisperEncoderConfig::write(json::Object& object) const {
  json::add(object, "mels", mels, "hidden", channels, "heads", heads, "feed_forward", inner, "positions",
            positions, "layers", kept, "published_layers", published);
}

std::string WhisperEncoderConfig::why_no_heads() const {
  if (channels % heads != 0)
    return std::to_string(heads) + " heads do not divide " + std::to_string(channels) + " channels";
  const int size = channels / heads;
  if (size % 8 != 0 || size > 128)
    return "heads of " + std::to_string(size) + " channels, wanted a multiple of 8 up to 128";
  return "";
}

std::shared_ptr<const NetworkConfig> WhisperEncoderConfig::read(json::ObjectReader& reader) {
  auto config = std::make_shared<WhisperEncoderConfig>();
  config->mels = reader.integer("mels", 1, 128);
  config->channels = reader.integer("hidden", 8, 8192);
  config->heads = reader.integer("heads", 1, 1024);
  if (const std::string cause = config->why_no_heads(); !cause.empty()) reader.fail("heads", cause);
  config->inner = reader.integer("feed_forward", 1, 65536);
  config->positions = reader.integer("positions", 1, 65536);
  config->published = reader.integer("published_layers", 1, kMostLayers);
  config->kept = reader.integer("layers", 0, config->published);
  return config;
}

}  // namespace serene::networks
