// `serene score`: recordings in, one row each out.
#include <spdlog/spdlog.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "cli/audio/decoder_talk.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/inputs/glob.h"
#include "cli/inputs/input_key.h"
#include "cli/memory/shortage.h"
#include "cli/report/interrupt.h"
#include "cli/report/logging.h"
#include "cli/report/metrics_file.h"
#include "cli/report/progress.h"
#include "cli/report/summary.h"
#include "cli/score/failure_limit.h"
#include "cli/score/level.h"
#include "cli/score/recording_stream.h"
#include "cli/score/run_clips.h"
#include "cli/score/score_options.h"
#include "cli/score/score_output.h"
#include "cli/score/scorer.h"
#include "cli/text/base64.h"
#include "runtime/recording/windows.h"
#include "weights/utf8.h"

namespace serene::cli {
namespace {

using nlohmann::json;

// A row waits no longer than this for others to fill its batch.
constexpr std::chrono::milliseconds kPatience{200};
// Batches to choose clips of like length from, for models that take any length: clips of one length go
// through the engine together, and of like length keep its threads equally busy.
constexpr size_t kPool = 8;
// A minute of a recording that is scored in windows is held at a time.
constexpr size_t kPieceSamples = size_t{60} * SERENE_SAMPLE_RATE;

size_t to_samples(double seconds) { return static_cast<size_t>(std::llround(seconds * SERENE_SAMPLE_RATE)); }

// What can be said before any file is opened.
void check_options(const ScoreOptions& options) {
  if (options.escape_formulas && options.format != RowFormat::csv) {
    throw Stop(kExitUsage, "--escape-formulas needs --format csv");
  }
  if (!options.embedding.empty() && options.embeddings.empty()) {
    throw Stop(kExitUsage, "--embedding needs --embeddings");
  }
  if (options.window != 0 && options.hop > options.window) {
    throw Stop(kExitUsage, "--hop is longer than --window: parts of a recording would be left out");
  }
}

// A GPU computes 32 clips of one length at a time, and has the next on the way meanwhile.
size_t batch_for(const Engine& engine) {
  return std::string_view(engine.device()).starts_with("cuda") ? 64 : 8;
}

ScoringRule scoring_rule(const ScoreOptions& options, const Model& model) {
  const size_t most = model.window_samples();
  ScoringRule rule;
  rule.batch = options.batch;
  rule.batch_samples = to_samples(options.batch_seconds);
  rule.pool = model.clip_samples() == 0 ? kPool : 1;
  rule.window_rows = options.window != 0 || options.hop != 0;
  const runtime::WindowLengths lengths = runtime::window_lengths(options.window, options.hop, most);
  rule.window = lengths.window;
  rule.hop = lengths.hop;
  if (options.hop != 0 && rule.window == 0) {
    throw Stop(kExitUsage, "--hop needs --window: this model scores recordings of any length as one");
  }
  const double clip_seconds = static_cast<double>(most) / SERENE_SAMPLE_RATE;
  if (most != 0 && rule.window > most) {
    throw Stop(kExitUsage, fmt::format("--window is longer than the model's clip of {} s", clip_seconds));
  }
  if (rule.hop > rule.window) {
    throw Stop(kExitUsage, fmt::format("--hop is longer than the model's clip of {} s", clip_seconds));
  }
  return rule;
}

// Which output --embeddings writes.
std::optional<size_t> vector_output(const ScoreOptions& options, const std::vector<OutputSpec>& specs) {
  if (options.embeddings.empty()) return std::nullopt;
  std::string names;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].kind != SERENE_OUTPUT_VECTOR) continue;
    if (options.embedding.empty() || specs[i].name == options.embedding) return i;
    names += (names.empty() ? "" : ", ") + specs[i].name;
  }
  if (names.empty()) throw Stop(kExitUsage, "--embeddings: the model has no output that is a vector");
  throw Stop(kExitUsage,
             "--embedding " + options.embedding + ": no vector of the model is called so; it has " + names);
}

// As it is seen from the rows, so that both may be moved together.
std::string path_beside_rows(const std::string& path, const std::string& rows) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  const std::string seen =
      target.lexically_relative(fs::weakly_canonical(rows, error).parent_path()).string();
  return weights::is_utf8(seen) ? seen : "b64:" + base64(seen);
}

