#include "cli/score_output.h"

#include <spdlog/spdlog.h>

#include <array>
#include <filesystem>

#include "cli/audio/sniff.h"
#include "cli/audio/source_file.h"
#include "cli/exit_codes.h"
#include "cli/input_key.h"
#include "cli/stop.h"

namespace serene::cli {
namespace {

bool holds_sound(const std::string& path) {
  try {
    const SourceFile file(path);
    std::array<std::byte, 64> head{};
    const Sniffed found = sniff(std::span(head).first(file.read_at(0, head)));
    return found.is_audio || found.decodable;
  } catch (const InputError&) {
    return false;  // RowOutput says what is wrong with it
  }
}

// An output that is also an input would be lost before it is read. The list cannot be searched for it ahead:
// it may be endless. What counts is that no recording is ever replaced.
const std::string& checked(const std::string& path) {
  if (has_audio_extension(path) || holds_sound(path)) {
    throw Stop(kExitUsage, "-o " + path + " is a recording, which rows would replace");
  }
  return path;
}

}  // namespace

ScoreOutput::ScoreOutput(const std::string& path, bool resume)
    : path_(path), resume_(resume), rows_(checked(path)) {
  if (rows_.is_file()) {
    journal_.emplace(path);
  } else if (resume) {
    throw Stop(kExitUsage, "--resume needs -o FILE, to see what is done");
  }
}

void ScoreOutput::protect(const std::string& path, const char* what) const {
  if (!path.empty() && rows_.is_same_file(path)) {
    throw Stop(kExitUsage, "-o " + path_ + " is the " + what + ", which rows would replace");
  }
}

void ScoreOutput::prepare(const RowText& text, const std::string& conditions) {
  text_ = text;
  conditions_ = conditions;
  if (!resume_) return;
  const GoodRows good = journal_->resume(conditions, text.header());
  if (good.lost > 0) {
    spdlog::warn("{}: the rows of {} inputs are not as they were written, and are made again", path_,
                 good.lost);
  }
  if (good.entries == 0) return;
  good_ = good;
  kept_ = good.entries;
  kept_failed_ = good.failed;
}

bool ScoreOutput::is_done(Input& input) {
  if (!journal_) return false;
  input.key = input_key(input);
  return journal_->done().take(input.key);
}

void ScoreOutput::begin() {
  if (good_) {
    rows_.go_on_at(good_->end);
    return;
  }
  // The journal first: killed in between, it must not vouch for rows that are gone.
  if (journal_) journal_->start(conditions_, text_->header().size());
  rows_.start();
  rows_.write(text_->header());
}

void ScoreOutput::write(const Outcome& outcome) {
  std::string rows;
  for (const Row& row : outcome.rows) rows += text_->text(row);
  rows_.write(rows);
  if (journal_) journal_->add(outcome.input.key, outcome.failed(), rows, rows_.end());
}

void ScoreOutput::complete() {
  if (!journal_) return;
  journal_->drop_stale();
  kept_ = done_before();
  kept_failed_ = done_before_failed();
}

void ScoreOutput::sync() {
  rows_.sync();
  if (journal_) journal_->sync();
}

}  // namespace serene::cli
