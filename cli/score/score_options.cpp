#include "cli/score/score_options.h"

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <string>

#include "cli/audio/decode.h"
#include "cli/options/list_option.h"
#include "cli/options/number_options.h"
#include "cli/output/output_option.h"
#include "cli/report/logging.h"

namespace serene::cli {
namespace {

constexpr const char* kScoreFooter =
    "Output, one line of JSON for each recording, in the order of the list:\n"
    "  "
    "{\"schema\":1,\"path\":\"a.wav\",\"seconds\":3.2,\"label\":\"happy\",\"posterior\":{\"angry\":0.1,...},"
    "\n"
    "   \"coefficient\":null,\"flags\":[]}\n"
    "  outputs      further outputs of the model by name, where it has any: numbers, classes\n"
    "  coefficient  of a model that enhances, such as trnet: how alike recording and enhanced recording\n"
    "               are, 0 to 1: higher is cleaner, for one model and format; no absolute scale\n"
    "  level        how much is speech, 0 noise alone to 1 clean, of models that say it (--min-level)\n"
    "  flags        short: filled up to the model's clip    silence: nothing to hear\n"
    "               clipping: cut off at full scale         truncated: the file ends too soon\n"
    "               quiet: below -35 dB of full scale\n"
    "               trailing_data: sound after the end that the file declares, not read\n"
    "Of a file named, the content decides; of folders those named wav wave bwf rf64 bw64 w64 flac ogg oga\n"
    "opus mp3 mp2 mp1 mpga aif aiff aifc au snd caf sph nist voc svx 8svx avr paf pvf sds sf xi ircam;\n"
    "a pattern takes others, too.\n"
    "A recording longer than what the model takes at a time (30 s; trnet 3 s) is scored in windows; its\n"
    "row is their mean. Pauses of half a second or more are left out (silent_share). A recording without\n"
    "sound gets \"label\":null and \"reason\":\"silence\", one without speech \"no_speech\", where the "
    "model\n"
    "tells or --min-level asks, and one below --min-confidence \"confidence\". None of these is a failure.\n"
    "A recording that cannot be scored gets {\"path\":...,\"error\":{\"stage\",\"code\",\"message\"}},\n"
    "and the run goes on. docs/cli.md describes every field.\n"
    "\n"
    "With -o FILE, FILE.journal keeps what is done. A run that was ended in any way, by a full disk too, "
    "goes\n"
    "on when it is called again with --resume; what is done is not scored again, unless its file has "
    "changed.\n"
    "A list that lacks recordings with rows in FILE is refused then; --drop-missing takes such rows out.\n"
    "\n"
    "Examples:\n"
    "  serene score call.wav                                  one recording, row on standard output\n"
    "  serene score --recursive calls/ -o scores.jsonl        a tree of recordings\n"
    "  serene score --manifest calls.csv -o s.jsonl --resume  a list, in as many runs as it takes\n"
    "  serene score calls/ -o s.jsonl --metrics-file /var/lib/node_exporter/serene.prom\n"
    "  find /data -name '*.wav' -print0 | serene score -0     names from elsewhere\n"
    "  serene score --channels each -o s.jsonl calls/         the two sides of calls apart\n"
    "  serene score calls/ -o s.jsonl --embeddings s.npy      what the model computes labels from, too\n"
    "  serene score --window 2 --hop 1 talk.flac              how emotion moves through a long one\n"
    "  serene score calls/ | jq -r '[.path, .label] | @tsv'   rows into other tools\n"
    "  serene score -- -odd-name.wav                          a name that begins with a dash\n"
    "\n"
    "Exit codes: 0 all scored, 2 usage, 3 model, 4 device, 5 some inputs failed, 6 none found, 7 output,\n"
    "9 more failed than --max-failures, 130 and 143 ended by a signal.";

constexpr const char* kSnrFooter =
    "How much of each recording is speech, for a model that says so, such as NRSER: a row for every segment "
    "of 2 s\n"
    "(--window), then one for the recording, the mean of its segments:\n"
    "  "
    "{\"schema\":1,\"path\":\"a.wav\",\"window\":0,\"start\":0.0,\"seconds\":2.0,\"level\":0.91,\"flags\":[]}"
    "\n"
    "  {\"schema\":1,\"path\":\"a.wav\",\"seconds\":3.2,\"level\":0.87,\"flags\":[],\"windows\":2}\n"
    "  level        0 noise alone to 1 clean speech, as the model was trained; null in a recording of "
    "silence\n"
    "Pauses are left out, and rows, lists, --resume and exit codes are those of serene score (docs/cli.md).\n"
    "\n"
    "Examples:\n"
    "  serene snr -m nrser.safetensors call.wav\n"
    "  serene snr -m nrser.safetensors --recursive calls/ --format csv -o levels.csv";

void add_list_options(CLI::App& command, ListOptions& options) {
  add_list_positional(
      command, "paths", options.paths,
      "Recordings of any rate, folders, patterns such as 'calls/**/*.wav'; - for names, a line each,\n"
      "on standard input")
      ->type_name("PATH");
  command
      .add_option("--manifest", options.manifest.path,
                  "A list: JSON lines or CSV with path, id, offset, duration (s), channel, label and more,\n"
                  "or Kaldi's wav.scp")
      ->type_name("FILE");
  command
      .add_option("--manifest-format", options.manifest.format,
                  "jsonl, csv or scp; auto goes by the extension")
      ->check(CLI::IsMember({"auto", "jsonl", "csv", "scp"}).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--skip-bad-rows", options.manifest.skip_bad_rows,
                   "A row of the manifest that makes no sense costs an error row, not the run");
  command.add_flag("-0,--null", options.null_separated,
                   "Names on standard input, a NUL after each, as find -print0 writes them");
  command.add_flag("-r,--recursive", options.recursive, "Look into the subfolders of folders, too");
}

void add_output_options(CLI::App& command, ScoreOptions& options) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&options](const std::string& path) { options.output = path == "-" ? "" : path; },
          "Write the rows to FILE instead of standard output, or to standard output for -")
      ->check(names_a_file())
      ->type_name("FILE");
  command.add_flag("--resume", options.resume, "Go on with FILE where an earlier run was ended");
  command.add_flag("--drop-missing", options.drop_missing,
                   "With --resume, take out the rows of recordings that are listed no longer; without it\n"
                   "such a list is refused");
  command
      .add_option_function<std::string>(
          "--format",
          [&options](const std::string& name) {
            options.format = name == "csv" ? RowFormat::csv : RowFormat::jsonl;
          },
          "jsonl or csv (default: jsonl)")
      ->check(CLI::IsMember({"jsonl", "csv"}).description(""))
      ->type_name("NAME");
  command.add_flag("--escape-formulas", options.escape_formulas,
                   "With --format csv, put ' before cells that a spreadsheet would take for formulas");
  command
      .add_option("--max-failures", options.max_failures,
                  "End the run when more than N recordings failed, or P% of 100 and more")
      ->type_name("N|P%");
  command
      .add_option("--metrics-file", options.metrics_file,
                  "Keep the run's numbers in FILE for Prometheus (node_exporter's textfile collector)")
      ->check(names_a_file())
      ->type_name("FILE");
  command.add_flag("--strict", options.strict,
                   "Treat a file that ends too soon, or goes on after its end, as failed");
  add_log_json_option(command);
  command.add_flag("-q,--quiet", options.quiet, "No progress, summary or warnings");
}

