// `serene score`: recordings in, one row each out.
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/audio/decoder_talk.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/memory/shortage.h"
#include "cli/report/interrupt.h"
#include "cli/report/logging.h"
#include "cli/report/metrics_file.h"
#include "cli/score/conditions.h"
#include "cli/score/failure_limit.h"
#include "cli/score/listed_inputs.h"
#include "cli/score/score_options.h"
#include "cli/score/score_output.h"
#include "cli/score/score_run.h"
#include "cli/score/scoring_rule.h"

namespace serene::cli {
namespace {

using nlohmann::json;

// Why a run ended is what matters; that the disk has trouble, too, was or will be said elsewhere.
void sync_if_possible(ScoreOutput& output) {
  try {
    output.sync();
  } catch (const Stop&) {
  }
}

int score_list(const ScoreOptions& options, const Interrupt& interrupt, MetricsFile* metrics) {
  check_options(options);
  const FailureLimit limit(options.max_failures);
  const auto go_on = [&interrupt] { interrupt.end_if_any(); };
  const auto total = check_list(options.list, go_on);
  if (metrics != nullptr) metrics->change([&](RunMetrics& run) { run.listed = total; });
  ScoreOutput output(options.output, options.embeddings, options.resume, options.drop_missing);
  const StandardOutputGuard guard;
  output.protect(options.list.manifest.path, "manifest");
  const Model model = open_model(options.engine.model);
  output.protect(options.engine.model, "model");
  output.protect(options.metrics_file, "metrics file");
  if (!model.can_run()) throw Stop(kExitModel, serene_last_error());
  const RowOutputs outputs(model.output_specs());
  const json description = json::parse(model.description());
  ScoringRule rule = scoring_rule(options, model, outputs);
  Engine engine = open_engine(model, options.engine);
  if (rule.batch == 0) rule.batch = batch_for(engine);
  output.prepare(RowText(options.format, outputs, options.escape_formulas),
                 rule.vector ? outputs.specs()[*rule.vector].size : 0, conditions(options, rule, description),
                 go_on);
  check_earlier_inputs(options, output, go_on);

  ScoreRun run(options, rule, outputs, engine, limit, interrupt, output, metrics, total.value_or(0));
  const auto close = [&] {
    run.clear_progress();
    if (!options.quiet) run.summary().print("scored", engine.device());
  };
  try {
    stopped_by_shortage([&] {
      run.run();
      output.sync();
    });
  } catch (const Stop& stop) {
    sync_if_possible(output);
    const int code = stop.exit_code();
    if (code == kExitBrokenPipe || code == kExitNoneFound) throw;
    close();
    if (!output.resumable()) throw;
    throw Stop(code, std::string(stop.what()) + "; the rows so far are whole, --resume goes on with them");
  }
  close();
  return run.summary().failed() == 0 ? kExitOk : kExitSomeFailed;
}

int score(const ScoreOptions& options) {
  set_up_logging(options.quiet);
  // Before the list is read, which may take its time: the numbers of a run that is ended then are written,
  // too.
  const Interrupt interrupt;
  if (options.metrics_file.empty()) return score_list(options, interrupt, nullptr);
  // Before anything that can fail: what collects the numbers must not take an earlier run's for this one's.
  MetricsFile metrics(options.metrics_file, options.output);
  try {
    const int code = stopped_by_shortage([&] { return score_list(options, interrupt, &metrics); });
    metrics.finish(code);
    return code;
  } catch (const Stop& stop) {
    metrics.finish(stop.exit_code());
    throw;
  } catch (...) {
    metrics.finish(kExitInternal);
    throw;
  }
}

}  // namespace

void add_score_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App* command = app.add_subcommand("score", "Score recordings: one row each");
  add_score_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = score(*options); });
}

}  // namespace serene::cli
