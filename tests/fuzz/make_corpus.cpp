// Writes the inputs that fuzzing starts from: serene-fuzz-corpus FOLDER. What fuzzing found is kept beside
// them.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "runtime/models/common/model_config.h"
#include "runtime/models/common/model_file.h"
#include "tests/cli/audio/audio_files.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/model_spec.h"

namespace serene::test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

void make_lists(const fs::path& folder) {
  write(folder / "manifest.jsonl",
        "{\"path\":\"a.wav\",\"id\":1,\"offset\":0.5,\"duration\":1e-3,\"label\":\"sad\",\"snr\":-5}\r\n"
        "\n"
        "{\"path\":\"b.wav\",\"id\":\"b\",\"label\":null,\"nested\":{\"a\":[1,true,\"\\u00e9\\ud83d\\ude00\"]"
        "}}\n"
        "{\"path\":7}\n{\"path\":\"c\",\"offset\":-1}\n{\"path\":\"d\",\"duration\":1e400}\n{\"pa");
  write(folder / "manifest.csv",
        "\xEF\xBB\xBFpath,id,offset,duration,label,snr\n"
        "\"a, \"\"b\"\"\n.wav\",1,0.5,,sad,-5\r\nc.wav,,x,nan,,\n\nd.wav,too,few\n\"open,1,2,3,4,5\n");
  write(folder / "wav.scp", "id1 a b.wav\nid2\t c.wav \nid3 sox a.wav -t wav - |\n\nid4\n");
  write(
      folder / "rows.jsonl",
      "{\"schema\":1,\"path\":\"a\",\"label\":\"sad\",\"reference\":\"sad\",\"coefficient\":0.5,"
      "\"columns\":{\"snr\":0}}\n"
      "{\"schema\":1,\"path_b64\":\"/w==\",\"window\":0,\"label\":\"sad\"}\n"
      "{\"schema\":1,\"path\":\"b\",\"error\":{\"stage\":\"open\",\"code\":\"not_found\",\"message\":\"\"}}\n"
      "{\"schema\":1,\"path\":\"c\",\"label\":null,\"coefficient\":null,\"reason\":\"silence\"}\n");
  write(folder / "rows.csv",
        "schema,path,path_b64,id,reference,window,label,coefficient,error_code,columns,reason\n"
        "1,a,,1,sad,,sad,0.25,,\"{\"\"snr\"\":5}\",\n1,b,,2,,,,,not_found,,\n1,c,,3,sad,,,,,,silence\n");
}

std::string riff(const std::string& chunks) { return "RIFF" + le(chunks.size() + 4, 4) + "WAVE" + chunks; }

std::string chunk(const std::string& id, const std::string& data, std::optional<uint32_t> size = {}) {
  return id + le(size.value_or(static_cast<uint32_t>(data.size())), 4) + data +
         std::string(data.size() % 2, 0);
}
std::string format(int tag, int channels, int rate, int bits) {
  const int frame = channels * bits / 8;
  return chunk("fmt ", le(static_cast<uint64_t>(tag), 2) + le(static_cast<uint64_t>(channels), 2) +
                           le(static_cast<uint64_t>(rate), 4) + le(static_cast<uint64_t>(rate * frame), 4) +
                           le(static_cast<uint64_t>(frame), 2) + le(static_cast<uint64_t>(bits), 2));
}