void add_window_options(CLI::App& command, ScoreOptions& options) {
  command
      .add_option(
          "--window", options.window,
          "A row for every window of S seconds, too; at most what the model takes at a time, 30 s of the\n"
          "default")
      ->transform(number(0.01, 86400.0))
      ->type_name("S");
  command
      .add_option("--hop", options.hop, "Start a window every S seconds (default: windows do not overlap)")
      ->transform(number(0.01, 86400.0))
      ->type_name("S");
}

void add_channels_option(CLI::App& command, Channels& channels) {
  command
      .add_option_function<std::string>(
          "--channels", [&channels](const std::string& text) { channels = channels_of(text).value(); },
          "mix: the mean of all (default); each: every channel a recording of its own; N: that channel,\n"
          "counted from 0")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return channels_of(text) ? std::string()
                                     : "neither mix nor each nor a channel from 0 to " +
                                           std::to_string(kMaxChannels - 1) + ": " + text;
          },
          ""))
      ->type_name("mix|each|N");
}

void add_embedding_options(CLI::App& command, ScoreOptions& options) {
  command
      .add_option(
          "--embeddings", options.embeddings,
          "Write an embedding for each row to FILE, too: a .npy of float32, shape (rows, size), in the\n"
          "order of the rows; NaN where a recording failed or has no sound")
      ->check(names_a_file())
      ->type_name("FILE.npy");
  command
      .add_option("--embedding", options.embedding,
                  "Which vector output of the model that is (default: the first; serene info lists them)")
      ->type_name("NAME");
}

// How a list is worked through.
void add_batch_options(CLI::App& command, ScoreOptions& options) {
  command
      .add_option(
          "--batch", options.batch,
          "Clips in one call of the engine, at most (default: 8, on a GPU 64). Scores do not depend on it")
      ->transform(whole_number(1, 4096))
      ->type_name("N");
  command
      .add_option(
          "--batch-seconds", options.batch_seconds,
          "Seconds of sound in one call of the engine, at most; a longer clip goes alone (default: any)")
      ->transform(number(0.01, 1e6))
      ->type_name("S");
  command
      .add_option("--decode-threads", options.decode_threads,
                  "Recordings decoded and resampled at a time; 0: half as many as there are cores")
      ->transform(whole_number(0, 256))
      ->type_name("N")
      ->capture_default_str();
}

}  // namespace

void add_score_options(CLI::App& command, ScoreOptions& options) {
  command.footer(kScoreFooter);
  add_list_options(command, options.list);
  add_engine_options(command, options.engine);
  add_output_options(command, options);
  add_embedding_options(command, options);
  add_window_options(command, options);
  add_channels_option(command, options.channels);
  command
      .add_option(
          "--level", options.level,
          "Bring the sound of every recording to this level first, in dB of full scale (RMS): -20 for\n"
          "the model trnet, which takes quiet speech for something else (default: as it is)")
      ->transform(number(-60, 0))
      ->type_name("DB");
  command
      .add_option(
          "--min-confidence", options.min_confidence,
          "No label, and \"reason\":\"confidence\", where the highest posterior is below P; posterior and\n"
          "outputs stay in the row (default: 0)")
      ->transform(number(0, 1))
      ->type_name("P");
  command
      .add_option(
          "--min-level", options.min_level,
          "Judge nothing whose level, as the model gives it, is below T: windows are left out of the mean,\n"
          "and a recording of such alone gets \"label\":null and \"reason\":\"no_speech\" (default: judge "
          "all)")
      ->transform(number(0, 1))
      ->type_name("T");
  add_batch_options(command, options);
}

void add_snr_options(CLI::App& command, ScoreOptions& options) {
  command.footer(kSnrFooter);
  options.level_alone = true;
  add_list_options(command, options.list);
  add_engine_options(command, options.engine);
  add_output_options(command, options);
  add_window_options(command, options);
  add_channels_option(command, options.channels);
  add_batch_options(command, options);
}

}  // namespace serene::cli
