#include "cli/commands/app.h"

#include <fcntl.h>
#include <serene/serene.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string_view>

#include "cli/audio/decoder_talk.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/memory/last_words.h"
#include "cli/output/output.h"
#include "cli/report/logging.h"
#include "weights/program_text.h"

namespace serene::cli {
namespace {

constexpr const char* kDescription =
    "Which emotion is in a recording of speech, clean or noisy.\n"
    "Three models come with serene: default (half of Whisper's encoder and a head for four emotions), which\n"
    "scores where none is named, small, the same of a smaller Whisper, and trnet (arXiv 2404.12979), which\n"
    "takes the noise out, too: enhance uses it. serene-convert makes others. Every command explains itself:\n"
    "serene score --help";

constexpr const char* kAppFooter =
    "Examples:\n"
    "  serene score call.wav\n"
    "  serene score --recursive calls/ -o scores.jsonl\n"
    "  serene score --model trnet call.wav\n"
    "  serene enhance noisy.flac -o cleaned/\n"
    "  serene evaluate scores.jsonl --labels truth.csv\n"
    "  serene info model.safetensors\n"
    "  serene check model.safetensors reference.safetensors\n"
    "  serene profile -m model.safetensors -o profile/\n"
    "  serene doctor\n"
    "\n"
    "Exit codes:\n"
    "  0  everything was done                7  the output cannot be written\n"
    "  1  check: beyond the bound            9  more failed than --max-failures\n"
    "  2  wrong usage                       70  a bug in serene\n"
    "  3  the model cannot be used          71  too little memory\n"
    "  4  the device cannot be used        130  ended by SIGINT, 143 by SIGTERM\n"
    "  5  some inputs failed: see rows     141  the reader of the output went away\n"
    "  6  no recordings found";

// A descriptor that the caller closed would be given to the next file opened, and rows would end up in it.
// Standard output becomes one that cannot be written, so that its loss is noticed.
void hold_standard_descriptors() {
  constexpr int kModes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) (void)!::open("/dev/null", kModes[fd]);
  }
}

// For arguments that could not be read to the end.
bool asks_for_json_log(int argc, const char* const* argv) {
  return std::any_of(argv, argv + argc,
                     [](const char* text) { return std::string_view(text) == "--log-json"; });
}

// CLI11's errors are of the arguments, or not errors: --help, --version.
int end_of_parse(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  if (error.get_exit_code() != 0 && asks_for_json_log(argc, argv)) {
    use_json_log();
    spdlog::error("{}", error.what());
    return kExitUsage;
  }
  std::ostringstream text;
  if (app.exit(error, text) != 0) return kExitUsage;
  RowOutput("").write(text.str());
  return kExitOk;
}

int parse(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_of_parse(app, error, argc, argv);
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return kExitUsage;
  }
  return exit_code;
}

int parse_and_run(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  try {
    return parse(app, argc, argv, exit_code);
  } catch (const Stop& stop) {
    if (*stop.what() != '\0') spdlog::error("{}", stop.what());
    return stop.exit_code();
  } catch (const std::bad_alloc&) {
    return say_out_of_memory();
  } catch (const std::exception& unexpected) {
    spdlog::error("internal error, please report it: {}", unexpected.what());
    return kExitInternal;
  }
}

int run_commands(int argc, const char* const* argv) {
  catch_decoder_talk([](const std::string& file, const std::string& line) {
    spdlog::warn("{}: the decoder says: {}", file, line);
  });
  set_up_logging(false);

  CLI::App app(kDescription, "serene");
  app.set_version_flag("--version", std::string("serene ") + serene_version());
  app.failure_message(weights::printable_failure);
  app.footer(kAppFooter);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  int exit_code = kExitOk;
  add_score_command(app, exit_code);
  add_snr_command(app, exit_code);
  add_evaluate_command(app, exit_code);
  add_enhance_command(app, exit_code);
  add_info_command(app, exit_code);
  add_check_command(app, exit_code);
  add_profile_command(app, exit_code);
  add_doctor_command(app, exit_code);
  const int code = parse_and_run(app, argc, argv, exit_code);
  end_json_log();
  return code;
}

}  // namespace

int run(int argc, const char* const* argv) {
  hold_standard_descriptors();
  // A reader that goes away shows as an error of write() instead, and ends the run quietly.
  std::signal(SIGPIPE, SIG_IGN);
  // So does a file that may not grow further (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run_commands(argc, argv);
  } catch (const std::bad_alloc&) {
    return say_out_of_memory();
  }
}

}  // namespace serene::cli