void make_audio(const fs::path& folder) {
  fs::create_directories(folder);
  const std::vector<float> tone = sine(440, 0.5, 16000, 0.02), stereo = sine(440, 0.5, 8000, 0.02, 2);
  write_audio(folder / "pcm16.wav", tone, kWav16);
  write_audio(folder / "float_stereo_8k.wav", stereo, kWavFloat, 8000, 2);
  write_audio(folder / "ulaw_8k.wav", sine(440, 0.5, 8000, 0.02), SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000);
  write_audio(folder / "pcm24_44k1.wav", sine(440, 0.5, 44100, 0.01), SF_FORMAT_WAV | SF_FORMAT_PCM_24,
              44100);
  write_audio(folder / "ima_adpcm.wav", tone, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM);
  write_audio(folder / "rf64.wav", tone, SF_FORMAT_RF64 | SF_FORMAT_PCM_16);
  write_audio(folder / "pcm16.aiff", tone, SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
  write_audio(folder / "clipped.flac", sine(440, 2, 16000, 0.02), kFlac);
  const std::string samples(160, '\x11'), fmt = format(1, 1, 16000, 16);
  write(folder / "size_never_filled_in.wav", riff(fmt + chunk("data", samples, 0)));
  write(folder / "size_of_a_pipe.wav", riff(fmt + chunk("data", samples, 0xffffffff)));
  write(folder / "more_promised.wav", riff(fmt + chunk("data", samples, 3200)));
  write(folder / "empty_data_then_list.wav", riff(fmt + chunk("data", "") + chunk("LIST", "INFO")));
  write(folder / "odd_chunk_first.wav", riff(chunk("LIST", "odd") + fmt + chunk("data", samples)));
  write(folder / "not_a_number.wav",
        riff(format(3, 1, 16000, 32) + chunk("data", le(0, 4) + le(0x7fc00000, 4))));
  write(folder / "too_many_channels.wav", riff(format(1, 65, 16000, 16) + chunk("data", samples)));
  write(folder / "text.wav", "not sound\n");
}

weights::TensorFile small_model(networks::TrnetEncoder encoder) {
  test::ModelSpec config;
  config.ser.emplace();
  config.ser->encoder = encoder;
  config.ser->widths = {1, 1, 1, 1};
  config.ser->embedding = config.ser->hidden = 1;
  config.ser->blend = config.ser->bridge = false;
  config.ser->labels = {"a", "b"};
  config.ser->fit = {models::FitRule::tile, 0.5};
  weights::TensorFile file;
  file.metadata["serene"] = models::to_json(config);
  for (const weights::TensorSpec& spec : models::tensors_of(config)) {
    int64_t count = 1;
    for (const int64_t size : spec.shape) count *= size;
    const std::vector<float> values(static_cast<size_t>(count), 0.5f);
    file.tensors[spec.name] = weights::from_float(spec.name, spec.shape, values);
  }
  return file;
}

void write_model(const fs::path& path, const weights::TensorFile& file) {
  write(path, as_text(weights::serialize_safetensors(file)));
}

void make_models(const fs::path& folder) {
  weights::TensorFile cnn6 = small_model(networks::TrnetEncoder::cnn6);
  const auto parsed = models::parse_model(weights::serialize_safetensors(cnn6), "cnn6");
  write_model(folder / "cnn6.safetensors", cnn6);
  write_model(folder / "residual.safetensors", small_model(networks::TrnetEncoder::residual));
  const float infinite = std::numeric_limits<float>::infinity();
  std::memcpy(cnn6.tensors.begin()->second.bytes.data(), &infinite, sizeof infinite);
  write_model(folder / "infinite.safetensors", cnn6);
  cnn6.tensors.erase(std::next(cnn6.tensors.begin()), cnn6.tensors.end());
  write_model(folder / "tensors_missing.safetensors", cnn6);
  test::ModelSpec enhancer;
  enhancer.se = networks::CmganConfig{4, 1};
  write(folder / "enhancer.json", models::to_json(enhancer));
  write(folder / "recogniser.json", models::to_json(parsed.config));
  const std::string data = raw(six_values());
  write(folder / "one_tensor.safetensors",
        safetensors("{" + entry("a", "F32", "[2,3]", "[0,24]") + "}", data));
  write(folder / "scalar_and_empty.safetensors",
        safetensors("{" + entry("a", "BF16", "[]", "[0,2]") + "," + entry("b", "I64", "[0,3]", "[2,2]") + "}",
                    "ab"));
  write(folder / "overlap.safetensors",
        safetensors("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F16", "[1]", "[2,4]") + "}",
                    "abcd"));
  write(folder / "header_too_long.safetensors", le(1ull << 60, 8) + "{}");
}

void make_pickles(const fs::path& folder) {
  using namespace pickle;
  write(folder / "state_dict.pkl", one_tensor_pickle());
  write(folder / "protocol_0.pkl", "(lp0\nI1\naF2.5\naVtext\np1\naI01\nag1\na.");
  write(folder / "protocol_4_frame.pkl",
        proto(4) + "\x95" + le(18, 8) + "\x8c\x05" + "hello\x94" + "K\x01" + "K\x02" + "\x87\x94" + ".");
  write(folder / "module.pkl",
        document(object(global("torch.nn.modules.linear", "Linear"),
                        dict({{"_parameters", dict({{"weight", tensor({})}})}, {"training", "\x88"}}))));
  write(folder / "circle.pkl", document("]" + put(0) + get(0) + "a"));
  write(folder / "long_and_float.pkl",
        document(list({"\x8a\x09" + le(1, 9), "G" + std::string(8, '\x40'), "N"})));
  write(folder / "refused_call.pkl", document(call(global("os", "system"), {text("id")})));
  write(folder / "deep.pkl", document(repeat("]", 40) + repeat("a", 39)));
  write(folder / "unfinished.pkl", proto(2) + "}(X\xff\xff\xff\xff");
}

void make_archives(const fs::path& folder) {
  write(folder / "torch.zip", one_tensor_zip());
  write(folder / "zip64.zip", zip({{.name = "a/b", .data = "data", .zip64 = true}}, {.zip64 = true}));
  write(folder / "comment.zip", zip({{.name = "a", .data = ""}}, {.comment = "PK\x05\x06"}));
  write(folder / "two_of_a_name.zip", zip({{.name = "r/a", .data = "1"}, {.name = "r/a", .data = "2"}}));
  write(folder / "climbs_out.zip", zip({{.name = "../a", .data = "1"}}));
  write(folder / "deflated.zip", zip({{.name = "a", .data = "1", .method = 8}}));
  write(folder / "beyond_the_end.zip", zip({{.name = "a", .data = "1", .size = 1000}}));
  write(folder / "directory_beyond.zip", zip({{.name = "a", .data = "1"}}, {.offset = 0x7fffffff}));
  write(folder / "no_entries.zip", zip({}));
}

