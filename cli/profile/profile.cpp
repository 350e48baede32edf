// `serene profile`: where the time goes, by step, by op, by kernel.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/options/number_options.h"
#include "cli/options/runtime_options.h"
#include "cli/output/folder.h"
#include "cli/output/output.h"
#include "cli/output/output_file.h"
#include "cli/output/output_option.h"
#include "cli/profile/compare.h"
#include "cli/profile/page.h"
#include "cli/profile/report.h"
#include "cli/profile/table.h"
#include "cli/profile/trace.h"
#include "cli/report/logging.h"
#include "kernels/common/error.h"

namespace serene::cli {
namespace {

struct ProfileOptions {
  EngineOptions engine;
  runtime::ProfileOptions run;
  double peak_gflops = 0, peak_gbps = 0;  // 0: the device's
  std::string folder, compare;
  bool json = false, trace = false, html = false;
};

constexpr const char* kProfileFooter =
    "Runs a made-up clip, every op launched and timed by itself, and shows time, bytes, FLOP and the share\n"
    "of the roofline, by step and by op, and by kernel where there are any. Bytes and FLOP are the least an\n"
    "op can do, from its shapes. -o writes profile.json, trace.json (chrome://tracing, Perfetto) and\n"
    "profile.html (roofline and timeline, one file).\n"
    "\n"
    "Examples:\n"
    "  serene profile -m model.safetensors -o before/\n"
    "  serene profile -m model.safetensors --compare before/profile.json\n"
    "  serene profile --threads 1 --json | jq '.ops[0]'\n"
    "\n"
    "Exit codes: 0 measured, 2 usage or an old profile that makes no sense, 3 model, 4 device, 7 output.";

Stop stop_for(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::device:
      return {kExitDevice, error.what()};
    case ErrorKind::out_of_memory:
      return {kExitMemory, error.what()};
    case ErrorKind::audio:  // the length that was asked for
      return {kExitUsage, std::string("--seconds: ") + error.what()};
    case ErrorKind::internal:
      return {kExitInternal, error.what()};
    default:
      return {kExitModel, error.what()};
  }
}

// A fixed clip is cut or filled up to its length, so that another would be measured than was asked for.
void check_seconds(const ProfileOptions& options, const runtime::Model& model) {
  const double clip = static_cast<double>(runtime::clip_samples(model)) / SERENE_SAMPLE_RATE;
  if (options.run.seconds > 0 && clip > 0 && options.run.seconds != clip)
    throw Stop(kExitUsage, fmt::format("--seconds: the model's clips have {} s", clip));
}

Report measure(const ProfileOptions& options) {
  try {
    const auto model =
        std::make_shared<const runtime::Model>(models::read_model(model_path(options.engine.model)));
    check_seconds(options, *model);
    runtime::Engine engine(model, runtime_options(options.engine));

    Report report;
    report.model = model->name;
    report.model_sha256 = nlohmann::json::parse(model->description).at("sha256").get<std::string>();
    if (options.peak_gflops <= 0 || options.peak_gbps <= 0) {
      report.peaks = engine.back_end().peaks(static_cast<Precision>(precision_of(options.engine.precision)));
      const bool known = report.peaks.flop_per_second || report.peaks.bytes_per_second;
      const bool on_cpu = engine.back_end().stream().device == Device::cpu;
      if (known) report.peak_source = on_cpu ? PeakSource::kMeasured : PeakSource::kDevice;
    }
    if (options.peak_gflops > 0) report.peaks.flop_per_second = options.peak_gflops * 1e9;
    if (options.peak_gbps > 0) report.peaks.bytes_per_second = options.peak_gbps * 1e9;
    if (options.peak_gflops > 0 || options.peak_gbps > 0)
      report.peak_source += (report.peak_source.empty() ? "" : ", ") + std::string(PeakSource::kGiven);
    report.profile = runtime::profile(engine, options.run);
    report.summary = runtime::summarise(report.profile, report.peaks);
    return report;
  } catch (const Error& error) {
    throw stop_for(error);
  }
}

std::string json_of(const Report& report) { return json_text(report_json(report)); }

// What -o writes.
struct Format {
  const char* file;
  std::string (*text)(const Report& report);
};
constexpr Format kFormats[] = {
    {"profile.json", &json_of}, {"trace.json", &trace_text}, {"profile.html", &page_text}};

// Opened before the measurement, so that its result is not lost for want of a place.
std::deque<OutputFile> open_files(const std::string& folder) {
  if (folder.empty()) return {};
  make_folder(folder);
  std::deque<OutputFile> files;
  for (const Format& format : kFormats) files.emplace_back(folder + "/" + format.file);
  return files;
}

int profile(const ProfileOptions& options) {
  RowOutput output("");
  std::optional<OldProfile> old;
  if (!options.compare.empty()) old.emplace(options.compare);
  std::deque<OutputFile> files = open_files(options.folder);
  const Report report = measure(options);
  for (size_t i = 0; i < files.size(); ++i) {
    files[i].write(kFormats[i].text(report));
    files[i].commit();
  }
  output.write(options.json    ? json_of(report)
               : options.trace ? trace_text(report)
               : options.html  ? page_text(report)
                               : report_table(report) + (old ? old->differences(report) : ""));
  return kExitOk;
}

}  // namespace

void add_profile_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App* command = app.add_subcommand("profile", "Measure where the time goes");
  command->footer(kProfileFooter);
  add_engine_options(*command, options->engine);
  command->add_option("--batch", options->run.batch, "Clips scored together")
      ->transform(whole_number(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--seconds", options->run.seconds,
                   "Length of a clip, for a model that takes any; without it the model's own, or 5")
      ->transform(number(0.001, 3600.0))
      ->type_name("S");
  command->add_option("--repeat", options->run.repeat, "Passes that are measured; medians are shown")
      ->transform(whole_number(1, 10000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--warmup", options->run.warmup, "Passes before them that are not")
      ->transform(whole_number(0, 10000))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--peak-gflops", options->peak_gflops,
                   "The roofline's arithmetic; without it measured on a CPU, asked of a GPU")
      ->transform(positive_number())
      ->type_name("X");
  command->add_option("--peak-gbps", options->peak_gbps, "The roofline's memory traffic in GB/s; likewise")
      ->transform(positive_number())
      ->type_name("X");
  command
      ->add_option("-o,--output", options->folder,
                   "Folder for profile.json, trace.json and profile.html, made where it is missing")
      ->check(names_a_file())
      ->type_name("DIR");
  CLI::Option* compare =
      command->add_option("--compare", options->compare, "Show what got slower or faster than in this file")
          ->type_name("JSON");
  CLI::Option* json = command->add_flag("--json", options->json, "profile.json instead of the table");
  CLI::Option* trace = command->add_flag("--trace", options->trace, "trace.json instead of the table");
  CLI::Option* html = command->add_flag("--html", options->html, "profile.html instead of the table");
  json->excludes(trace)->excludes(html)->excludes(compare);
  trace->excludes(html)->excludes(compare);
  html->excludes(compare);
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = profile(*options); });
}

}  // namespace serene::cli
