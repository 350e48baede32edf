// A checkpoint of Whisper: OpenAI's, or one of transformers' (WhisperModel, WhisperForConditionalGeneration,
// WhisperForAudioClassification), or the encoder alone.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/settings.h"
#include "runtime/networks/whisper_encoder/config.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

using weights::StoredTensors;

// What comes before the encoder's names; the empty one last, as all names begin with it.
constexpr std::array<std::string_view, 4> kPrefixes = {"encoder.", "model.encoder.",
                                                       "ssl_model.model.encoder.", ""};

// How a checkpoint calls the tensors.
struct Spelling {
  std::string prefix;
  bool transformers;  // or OpenAI's

  std::string name_of(std::string tensor) const {
    if (transformers) {
      for (const auto& [ours, theirs] : kTheirs) {
        const size_t at = tensor.find(ours);
        if (at != tensor.npos) tensor.replace(at, ours.size(), theirs);
      }
    }
    return prefix + tensor;
  }
  std::string blocks() const { return prefix + (transformers ? "layers." : "blocks."); }

 private:
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kTheirs = {{
      {"positional_embedding", "embed_positions.weight"},
      {"blocks.", "layers."},
      {".attn_ln.", ".self_attn_layer_norm."},
      {".attn.query.", ".self_attn.q_proj."},
      {".attn.key.", ".self_attn.k_proj."},
      {".attn.value.", ".self_attn.v_proj."},
      {".attn.out.", ".self_attn.out_proj."},
      {".mlp_ln.", ".final_layer_norm."},
      {".mlp.0.", ".fc1."},
      {".mlp.2.", ".fc2."},
      {"ln_post.", "layer_norm."},
  }};
};

// Two convolutions and a table of positions, of which one may be missing.
std::optional<Spelling> spelling_of(const StoredTensors& tensors) {
  for (const std::string_view candidate : kPrefixes) {
    const std::string prefix(candidate);
    const int found = (tensors.contains(prefix + "conv1.weight") ? 1 : 0) +
                      (tensors.contains(prefix + "conv2.weight") ? 1 : 0) +
                      (tensors.contains(prefix + "positional_embedding") ||
                               tensors.contains(prefix + "embed_positions.weight")
                           ? 1
                           : 0);
    if (found < 2) continue;
    return Spelling{prefix, tensors.contains(prefix + "embed_positions.weight") ||
                                has_prefix(tensors, prefix + "layers.")};
  }
  return std::nullopt;
}

// One more than the number of the last block that has any tensor; a gap before it shows when the tensors are
// compared.
int blocks_of(const StoredTensors& tensors, const std::string& prefix) {
  int blocks = 0;
  for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix); ++it) {
    int number = 0;
    const char* end = it->first.data() + it->first.size();
    const auto [rest, code] = std::from_chars(it->first.data() + prefix.size(), end, number);
    if (code == std::errc() && rest != end && *rest == '.' && number < 256)
      blocks = std::max(blocks, number + 1);
  }
  return blocks;
}

// What a checkpoint says of itself besides its tensors: OpenAI's dims, or a folder's config.json.
class Said {
 public:
  explicit Said(const Checkpoint& checkpoint) : file_(checkpoint.name) {
    const auto* object = checkpoint.config.as<json::Object>();
    if (object == nullptr) return;
    const json::Value* dims = json::find(*object, "dims");
    openai_ = dims != nullptr;
    object_ = openai_ ? dims->as<json::Object>() : object;
    if (object_ == nullptr) weights::refuse(file_, "dims: is no object");
  }

  std::optional<int64_t> integer(std::string_view openai, std::string_view transformers) const {
    const std::string_view key = openai_ ? openai : transformers;
    const json::Value* value = find(key);
    if (value == nullptr || value->as<std::nullptr_t>() != nullptr) return std::nullopt;
    if (value->as<int64_t>() == nullptr) refuse(key, "is no whole number");
    return *value->as<int64_t>();
  }
  // What the tensors have, under both names.
  void expect(std::string_view openai, std::string_view transformers, int tensors_have) const {
    const std::optional<int64_t> said = integer(openai, transformers);
    if (!said || *said == tensors_have) return;
    refuse(openai_ ? openai : transformers,
           "is " + std::to_string(*said) + ", the tensors have " + std::to_string(tensors_have));
  }
  // Of config.json.
  void expect_text(std::string_view key, std::string_view wanted) const {
    const json::Value* value = openai_ ? nullptr : find(key);
    if (value == nullptr) return;
    const auto* text = value->as<std::string>();
    if (text == nullptr || *text != wanted) {
      refuse(key,
             "is " + (text == nullptr ? "no text" : *text) + ", this network has " + std::string(wanted));
    }
  }
  void expect_absent(std::string_view key) const {
    const json::Value* value = openai_ ? nullptr : find(key);
    if (value == nullptr || value->as<std::nullptr_t>() != nullptr) return;
    if (value->as<bool>() != nullptr && !*value->as<bool>()) return;
    refuse(key, "is set: adapters are not computed");
  }
  [[noreturn]] void refuse(std::string_view key, const std::string& cause) const {
    weights::refuse(file_, (openai_ ? "dims: " : "config: ") + std::string(key) + ": " + cause);
  }