void make_checkpoints(const fs::path& folder) {
  write(folder / "zip.pt", one_tensor_zip());
  write(folder / "legacy.pt", one_tensor_legacy());
  write(folder / "transposed.pt", one_tensor_zip({.shape = {3, 2}, .stride = {1, 3}}));
  write(folder / "beyond_its_storage.pt", one_tensor_zip({.offset = 1}));
  write(
      folder / "half.pt",
      torch_zip(one_tensor_pickle({.type = "HalfStorage", .elements = 12, .shape = {3, 4}, .stride = {4, 1}}),
                {{"0", raw(six_values())}}));
  write(folder / "wrapped.pt",
        torch_zip(pickle::document(pickle::dict({{"model", pickle::dict({{"module.a", pickle::tensor({})},
                                                                         {"module.b", pickle::tensor({})}})},
                                                 {"epoch", pickle::integer(7)}})),
                  {{"0", raw(six_values())}}));
  const auto named = [](const std::string& name) {
    return torch_legacy(pickle::document(pickle::dict({{name, pickle::tensor({})}})),
                        {{"0", raw(six_values())}});
  };
  write(folder / "enhancer_name.pt", named("dense_encoder.conv_1.0.weight"));
  write(folder / "safetensors.pt",
        safetensors("{" + entry("a", "F32", "[2,3]", "[0,24]") + "}", raw(six_values())));
  write(folder / "torchscript.pt",
        zip({{.name = "a/constants.pkl", .data = "N."}, {.name = "a/data.pkl", .data = "N."}}));
  write(folder / "bare_pickle.pt", one_tensor_pickle());
}

// As the target takes a folder apart.
std::string folder_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string text;
  for (const auto& [name, bytes] : files)
    text += '@' + name + ' ' + std::to_string(bytes.size()) + '\n' + bytes;
  return text;
}

void make_folders(const fs::path& folder) {
  const std::string head = "{" + entry("projector.weight", "F32", "[1,2]", "[0,8]") + "," +
                           entry("classifier.weight", "F32", "[2,1]", "[8,16]") + "," +
                           entry("layer_weights", "F32", "[1]", "[16,20]") + "}";
  const std::string one = safetensors("{" + entry("a", "F32", "[2,3]", "[0,24]") + "}", raw(six_values()));
  const std::string config =
      R"({"architectures":["HubertForSequenceClassification"],"model_type":"hubert","num_labels":2,)"
      R"("id2label":{"0":"calm","1":"cross"},"hidden_size":2,"use_weighted_layer_sum":true,"problem_type":null})";
  write(folder / "head.folder", folder_of({{"config.json", config},
                                           {"preprocessor_config.json", R"({"do_normalize":true})"},
                                           {"model.safetensors", safetensors(head, std::string(20, '\1'))}}));
  write(folder / "bin.folder", folder_of({{"pytorch_model.bin", one_tensor_zip()}}) + "{}");
  write(folder / "shards.folder",
        folder_of({{"model.safetensors.index.json", R"({"metadata":{},"weight_map":{"a":"1","weight":"2"}})"},
                   {"1", one},
                   {"2", one_tensor_zip()},
                   {"config.json", R"({"id2label":{"0":"LABEL_0","1":"LABEL_1"}})"}}));
  write(folder / "index_climbs_out.folder",
        folder_of({{"pytorch_model.bin.index.json", R"({"weight_map":{"a":"../1"}})"}}) + "{}");
  write(folder / "missing_shard.folder",
        folder_of({{"model.safetensors.index.json", R"({"weight_map":{"a":"1","b":"2"}})"}, {"1", one}}) +
            "{}");
  write(folder / "holes.folder", R"({"id2label":{"0":"a","2":"b"}})");
  write(
      folder / "wav2vec2.folder",
      folder_of(
          {{"model.safetensors", safetensors("{" +
                                                 entry("wav2vec2.feature_extractor.conv_layers.0.conv.weight",
                                                       "F32", "[2,1,3]", "[0,24]") +
                                                 "}",
                                             raw(six_values()))}}) +
          R"({"model_type":"wav2vec2","conv_dim":[2],"conv_kernel":[3],"conv_stride":[2],"feat_extract_norm":"group",)"
          R"("num_attention_heads":1,"hidden_size":8,"intermediate_size":1,"num_hidden_layers":1,"layer_norm_eps":1e-5})");
}

}  // namespace
}  // namespace serene::test

int main(int argc, char** argv) try {
  using namespace serene::test;
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER\n";
    return 2;
  }
  const fs::path folder = argv[1];
  make_lists(folder / "lists");
  make_audio(folder / "audio");
  make_models(folder / "model");
  make_pickles(folder / "unpickler");
  make_archives(folder / "zip_reader");
  make_checkpoints(folder / "checkpoint");
  make_folders(folder / "folder");
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
