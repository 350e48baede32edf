// serene-convert: PyTorch checkpoints to a serene model file.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "converter/convert.h"
#include "kernels/common/error.h"
#include "weights/program_text.h"

namespace {

enum ExitCode { kOk = 0, kUsage = 2, kModel = 3, kOutput = 7 };

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("serene-convert"));
  spdlog::set_formatter(serene::weights::printable_formatter("serene-convert: %*"));

  CLI::App app(
      "Converts PyTorch checkpoints of CMGAN (speech enhancement) and TRNet (emotion recognition) into one "
      "model file.\n"
      "Checkpoints are read as data: nothing in them is run. Their shapes decide the architecture.");
  app.failure_message(serene::weights::printable_failure);
  app.set_version_flag("--version", "serene-convert " SERENE_VERSION);
  app.footer(
      "Examples:\n"
      "  serene-convert --se cmgan.pt --ser trnet.pt --labels angry,happy,neutral,sad --fit tile:5 -o "
      "model.safetensors\n"
      "  serene-convert --se cmgan.pt -o enhance-only.safetensors\n"
      "\n"
      "Exit codes: 0 done, 2 usage, 3 a checkpoint was refused, 7 the output cannot be written.\n"
      "The output depends on weights and options alone: the same input gives the same bytes.");
  serene::converter::ConvertOptions options;
  std::string output, fit = "tile:5", dtype = "f32";
  app.add_option("--se", options.se, "CMGAN's checkpoint (.pt, .ckpt, .safetensors)");
  app.add_option("--ser", options.ser, "TRNet's checkpoint, with or without bridge, or a baseline");
  app.add_option(
         "--labels", options.labels,
         "class names in the order of the outputs; needed with --ser: no checkpoint names its classes")
      ->delimiter(',');
  const CLI::Option* const given_fit =
      app.add_option("--fit", fit,
                     "length the recogniser was trained with: tile:S repeats, pad:S appends zeros, none")
          ->capture_default_str();
  app.add_option("--dtype", dtype, "how matrices are stored; vectors stay f32")
      ->check(CLI::IsMember({"f32", "bf16", "f16"}))
      ->capture_default_str();
  app.add_flag("--allow-nonfinite", options.allow_nonfinite,
               "go on where weights are NaN, infinite or all zero, or variances negative");
  app.add_option("-o,--output", output, "model file to write")->required();
  try {
    app.parse(argc, argv);
    if (options.se.empty() && options.ser.empty()) throw CLI::RequiredError("--se or --ser");
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kOk : kUsage;
  }
  try {
    options.fit = serene::converter::parse_fit(fit);
    serene::weights::parse_dtype(dtype == "bf16" ? "BF16" : dtype == "f16" ? "F16" : "F32", &options.dtype);
    for (const std::string& input : {options.se, options.ser}) {
      std::error_code none;
      if (!input.empty() && std::filesystem::equivalent(input, output, none)) {
        spdlog::error("--output: {} is the checkpoint itself", output);
        return kUsage;
      }
    }
    const serene::weights::TensorFile file = serene::converter::convert(options);
    try {
      serene::weights::write_safetensors(output, file);
    } catch (const serene::Error& error) {
      spdlog::error("{}", error.what());
      return kOutput;
    }
    const std::string& description = file.metadata.at("serene");
    spdlog::info("{}: {} tensors, {}", output, file.tensors.size(), description);
    if (!options.ser.empty() && given_fit->count() == 0)
      spdlog::warn("{}: does not say which length it was trained with, --fit {} is assumed", options.ser,
                   fit);
    const char* const lacks = cannot_score(serene::weights::config_from_json(description, output));
    if (*lacks != '\0') spdlog::warn("{}: cannot score: {}", output, lacks);
    return kOk;
  } catch (const serene::Error& error) {
    spdlog::error("{}", error.what());
    return error.kind() == serene::ErrorKind::invalid_argument ? kUsage : kModel;
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return kModel;
  }
}
