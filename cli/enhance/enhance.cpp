// `serene enhance`: recordings in, cleaned WAV files out.
#include <sys/stat.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cli/audio/decoder_talk.h"
#include "cli/audio/recording.h"
#include "cli/audio/write_wav.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/enhance/output_names.h"
#include "cli/inputs/inputs.h"
#include "cli/memory/shortage.h"
#include "cli/options/engine_options.h"
#include "cli/options/list_option.h"
#include "cli/output/folder.h"
#include "cli/output/output.h"
#include "cli/output/output_option.h"
#include "cli/report/logging.h"
#include "cli/report/progress.h"
#include "cli/report/summary.h"
#include "cli/rows/row.h"

namespace serene::cli {
namespace {

struct EnhanceOptions {
  std::vector<std::string> paths;
  EngineOptions engine;
  std::string folder;
  bool recursive = false;
  bool as_float = false;
  bool quiet = false;
};

constexpr const char* kEnhancerHelp =
    "A model that has an enhancer: a file made by serene-convert, or the name of one that comes with\n"
    "serene (default: trnet; the model named default has none)";

constexpr const char* kEnhanceFooter =
    "Writes DIR/NAME.wav for each recording: 16 kHz, mono, 16 bit. Folders keep their shape; where two\n"
    "names meet, the later becomes NAME-2.wav. Files in DIR are replaced, each when the new one is whole, "
    "and\n"
    "links there followed; an input is never replaced. On standard output, one line of JSON for each\n"
    "recording: {\"schema\",\"path\",\"enhanced\",\"seconds\",\"flags\"} or an error row, as of serene "
    "score.\n"
    "\n"
    "Examples:\n"
    "  serene enhance noisy.flac -o cleaned/\n"
    "  serene enhance --recursive calls/ -o cleaned/ --float\n"
    "\n"
    "Exit codes: 0 all enhanced, 2 usage, 3 model, 4 device, 5 some inputs failed, 6 none found, 7 output.";

// Throws Stop(kExitUsage) where an output would replace an input.
void protect_inputs(const std::vector<Input>& inputs, const std::vector<std::string>& outputs) {
  std::vector<struct stat> taken;
  for (const std::string& output : outputs) {
    struct stat status {};
    if (::stat(output.c_str(), &status) == 0) taken.push_back(status);
  }
  if (taken.empty()) return;
  for (const Input& input : inputs) {
    struct stat status {};
    if (::stat(input.path.c_str(), &status) != 0) continue;
    for (const struct stat& other : taken) {
      if (status.st_dev == other.st_dev && status.st_ino == other.st_ino) {
        throw Stop(kExitUsage,
                   "the output would replace the input " + input.path + "; choose another folder");
      }
    }
  }
}

std::vector<float> enhance_samples(Engine& engine, const Recording& recording) {
  try {
    return engine.enhance(recording.samples);
  } catch (const Failure& failure) {
    if (failure.status() == SERENE_DEVICE_ERROR) throw Stop(kExitDevice, failure.what());
    throw InputError(Stage::enhance,
                     failure.status() == SERENE_OUT_OF_MEMORY ? kOutOfMemory : "engine_failed",
                     failure.what());
  }
}

Row enhanced_row(const Input& input, const std::string& output, const Recording& recording) {
  Row row = row_head(input.path);
  add_path(row, "enhanced", output);
  row["seconds"] = to_seconds(recording.seconds);
  add_flags(row, facts_of(recording), false);
  return row;
}

int enhance(const EnhanceOptions& options) {
  set_up_logging(options.quiet);
  RowOutput rows("");
  std::vector<Input> inputs;
  PassedOver passed_over;
  walk_inputs(options.paths, options.recursive, passed_over,
              [&](Input input) { inputs.push_back(std::move(input)); });
  passed_over.warn();
  if (inputs.empty()) throw Stop(kExitNoneFound, "no recordings found");
  const std::vector<std::string> outputs = output_names(inputs, options.folder);
  protect_inputs(inputs, outputs);
  make_folder(options.folder);
  check_writable(options.folder);
  const Model model = open_model(options.engine.model, kDefaultEnhancer);
  if (!model.can_enhance()) throw Stop(kExitModel, serene_last_error());
  Engine engine = open_engine(model, options.engine);
  const StandardOutputGuard guard;

  Progress progress(inputs.size(), !options.quiet && !logs_json() && !rows.is_terminal());
  Summary summary;
  for (size_t i = 0; i < inputs.size(); ++i) {
    end_if_memory_is_low();
    double seconds = 0;
    const auto failed = [&](const InputError& error) {
      rows.write(to_line(error_row(row_head(inputs[i].path), error)));
      summary.add(0, true);
    };
    try {
      if (inputs[i].error) throw InputError(*inputs[i].error);
      const Recording recording = load_recording(inputs[i].path);
      const std::vector<float> enhanced = enhance_samples(engine, recording);
      make_folder_of(outputs[i]);
      write_wav(outputs[i], enhanced, options.as_float ? WavCoding::float32 : WavCoding::pcm16);
      rows.write(to_line(enhanced_row(inputs[i], outputs[i], recording)));
      seconds = recording.seconds;
      summary.add(seconds, false);
    } catch (const InputError& error) {
      failed(error);
    } catch (const std::bad_alloc&) {
      failed(InputError(Stage::enhance, kOutOfMemory, "too long for the memory there is"));
    }
    progress.advance(seconds);
  }
  progress.clear();
  if (!options.quiet) summary.print("enhanced", engine.device());
  return summary.failed() == 0 ? kExitOk : kExitSomeFailed;
}

}  // namespace

void add_enhance_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EnhanceOptions>();
  CLI::App* command = app.add_subcommand("enhance", "Take the noise out of recordings");
  command->footer(kEnhanceFooter);
  add_list_positional(*command, "paths", options->paths, "Recordings and folders of recordings")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("-o,--output", options->folder,
                   "Folder for the cleaned recordings, made where it is missing")
      ->required()
      ->check(names_a_file())
      ->type_name("DIR");
  add_engine_options(*command, options->engine, kEnhancerHelp);
  command->add_flag("-r,--recursive", options->recursive, "Look into the subfolders of folders, too");
  command->add_flag("--float", options->as_float, "Write 32-bit float instead of 16-bit samples");
  add_log_json_option(*command);
  command->add_flag("-q,--quiet", options->quiet, "No progress, summary or warnings");
  command->callback([options, &exit_code] { exit_code = enhance(*options); });
}

}  // namespace serene::cli
