#include "cli/options/engine_options.h"

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/options/number_options.h"
#include "cli/options/shipped_models.h"

namespace serene::cli {
namespace {

const std::map<std::string, serene_device> kDevices{
    {"auto", SERENE_DEVICE_AUTO}, {"cpu", SERENE_DEVICE_CPU}, {"cuda", SERENE_DEVICE_CUDA}};

const std::map<std::string, serene_precision> kPrecisions{
    {"fp32", SERENE_PRECISION_FP32}, {"tf32", SERENE_PRECISION_TF32}, {"bf16", SERENE_PRECISION_BF16}};

// "" where the name of a device makes sense, else why it does not.
std::string device_error(const std::string& name) {
  try {
    device_of(name);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

int exit_code_of(serene_status status) {
  switch (status) {
    case SERENE_DEVICE_ERROR:
    case SERENE_UNSUPPORTED:
      return kExitDevice;
    case SERENE_OUT_OF_MEMORY:
      return kExitMemory;
    case SERENE_INVALID_ARGUMENT:  // the options were checked: a variable of the environment
      return kExitUsage;
    default:
      return kExitModel;
  }
}

}  // namespace

DeviceChoice device_of(const std::string& name) {
  if (const auto known = kDevices.find(name); known != kDevices.end()) return {known->second, 0};
  static constexpr std::string_view kGpu = "cuda:";
  const char *begin = name.data() + std::min(name.size(), kGpu.size()), *end = name.data() + name.size();
  int index = 0;
  const auto [rest, error] = std::from_chars(begin, end, index);
  if (!name.starts_with(kGpu) || rest == begin || rest != end || error != std::errc() || index < 0)
    throw std::invalid_argument(name + " is none of auto, cpu, cuda, cuda:N");
  return {SERENE_DEVICE_CUDA, index};
}

void add_compute_options(CLI::App& command, EngineOptions& options) {
  command.add_option("--device", options.device, "Where to compute: auto, cpu, cuda or cuda:N")
      ->check(CLI::Validator(device_error, ""))
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--precision", options.precision, "How it multiplies: fp32, bf16, or on a GPU tf32")
      ->check(CLI::IsMember(kPrecisions).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--threads", options.threads,
                  "CPU threads; 0: one for each core. Scores do not depend on it")
      ->transform(whole_number(0, 1024))
      ->type_name("N")
      ->capture_default_str();
}

void add_engine_options(CLI::App& command, EngineOptions& options, const std::string& model_help) {
  command.add_option("-m,--model", options.model, model_help)
      ->envname("SERENE_MODEL")
      ->type_name("FILE|NAME");
  add_compute_options(command, options);
}

serene_precision precision_of(const std::string& name) { return kPrecisions.at(name); }

std::string model_path(const std::string& model, const std::string& standard) {
  std::error_code none;
  const bool is_name = model.find('/') == model.npos && model.find('.') == model.npos;
  if (!model.empty() && (!is_name || std::filesystem::exists(model, none))) return model;
  const std::string shipped = shipped_model(model.empty() ? standard : model);
  if (!shipped.empty()) return shipped;
  if (model.empty()) {
    throw Stop(
        kExitModel,
        "no model: name one with --model or SERENE_MODEL; serene-convert --help says how to make one from "
        "PyTorch checkpoints");
  }
  std::string names;
  for (const std::string& name : shipped_models()) names += (names.empty() ? "" : ", ") + name;
  throw Stop(kExitModel, model + ": no such file, and no model that comes with serene" +
                             (names.empty() ? "" : ": those are " + names));
}

Model open_model(const std::string& model, const std::string& standard) {
  try {
    return Model(model_path(model, standard));
  } catch (const Failure& failure) {
    throw Stop(failure.status() == SERENE_OUT_OF_MEMORY ? kExitMemory : kExitModel, failure.what());
  }
}

Engine open_engine(const Model& model, const EngineOptions& options) {
  try {
    const auto [device, index] = device_of(options.device);
    return Engine(model, device, options.threads, index, precision_of(options.precision));
  } catch (const Failure& failure) {
    throw Stop(exit_code_of(failure.status()), failure.what());
  }
}

}  // namespace serene::cli
