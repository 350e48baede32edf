// `serene doctor`: what there is to compute with, and whether a clip goes through.
#include <sndfile.h>
#include <soxr.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/options/engine_options.h"
#include "cli/output/output.h"
#include "cli/report/logging.h"
#include "weights/printable.h"

namespace serene::cli {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(": ") + 2, line.size()));
  }
  return "unknown";
}

class Findings {
 public:
  void line(const std::string& what, const std::string& found) {
    text_ += fmt::format("{:<12} {}\n", what, weights::printable(found));
  }
  // The first failure decides how the command ends.
  void failure(const std::string& what, const std::string& cause, int exit_code) {
    line(what, "FAILED: " + cause);
    if (exit_code_ == kExitOk) exit_code_ = exit_code;
  }
  int end() {
    line("result", exit_code_ == kExitOk ? "ready" : "not ready");
    RowOutput("").write(text_);
    return exit_code_;
  }

 private:
  std::string text_;
  int exit_code_ = kExitOk;
};

// Five seconds of a rising tone, or as much as the model looks at: what is computed does not depend on the
// sound.
std::vector<float> clip_for(const Model& model) {
  const size_t own = model.clip_samples();
  std::vector<float> clip(own != 0 ? own : 5 * SERENE_SAMPLE_RATE);
  for (size_t i = 0; i < clip.size(); ++i) {
    const double t = static_cast<double>(i) / SERENE_SAMPLE_RATE;
    clip[i] = static_cast<float>(0.1 * std::sin(2000.0 * t * (1.0 + t)));
  }
  return clip;
}

// "" where the outputs of a clip make sense.
std::string fault_in(const Results& results, const std::vector<OutputSpec>& specs) {
  for (const OutputSpec& spec : specs) {
    const std::span<const float> values = results.values(0, spec.name);
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    if (!std::isfinite(sum)) return "its output " + spec.name + " is not finite";
    if (spec.kind == SERENE_OUTPUT_CLASSES && std::abs(sum - 1) > 1e-3)
      return fmt::format("its probabilities of {} add up to {}", spec.name, sum);
  }
  return "";
}

// Scores a clip twice: the first time fetches weights and memory.
void try_engine(const Model& model, const EngineOptions& options, Findings& report) {
  Engine engine = open_engine(model, options);
  report.line("computes on", engine.device());
  if (!model.can_run()) return report.line("test clip", std::string("not scored: ") + serene_last_error());
  const std::vector<float> samples = clip_for(model);
  const serene_clip clip{samples.data(), samples.size()};
  engine.run({&clip, 1});
  const auto start = std::chrono::steady_clock::now();
  const Results results = engine.run({&clip, 1});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (const std::string fault = fault_in(results, model.output_specs()); !fault.empty())
    return report.failure("test clip", fault, kExitInternal);
  const double seconds = static_cast<double>(samples.size()) / SERENE_SAMPLE_RATE;
  report.line("test clip", fmt::format("{:.1f} s scored in {:.3f} s, {:.1f} x real time", seconds,
                                       took.count(), seconds / took.count()));
}

int doctor(const EngineOptions& options) {
  Findings report;
  report.line("serene", fmt::format("{}, interface {}", serene_version(), serene_abi_version()));
  report.line("processor", fmt::format("{}, {} online", processor(), ::sysconf(_SC_NPROCESSORS_ONLN)));
  report.line("audio", fmt::format("{}, {}", ::sf_version_string(), ::soxr_version()));
  try {
    const Model model = open_model(options.model);
    const nlohmann::json description = nlohmann::json::parse(model.description());
    report.line("model",
                fmt::format("{}, sha256 {}", options.model.empty() ? "the installed default" : options.model,
                            description.value("sha256", "")));
    // Why there is no GPU is worth a line even where none was asked for.
    if (options.device == "auto") {
      try {
        report.line("GPU", Engine(model, SERENE_DEVICE_CUDA, options.threads).device());
      } catch (const Failure& failure) {
        report.line("GPU", std::string("none: ") + failure.what());
      }
    }
    try_engine(model, options, report);
  } catch (const Stop& stop) {
    const int code = stop.exit_code();
    report.failure(code == kExitModel    ? "model"
                   : code == kExitUsage  ? "environment"
                   : code == kExitMemory ? "memory"
                                         : "device",
                   stop.what(), code);
  } catch (const Failure& failure) {
    report.failure("test clip", failure.what(),
                   failure.status() == SERENE_OUT_OF_MEMORY ? kExitMemory : kExitInternal);
  }
  return report.end();
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EngineOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Show what there is to compute with, and try the model on it");
  command->footer(
      "Exit codes: 0 ready, 2 usage, 3 the model, 4 the device, 7 output, 70 a clip is not scored, 71 "
      "memory.");
  add_engine_options(*command, *options);
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = doctor(*options); });
}

}  // namespace serene::cli
