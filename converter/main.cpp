// serene-convert: PyTorch checkpoints to a serene model file.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "converter/convert.h"
#include "converter/nrser_folder.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_format.h"
#include "weights/atomic_file.h"
#include "weights/file.h"
#include "weights/program_text.h"

namespace {

enum ExitCode { kOk = 0, kUsage = 2, kModel = 3, kOutput = 7 };

using serene::converter::PartSource;

// The value of --part.
PartSource part_of(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size())
    throw CLI::ValidationError("--part", text + ": wanted NAME=CHECKPOINT");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Adds the value of --set.
void add_setting(const std::string& text, serene::converter::PartSettings& settings) {
  const size_t equals = text.find('='), dot = text.substr(0, equals).find('.');
  if (equals == text.npos || dot == text.npos || dot == 0 || dot + 1 == equals || equals + 1 == text.size())
    throw CLI::ValidationError("--set", text + ": wanted PART.KEY=VALUE");
  const std::string part = text.substr(0, dot), key = text.substr(dot + 1, equals - dot - 1);
  if (!settings[part].emplace(key, text.substr(equals + 1)).second)
    throw CLI::ValidationError("--set", part + '.' + key + ": given twice");
}

// The values of --labels.
std::vector<std::string> labels_of(const std::vector<std::string>& texts) {
  std::vector<std::string> labels;
  for (const std::string& text : texts) {
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      labels.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return labels;
}

void check_names(const std::vector<PartSource>& parts) {
  std::set<std::string> names;
  for (const PartSource& part : parts) {
    if (part.name.empty()) continue;
    if (!serene::models::is_part_name(part.name))
      throw CLI::ValidationError("--part", part.name + ": a name is of a-z, 0-9 and _");
    if (!names.insert(part.name).second) throw CLI::ValidationError("--part", part.name + ": given twice");
  }
}

// Whether writing `output` would replace the checkpoint or a file of its folder.
bool is_in(const std::string& output, const std::string& checkpoint) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (fs::equivalent(checkpoint, output, none)) return true;
  if (!fs::is_directory(checkpoint, none) || !fs::exists(output, none)) return false;
  for (const std::string& file : serene::converter::nrser_files(checkpoint)) {
    if (fs::equivalent(file, output, none)) return true;
  }
  for (fs::directory_iterator file(checkpoint, none), end; !none && file != end; file.increment(none)) {
    std::error_code ignored;
    if (fs::equivalent(file->path(), output, ignored)) return true;
  }
  return false;
}

serene::weights::DType dtype_of(const std::string& text) {
  using serene::weights::DType;
  return text == "bf16" ? DType::bf16 : text == "f16" ? DType::f16 : text == "int8" ? DType::i8 : DType::f32;
}

// --help and --version.
int show(const std::string& text) {
  const int error = serene::weights::write_in_full(STDOUT_FILENO, text);
  if (error == 0) return kOk;
  spdlog::error("standard output: {}", std::generic_category().message(error));
  return kOutput;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("serene-convert"));
  spdlog::set_formatter(serene::weights::printable_formatter("serene-convert: %*"));
  // A file that may not grow further (ulimit -f) shows as an error of write() instead.
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app(
      "Converts PyTorch checkpoints into one model file of serene.\n"
      "CHECKPOINT is a file (.pt, .ckpt, .bin, .safetensors), a folder in Hugging Face's form or NRSER's "
      "(SE/best, "
      "SNR/best, EMO/best); every network in it becomes a part of the model. Checkpoints are read as data: "
      "nothing in them is run. Shapes and "
      "config.json decide the architecture.\n"
      "Networks: " +
      serene::converter::supported_networks() + ".");
  app.failure_message(serene::weights::printable_failure);
  app.set_version_flag("--version", "serene-convert " SERENE_VERSION);
  app.footer(
      "Examples:\n"
      "  serene-convert hubert-large-superb-er -o model.safetensors\n"
      "  serene-convert --part encoder=whisper.pt --part head=bigru.pt --set head.state=2 --labels "
      "angry,happy,neutral,sad -o model.safetensors\n"
      "  serene-convert --se cmgan.pt --ser trnet.pt --labels angry,happy,neutral,sad --fit tile:5 -o "
      "model.safetensors\n"
      "  serene-convert cmgan.pt -o enhance-only.safetensors\n"
      "\n"
      "Exit codes: 0 done, 2 usage, 3 a checkpoint was refused, 7 the output cannot be written.\n"
      "A file that is there is replaced once the new one is whole; links are followed.\n"
      "The output depends on weights and options alone: the same input gives the same bytes.");
  serene::converter::ConvertOptions options;
  std::string checkpoint, se, ser, output, fit, card, dtype = "f32";
  std::vector<std::string> parts, settings, labels;
  const auto add_list = [&app](const char* name, std::vector<std::string>& values, const char* help,
                               const char* type) {
    app.add_option(name, values, help)->type_name(type)->take_all()->expected(1)->allow_extra_args(false);
  };
  app.add_option("checkpoint", checkpoint, "a file or a folder, all of whose networks become parts")
      ->type_name("CHECKPOINT");
  app.add_option("--se", se, "CMGAN's checkpoint: --part se=FILE");
  app.add_option("--ser", ser, "TRNet's checkpoint, with or without bridge, or a baseline: --part ser=FILE");
  add_list("--part", parts,
           "a part of the model and the file or folder that it comes from; encoder, head, enhancer, level, "
           "recogniser and classifier take the network of that role; may be repeated",
           "NAME=CHECKPOINT");
  add_list("--set", settings,
           "what no tensor says of a part, such as the hidden state that a head reads; may be repeated",
           "PART.KEY=VALUE");
  app.add_option("--model", options.model,
                 "what the parts are wired to, where they do not say so themselves");
  add_list("--labels", labels,
           "class names in the order of the outputs; needed where the checkpoint does not name its classes",
           "NAME,NAME,...");
  const CLI::Option* const given_fit = app.add_option(
      "--fit", fit,
      "length that the model was trained with: tile:S repeats, pad:S appends zeros, none; without it "
      "what is usual for the network: tile:5 for TRNet, pad:30 for Whisper's encoder");
  app.add_option("--dtype", dtype, "how matrices are stored, int8 with a scale a row; vectors stay f32")
      ->check(CLI::IsMember({"f32", "bf16", "f16", "int8"}))
      ->capture_default_str();
  app.add_option("--card", card, "what the model file is to say of its weights, for serene info: a text file")
      ->type_name("FILE");
  app.add_flag("--allow-nonfinite", options.allow_nonfinite,
               "go on where weights are NaN, infinite or all zero, or variances negative");
  app.add_option("-o,--output", output, "model file to write")->required();
  try {
    app.parse(argc, argv);
    if (!checkpoint.empty()) options.parts.push_back({"", checkpoint});
    if (!se.empty()) options.parts.push_back({"se", se, serene::networks::Role::enhancer});
    if (!ser.empty()) options.parts.push_back({"ser", ser, serene::networks::Role::recogniser});
    for (const std::string& part : parts) options.parts.push_back(part_of(part));
    for (const std::string& setting : settings) add_setting(setting, options.settings);
    options.labels = labels_of(labels);
    if (options.parts.empty()) throw CLI::RequiredError("CHECKPOINT, --se, --ser or --part");
    check_names(options.parts);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    return app.exit(error, text) == 0 ? show(text.str()) : kUsage;
  }
  try {
    if (given_fit->count() > 0) options.fit = serene::converter::parse_fit(fit);
    options.dtype = dtype_of(dtype);
    if (!card.empty()) options.card = serene::converter::read_card(card);
    for (const PartSource& part : options.parts) {
      if (!is_in(output, part.path)) continue;
      spdlog::error(
          "--output: {} is {}", output,
          std::filesystem::is_directory(part.path) ? "a file of the checkpoint" : "the checkpoint itself");
      return kUsage;
    }
    const serene::converter::Conversion made = serene::converter::convert(options);
    serene::weights::write_safetensors(output, made.file);
    spdlog::info("{}: {} tensors, {}", output, made.file.tensors.size(), made.file.metadata.at("serene"));
    if (!made.left_out.empty()) spdlog::info("left out: {}", made.left_out);
    if (!made.assumed_clip.empty())
      spdlog::warn("{}: does not say which length it was trained with, --fit {} is assumed",
                   made.classes_from, made.assumed_clip);
    const std::string lacks = serene::models::cannot_score(made.config);
    if (!lacks.empty()) spdlog::warn("{}: cannot score: {}", output, lacks);
    return kOk;
  } catch (const serene::weights::FileError& error) {
    spdlog::error("{}", error.what());
    return kOutput;
  } catch (const serene::Error& error) {
    spdlog::error("{}", error.what());
    return error.kind() == serene::ErrorKind::invalid_argument ? kUsage : kModel;
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return kModel;
  }
}
