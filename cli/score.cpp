// `serene score`: recordings in, one JSON row each out.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/engine_options.h"
#include "cli/exit_codes.h"
#include "cli/inputs.h"
#include "cli/logging.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scorer.h"
#include "cli/stop.h"
#include "cli/summary.h"

namespace serene::cli {
namespace {

struct ScoreOptions {
  std::vector<std::string> paths;
  EngineOptions engine;
  std::string output;
  size_t batch = 8;
  double window = 0;  // seconds, 0: the model's clip
  double hop = 0;     // seconds, 0: the window
  bool recursive = false;
  bool strict = false;
  bool quiet = false;
};

constexpr const char* kFooter =
    "Output, one line of JSON for each recording, in the order of the arguments:\n"
    "  {\"path\":\"a.wav\",\"seconds\":3.2,\"label\":\"happy\",\"posterior\":{\"angry\":0.1,...},\n"
    "   \"coefficient\":0.8,\"flags\":[\"short\"]}\n"
    "  coefficient  how far the recording is trusted as it is: 1 clean, 0 all noise\n"
    "  flags        short: filled up to the model's clip    silence: nothing to hear\n"
    "               clipping: cut off at full scale         truncated: the file ends too soon\n"
    "A recording longer than the model's clip is scored in windows; its row is their mean.\n"
    "A recording that cannot be scored gets {\"path\":...,\"error\":{\"stage\",\"code\",\"message\"}},\n"
    "and the run goes on. docs/cli.md describes every field.\n"
    "\n"
    "Examples:\n"
    "  serene score call.wav                                  one recording, row on standard output\n"
    "  serene score --recursive calls/ -o scores.jsonl        a tree of recordings\n"
    "  serene score --window 5 --hop 1 talk.flac              how emotion moves through a long one\n"
    "  serene score calls/ | jq -r '[.path, .label] | @tsv'   rows into other tools\n"
    "  serene score -- -odd-name.wav                          a name that begins with a dash\n"
    "\n"
    "Exit codes: 0 all scored, 2 usage, 3 model, 4 device, 5 some inputs failed, 6 none found, 7 output.";

size_t to_samples(double seconds) { return static_cast<size_t>(std::llround(seconds * SERENE_SAMPLE_RATE)); }

// What can be said about --window and --hop before any file is opened.
void check_windows(const ScoreOptions& options) {
  if (options.window != 0 && options.hop > options.window) {
    throw Stop(kExitUsage, "--hop is longer than --window: parts of a recording would be left out");
  }
}

bool has_blend(const Model& model) {
  const auto description = nlohmann::json::parse(model.description());
  return description.at("config").at("ser").value("blend", true);
}

ScoringRule scoring_rule(const ScoreOptions& options, const Model& model) {
  const size_t clip_samples = model.clip_samples();
  ScoringRule rule;
  rule.has_blend = has_blend(model);
  rule.batch = options.batch;
  rule.window_rows = options.window != 0 || options.hop != 0;
  rule.window = options.window != 0 ? to_samples(options.window) : clip_samples;
  rule.hop = options.hop != 0 ? to_samples(options.hop) : rule.window;
  if (options.hop != 0 && rule.window == 0) {
    throw Stop(kExitUsage, "--hop needs --window: this model scores recordings of any length as one");
  }
  const double clip_seconds = static_cast<double>(clip_samples) / SERENE_SAMPLE_RATE;
  if (clip_samples != 0 && rule.window > clip_samples) {
    throw Stop(kExitUsage, fmt::format("--window is longer than the model's clip of {} s", clip_seconds));
  }
  if (rule.hop > rule.window) {
    throw Stop(kExitUsage, fmt::format("--hop is longer than the model's clip of {} s", clip_seconds));
  }
  return rule;
}

int score(const ScoreOptions& options) {
  set_up_logging(options.quiet);
  check_windows(options);
  RowOutput output(options.output);
  std::vector<Input> inputs;
  walk_inputs(options.paths, options.recursive, [&](Input input) {
    if (output.is_same_file(input.path)) {
      throw Stop(kExitUsage, "the output " + options.output + " is one of the inputs");
    }
    inputs.push_back(std::move(input));
  });
  if (inputs.empty()) {
    throw Stop(kExitNoneFound, options.recursive
                                   ? "no recordings found"
                                   : "no recordings found; --recursive looks into subfolders too");
  }
  const Model model = open_model(options.engine.model);
  if (!model.can_score()) {
    throw Stop(kExitModel, "this model holds enhancement alone and cannot score; use serene enhance");
  }
  const ScoringRule rule = scoring_rule(options, model);
  Engine engine = open_engine(model, options.engine);
  output.start();

  // Rows on the terminal are progress enough.
  const bool rows_on_screen = options.output.empty() && ::isatty(STDOUT_FILENO) == 1;
  Progress progress(inputs.size(), !options.quiet && !rows_on_screen);
  Summary summary;
  const auto done = [&](const Outcome& outcome) {
    for (const Row& row : outcome.rows) output.write(to_line(row));
    summary.add(outcome.seconds, outcome.failed);
    progress.advance(outcome.seconds);
  };
  Scorer scorer(
      rule, model.labels(), [&](std::span<const serene_clip> clips) { return engine.score(clips); }, done);
  for (const Input& input : inputs) {
    try {
      if (input.error) throw InputError(*input.error);
      Recording recording = load_recording(input.path);
      if (options.strict && recording.truncated) {
        throw InputError(Stage::decode, "truncated", "the file ends before the length its header declares");
      }
      scorer.add(input.path, std::move(recording));
    } catch (const InputError& error) {
      scorer.add(input.path, error);
    } catch (const std::bad_alloc&) {
      scorer.add(input.path, InputError(Stage::decode, "out_of_memory", "too long for the memory there is"));
    }
  }
  scorer.finish();
  progress.clear();
  if (!options.quiet) summary.print("scored", engine.device());
  return summary.failed() == 0 ? kExitOk : kExitSomeFailed;
}

}  // namespace

void add_score_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App* command = app.add_subcommand("score", "Score recordings: one JSON row each");
  command->footer(kFooter);
  command
      ->add_option("paths", options->paths,
                   "Recordings, and folders of them: WAV, FLAC, Ogg, MP3 and more, any rate")
      ->required()
      ->type_name("PATH");
  add_engine_options(*command, options->engine);
  command->add_option("-o,--output", options->output, "Write the rows to FILE instead of standard output")
      ->type_name("FILE");
  command->add_flag("-r,--recursive", options->recursive, "Look into the subfolders of folders, too");
  command
      ->add_option("--window", options->window,
                   "A row for every window of S seconds, too; at most the model's clip")
      ->check(CLI::Range(0.01, 86400.0).description(""))
      ->type_name("S");
  command
      ->add_option("--hop", options->hop, "Start a window every S seconds (default: windows do not overlap)")
      ->check(CLI::Range(0.01, 86400.0).description(""))
      ->type_name("S");
  command
      ->add_option("--batch", options->batch, "Clips in one call of the engine. Scores do not depend on it")
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--strict", options->strict, "Treat a file that ends too soon as failed");
  command->add_flag("-q,--quiet", options->quiet, "No progress, summary or warnings");
  command->callback([options, &exit_code] { exit_code = score(*options); });
}

}  // namespace serene::cli
