// --model, --device, --precision, --threads: which model runs where and how.
#pragma once

#include <CLI/App.hpp>
#include <serene/serene.hpp>
#include <string>

namespace serene::cli {

struct EngineOptions {
  std::string model;            // a path or a name; "": default
  std::string device = "auto";  // auto, cpu, cuda or cuda:N
  std::string precision = "fp32";
  int threads = 0;  // 0: one per core
};

void add_model_option(CLI::App& command, std::string& model);
// --device, --precision, --threads.
void add_compute_options(CLI::App& command, EngineOptions& options);
// All of them.
void add_engine_options(CLI::App& command, EngineOptions& options);

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
// default. A file in the current folder takes precedence. Throws Stop(kExitModel) where there is none.
std::string model_path(const std::string& model);
// The model there. Throws Stop(kExitModel).
Model open_model(const std::string& path);
// Throws Stop(kExitDevice) where the device is not there, Stop(kExitUsage) for a variable such as
// SERENE_CPU_LEVEL that makes no sense, Stop(kExitModel) otherwise.
Engine open_engine(const Model& model, const EngineOptions& options);

}  // namespace serene::cli
