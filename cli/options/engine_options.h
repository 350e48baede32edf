// --model, --device, --precision, --threads: which model runs where and how.
#pragma once

#include <serene/serene.hpp>
#include <string>

namespace CLI {
class App;
}

namespace serene::cli {

struct EngineOptions {
  std::string model;            // a path or a name; "": the command's own
  std::string device = "auto";  // auto, cpu, cuda or cuda:N
  std::string precision = "fp32";
  int threads = 0;  // 0: one per core
};

// Those that come with the program: what scores, and what enhances, where no model is named.
inline constexpr const char *kDefaultModel = "default", *kDefaultEnhancer = "trnet";
// For help texts: a model file, or one of them by its name.
inline constexpr const char* kModelHelp =
    "Model file, made by serene-convert, or the name of one that comes with serene: default, small, trnet";

// --device, --precision, --threads.
void add_compute_options(CLI::App& command, EngineOptions& options);
// These and --model.
void add_engine_options(CLI::App& command, EngineOptions& options,
                        const std::string& model_help = kModelHelp);

// What the value of --device means.
struct DeviceChoice {
  serene_device device = SERENE_DEVICE_AUTO;
  int index = 0;  // which GPU
};
// Throws std::invalid_argument.
DeviceChoice device_of(const std::string& name);
// What the value of --precision means.
serene_precision precision_of(const std::string& name);

// The path of a model file: `model` itself, or one that comes with the program, by its name; "" means
// `standard`, which comes with it. A file in the current folder takes precedence over a name that is given.
// Throws Stop(kExitModel) where there is none.
std::string model_path(const std::string& model, const std::string& standard = kDefaultModel);
// The model there. Throws Stop(kExitModel).
Model open_model(const std::string& model, const std::string& standard = kDefaultModel);
// Throws Stop(kExitDevice) where the device is not there, Stop(kExitUsage) for a variable such as
// SERENE_CPU_LEVEL that makes no sense, Stop(kExitModel) otherwise.
Engine open_engine(const Model& model, const EngineOptions& options);

}  // namespace serene::cli