 private:
  const json::Value* find(std::string_view key) const {
    return object_ == nullptr || key.empty() ? nullptr : json::find(*object_, key);
  }

  const std::string& file_;
  const json::Object* object_ = nullptr;
  bool openai_ = false;
};

void refuse_adapters(const Checkpoint& checkpoint) {
  if (const std::string* name = find_lora(checkpoint.tensors)) {
    weights::refuse(checkpoint.name,
                    *name + ": LoRA adapters are not computed: merge them into the weights first");
  }
}

// In no shape: what the checkpoint says, what the user says, or what all published networks have, which is
// heads of 64 channels.
int heads_of(const Checkpoint& checkpoint, const Said& said, int channels) {
  const std::optional<int64_t> heads = said.integer("n_audio_head", "encoder_attention_heads");
  const Settings settings(checkpoint);
  const std::optional<int> wanted = settings.integer("heads", 1, 1024);
  if (wanted && heads && *heads != *wanted)
    settings.fail("heads",
                  "got " + std::to_string(*wanted) + ", the checkpoint says " + std::to_string(*heads));
  if (heads) {
    if (*heads < 1 || *heads > 1024)
      said.refuse("heads", std::to_string(*heads) + ", wanted a number from 1 to 1024");
    return static_cast<int>(*heads);
  }
  if (wanted) return *wanted;
  constexpr std::array kPublishedWidths = {384, 512, 768, 1024, 1280};
  if (std::ranges::find(kPublishedWidths, channels) == kPublishedWidths.end()) {
    weights::refuse(checkpoint.name,
                    "the number of heads of its attention is in no tensor: it must be set (heads)");
  }
  return channels / 64;
}

}  // namespace

bool WhisperEncoderConfig::recognises(const Checkpoint& checkpoint) {
  return spelling_of(checkpoint.tensors).has_value();
}

bool WhisperEncoderConfig::is_unused(std::string_view tensor) {
  constexpr std::array<std::string_view, 4> kOthers = {"decoder.", "model.decoder.",
                                                       "ssl_model.model.decoder.", "proj_out."};
  return is_of_head(tensor) ||
         std::ranges::any_of(kOthers, [&](std::string_view begin) { return tensor.starts_with(begin); });
}

Import WhisperEncoderConfig::import(const Checkpoint& checkpoint) {
  refuse_adapters(checkpoint);
  const Spelling spelling = spelling_of(checkpoint.tensors).value();
  const Said said(checkpoint);
  const auto widths = [&](const std::string& a, size_t rank_a, size_t dimension_a, const std::string& b,
                          size_t rank_b, size_t dimension_b) {
    return networks::width(
        checkpoint, {{spelling.name_of(a), rank_a, dimension_a}, {spelling.name_of(b), rank_b, dimension_b}});
  };
  auto config = std::make_shared<WhisperEncoderConfig>();
  config->mels = networks::width(checkpoint, {{spelling.name_of("conv1.weight"), 3, 1}});
  config->channels = widths("conv1.weight", 3, 0, "conv2.weight", 3, 0);
  config->positions = networks::width(checkpoint, {{spelling.name_of("positional_embedding"), 2, 0}});
  config->kept = config->published = std::max(1, blocks_of(checkpoint.tensors, spelling.blocks()));
  config->inner = widths("blocks.0.mlp.0.weight", 2, 0, "blocks.0.mlp.2.weight", 2, 1);
  config->heads = heads_of(checkpoint, said, config->channels);

  // Here and not where the converter compares them: with the checkpoint's own names in the message.
  std::vector<weights::TensorSpec> specs = config->tensors();
  for (weights::TensorSpec& spec : specs) spec.name = spelling.name_of(spec.name);
  const weights::TensorRule rule{.takes = [](weights::DType) { return true; },
                                 .wanted = "",
                                 .owner = "the network",
                                 .may_be_extra = [](std::string_view) { return true; }};
  const std::vector<std::string> problems = weights::misfits(checkpoint.tensors, specs, rule);
  if (!problems.empty()) weights::refuse(checkpoint.name, weights::misfit_text(problems));

  said.expect_text("model_type", "whisper");
  said.expect_text("activation_function", "gelu");
  said.expect_absent("add_adapter");
  said.expect_absent("adapter_attn_dim");
  said.expect("n_mels", "num_mel_bins", config->mels);
  said.expect("n_audio_ctx", "max_source_positions", config->positions);
  said.expect("n_audio_state", "d_model", config->channels);
  said.expect("n_audio_layer", "encoder_layers", config->published);
  said.expect("", "encoder_ffn_dim", config->inner);
  if (const std::string cause = config->why_no_heads(); !cause.empty())
    weights::refuse(checkpoint.name, cause);

  StoredTensors tensors = checkpoint.tensors;
  for (const weights::TensorSpec& spec : config->tensors()) {
    auto node = tensors.extract(spelling.name_of(spec.name));
    node.key() = spec.name;
    tensors.insert(std::move(node));
  }
  return {std::move(config), std::move(tensors)};
}

}  // namespace serene::networks
