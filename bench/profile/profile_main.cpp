// Profiles a network of any size with random weights, or a model, and writes what `serene profile` writes.
// For machines without what the command needs, and for sizes that no model has.
#include "bench/profile/profile_main.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/support/engine_options.h"
#include "bench/support/random_network.h"
#include "cli/profile/page.h"
#include "cli/profile/report.h"
#include "cli/profile/table.h"
#include "cli/profile/trace.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"

namespace serene::bench {
namespace {

struct Options {
  std::string model, device, precision = "fp32", folder;
  int channels = 64, threads = 0;
  runtime::ProfileOptions run;
};

std::shared_ptr<const runtime::Model> network(const Options& options) {
  if (options.model.empty()) return random_network(options.channels);
  return std::make_shared<const runtime::Model>(models::read_model(options.model));
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw Error(ErrorKind::invalid_argument, path.string() + ": cannot be written");
}

}  // namespace

int profile_main(int argc, char** argv, const char* device) {
  CLI::App app("Profiles a TRNet with random weights");
  Options options;
  options.device = device;
  options.run.repeat = 5;
  app.add_option("--model", options.model, "A model file instead");
  app.add_option("--channels", options.channels, "Width of the enhancer")->check(CLI::Range(4, 256));
  app.add_option("--seconds", options.run.seconds, "Length of a clip")->check(CLI::Range(0.1, 60.0));
  app.add_option("--batch", options.run.batch, "Clips")->check(CLI::Range(1, 1024));
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "tf32", "bf16"}));
  app.add_option("--device", options.device)->check(CLI::IsMember({"cpu", "cuda", "executor"}));
  app.add_option("--threads", options.threads, "CPU threads, 0: one per core");
  app.add_option("--repeat", options.run.repeat)->check(CLI::Range(1, 1000));
  app.add_option("--warmup", options.run.warmup)->check(CLI::Range(0, 1000));
  app.add_option("-o,--output", options.folder, "Folder for profile.json, trace.json and profile.html");
  CLI11_PARSE(app, argc, argv);
  try {
    const runtime::EngineOptions chosen = engine_options(options.device, options.precision, options.threads);
    runtime::Engine engine(network(options), chosen);
    cli::Report report;
    report.model = engine.model().name;
    report.peaks = engine.back_end().peaks(chosen.precision);
    report.profile = runtime::profile(engine, options.run);
    report.summary = runtime::summarise(report.profile, report.peaks);
    std::fputs(cli::report_table(report).c_str(), stdout);
    if (options.folder.empty()) return 0;
    std::filesystem::create_directories(options.folder);
    const std::filesystem::path folder(options.folder);
    write(folder / "profile.json", cli::json_text(cli::report_json(report)));
    write(folder / "trace.json", cli::trace_text(report));
    write(folder / "profile.html", cli::page_text(report));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "serene-bench-profile: %s\n", error.what());
    return 3;
  }
}

}  // namespace serene::bench