// What rows depend on beside the inputs, under the names that a user changes it by. The device is left out: a
// run may be finished on another.
std::string conditions(const ScoreOptions& options, const ScoringRule& rule, const json& description) {
  // As they were given: what follows from another option is not what the user changed. A hop that is the
  // window is the default.
  const size_t window = options.window != 0 ? rule.window : 0;
  const size_t hop = options.hop != 0 && rule.hop != window ? rule.hop : 0;
  nlohmann::ordered_json conditions;
  conditions["version of serene"] =
      fmt::format("rows {} scores {} keys {}", kRowSchema, kScoreRule, kInputKeyVersion);
  conditions["--model"] = description.at("sha256");
  conditions["--format"] = options.format == RowFormat::csv ? "csv" : "jsonl";
  conditions["--escape-formulas"] = options.escape_formulas;
  conditions["--window"] = window;
  conditions["--hop"] = hop;
  conditions["--channels"] = to_text(options.channels);
  conditions["--level"] = options.level ? json(*options.level) : json(nullptr);
  conditions["--strict"] = options.strict;
  conditions["--precision"] = options.engine.precision;
  // Where there are none, journals are as they were before there could be.
  if (rule.vector) {
    conditions["--embedding"] = *rule.vector;
    conditions["--embeddings"] = path_beside_rows(options.embeddings, options.output);
  }
  return conditions.dump();
}

StreamLimits stream_limits(const ScoreOptions& options, const ScoringRule& rule) {
  StreamLimits limits;
  limits.threads = options.decode_threads != 0
                       ? options.decode_threads
                       : std::clamp<size_t>(std::thread::hardware_concurrency() / 2, 1, 16);
  limits.recordings = 2 * (rule.batch * rule.pool + limits.threads);
  return limits;
}

// Throws InputError where the sound ends too soon, or goes on.
Sound strictly(Sound sound) {
  if (sound.rest) {
    sound.rest = [rest = std::move(sound.rest)] { return strictly(rest()); };
  } else if (sound.recordings.front().truncated) {
    throw InputError(Stage::decode, "truncated", "the file ends before the length its header declares");
  } else if (sound.recordings.front().trailing_data) {
    throw InputError(Stage::decode, "trailing_data", "sound follows on the length its header declares");
  }
  return sound;
}

Sound load(const Input& input, const ScoreOptions& options, size_t window) {
  // What is scored as one is needed as one.
  const size_t most = window == 0 ? SIZE_MAX : std::max(kPieceSamples, window);
  const auto open = [&] {
    return load_sound(input.path, input.segment, input.channels.value_or(Channels{}), most);
  };
  Sound sound = open();
  if (options.level) {
    const std::vector<float> gains = gains_to(*options.level, sound);
    if (sound.rest) sound = open();  // the rest was read
    for (size_t i = 0; i < gains.size(); ++i) sound.recordings[i].gain = gains[i];
  }
  return options.strict ? strictly(std::move(sound)) : sound;
}

// What the options say of every input.
void complete_input(Input& input, const ScoreOptions& options) {
  if (!input.channels) input.channels = options.channels;
}

// Throws Stop before anything is changed where the list has no longer what good rows of an earlier run are
// of. Of names on standard input, which come once, that is known at the end alone.
void check_earlier_inputs(const ScoreOptions& options, ScoreOutput& output,
                          const std::function<void()>& go_on) {
  if (!output.expects_inputs() || !can_be_listed_twice(options.list)) return;
  struct AllSeen {};
  PassedOver passed_over;  // the run itself warns of them
  try {
    list_inputs(options.list, {}, passed_over, [&](Input input) {
      go_on();
      complete_input(input, options);
      if (!output.see(input)) throw AllSeen();
    });
  } catch (const AllSeen&) {
  }
  output.refuse_if_missing();
}

// Behind "no recordings found".
std::string hint_for_none(const ListOptions& list) {
  const auto& paths = list.paths;
  const bool has_names = list.null_separated || std::count(paths.begin(), paths.end(), "-") > 0;
  std::error_code ignored;
  const bool has_folders = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return path != "-" && (is_pattern(path) || std::filesystem::is_directory(path, ignored));
  });
  if (has_folders && !list.recursive) return "; --recursive looks into subfolders too";
  if (has_names && !has_folders && list.manifest.path.empty()) return ": standard input names none";
  if (paths.empty() && !has_names) return ": " + list.manifest.path + " names none";
  return "";
}

