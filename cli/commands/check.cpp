// `serene check`: proves a converted model against reference tensors.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/options/list_option.h"
#include "cli/options/runtime_options.h"
#include "cli/output/output.h"
#include "cli/report/logging.h"
#include "kernels/common/error.h"
#include "runtime/src/reference_run.h"
#include "weights/printable.h"
#include "weights/safetensors.h"

namespace serene::cli {
namespace {

struct CheckOptions {
  EngineOptions engine;
  std::vector<std::string> tensors;
};

constexpr const char* kCheckFooter =
    "Runs the inputs of each file through the model and compares every result, a row each: largest absolute\n"
    "error, |out - ref| / |ref|, SNR, the bound, the verdict.\n"
    "\n"
    "Example:\n"
    "  serene check model.safetensors reference.safetensors\n"
    "\n"
    "Exit codes: 0 all within their bounds, 1 not all, 2 usage, 3 model or tensors, 4 device, 7 output.";

const char* verdict_text(runtime::Comparison::Verdict verdict) {
  switch (verdict) {
    case runtime::Comparison::Verdict::pass:
      return "pass";
    case runtime::Comparison::Verdict::fail:
      return "FAIL";
    case runtime::Comparison::Verdict::not_computed:
      return "FAIL (not computed)";
  }
  return "?";
}

bool all_pass(const std::vector<runtime::Comparison>& comparisons) {
  return !comparisons.empty() && std::ranges::all_of(comparisons, [](const runtime::Comparison& c) {
    return c.verdict == runtime::Comparison::Verdict::pass;
  });
}

std::string comparison_table(const std::string& file, const std::vector<runtime::Comparison>& comparisons) {
  std::string table = fmt::format("{}\n  {:<40} {:>11} {:>11} {:>8} {:>15}  {}\n", weights::printable(file),
                                  "tensor", "worst abs", "relative", "SNR dB", "bound", "verdict");
  for (const runtime::Comparison& c : comparisons) {
    const std::string errors =
        c.verdict == runtime::Comparison::Verdict::not_computed
            ? fmt::format("{:>11} {:>11} {:>8}", "-", "-", "-")
            : fmt::format("{:>11.3e} {:>11.3e} {:>8.1f}", c.worst_absolute, c.relative, c.snr_db);
    table += fmt::format("  {:<40} {} {:>8.0e} {:>6}  {}\n", weights::printable(c.name), errors, c.bound,
                         c.absolute_bound ? "abs" : "rel", verdict_text(c.verdict));
  }
  return table;
}

int check(const CheckOptions& options) {
  RowOutput output("");
  try {
    const auto model =
        std::make_shared<const runtime::Model>(models::read_model(model_path(options.engine.model)));
    runtime::Engine engine(model, runtime_options(options.engine));
    bool all = true;
    for (const std::string& path : options.tensors) {
      const weights::TensorFile reference = weights::read_safetensors(path);
      const std::vector<runtime::Comparison> comparisons = runtime::compare_with_reference(engine, reference);
      output.write(comparison_table(path, comparisons));
      all = all_pass(comparisons) && all;
    }
    output.write(fmt::format("{} on {}\n",
                             all ? "all tensors within their bounds" : "NOT all tensors within their bounds",
                             engine.device()));
    return all ? kExitOk : kExitCheckFailed;
  } catch (const Error& error) {
    throw Stop(error.kind() == ErrorKind::device          ? kExitDevice
               : error.kind() == ErrorKind::out_of_memory ? kExitMemory
                                                          : kExitModel,
               error.what());
  }
}

}  // namespace

void add_check_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand("check", "Hold a model to reference tensors");
  command->add_option("model", options->engine.model, kModelHelp)->required()->type_name("MODEL");
  add_list_positional(*command, "tensors", options->tensors, "safetensors files of reference tensors")
      ->required()
      ->type_name("TENSORS");
  add_compute_options(*command, options->engine);
  command->footer(kCheckFooter);
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace serene::cli