// One run from the list to the last row.
class ScoreRun {
 public:
  ScoreRun(const ScoreOptions& options, const ScoringRule& rule, const RowOutputs& outputs, Engine& engine,
           const FailureLimit& limit, const Interrupt& interrupt, ScoreOutput& output, MetricsFile* metrics,
           size_t total)
      : options_(options),
        limit_(limit),
        interrupt_(interrupt),
        output_(output),
        metrics_(metrics),
        progress_(total, !options.quiet && !logs_json() && !output.is_terminal()),
        stream_([this](const std::stop_token& stop, const auto& found) { list(stop, found); },
                [&options, window = rule.window](const Input& input) { return load(input, options, window); },
                stream_limits(options, rule)),
        scorer_(
            rule, outputs,
            [this, &engine, specs = outputs.specs()](std::span<const serene_clip> clips) {
              interrupt_.end_if_any();
              return run_clips(engine, specs, clips);
            },
            [this](const Outcome& outcome) { done(outcome); }) {
    set_kept();
  }

  // Throws Stop where the run ends before the list does.
  void run() {
    bool begun = false;
    for (;;) {
      interrupt_.end_if_any();
      end_if_memory_is_low();
      auto loaded = stream_.next(kPatience);
      const bool finished = !loaded && stream_.finished();
      if (!begun && (loaded || finished)) {
        if (!loaded && output_.done_before() == 0) throw_none_found();
        output_.begin();
        begun = true;
      }
      if (loaded) {
        add(std::move(*loaded));
      } else {
        scorer_.flush();
      }
      if (finished) break;
    }
    // Before rows of an earlier run are taken out of the output.
    end_if_too_many_failed(true);
    output_.complete();
    set_kept();
    output_.refuse_if_missing_stayed();
  }

  // What is in the output counts, however the run ended.
  const Summary& summary() const { return summary_; }
  void clear_progress() { progress_.clear(); }

 private:
  void list(const std::stop_token& stop, const RecordingStream::Found& found) {
    PassedOver passed_over;
    list_inputs(options_.list, stop, passed_over, [&](Input input) {
      if (stop.stop_requested()) return;
      complete_input(input, options_);
      if (!output_.is_done(input)) found(std::move(input));
    });
    if (!stop.stop_requested()) passed_over.warn();
  }

  void add(Loaded loaded) {
    if (const auto* error = std::get_if<InputError>(&loaded.result)) {
      scorer_.add(std::move(loaded.input), *error);
    } else {
      scorer_.add(std::move(loaded.input), std::move(std::get<Sound>(loaded.result)));
    }
  }

  void done(const Outcome& outcome) {
    output_.write(outcome);
    stream_.done(outcome.samples);
    summary_.add(outcome.seconds, outcome.failed());
    publish(outcome.errors);
    progress_.set_kept(output_.done_before());
    progress_.advance(outcome.seconds);
    end_if_too_many_failed(false);
  }

  void set_kept() {
    summary_.set_kept(output_.kept(), output_.kept_failed());
    publish({});
  }

  void publish(std::span<const InputError> errors) {
    if (metrics_ == nullptr) return;
    metrics_->change([&](RunMetrics& metrics) {
      metrics.counts = summary_.counts();
      for (const InputError& error : errors) metrics.add(error);
    });
  }

  void end_if_too_many_failed(bool at_end) const {
    const RunCounts& counts = summary_.counts();
    const size_t failed = counts.failed + output_.done_before_failed();
    const size_t all = counts.done + counts.failed + output_.done_before();
    if (!limit_.exceeded(failed, all, at_end)) return;
    throw Stop(kExitTooManyFailed, fmt::format("{} recording{} failed, more than --max-failures {}", failed,
                                               failed == 1 ? "" : "s", limit_.text()));
  }

  [[noreturn]] void throw_none_found() const {
    throw Stop(kExitNoneFound, "no recordings found" + hint_for_none(options_.list));
  }

  const ScoreOptions& options_;
  const FailureLimit& limit_;
  const Interrupt& interrupt_;
  ScoreOutput& output_;
  MetricsFile* metrics_;  // may be null
  Progress progress_;
  Summary summary_;
  RecordingStream stream_;
  Scorer scorer_;
};

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
  ScoringRule rule = scoring_rule(options, model);
  rule.vector = vector_output(options, outputs.specs());
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
