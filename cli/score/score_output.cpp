#include "cli/score/score_output.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "cli/audio/source_file.h"
#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/inputs/input_key.h"
#include "cli/output/replaceable.h"

namespace serene::cli {
namespace {

// An output that is also an input would be lost before it is read. The list cannot be searched for it ahead:
// it may be endless. What counts is that no recording is ever replaced.
const std::string& checked(const std::string& path) {
  check_replaceable(path, "-o", "rows");
  return path;
}

// /dev/stdout leads elsewhere once descriptor 1 does.
std::string place_of(const std::string& path) {
  std::error_code error;
  const auto place = std::filesystem::canonical(path, error);
  return error ? path : place.string();
}

}  // namespace

ScoreOutput::ScoreOutput(const std::string& path, const std::string& embeddings, bool resume,
                         bool drop_missing)
    : path_(path), resume_(resume), drop_missing_(drop_missing), rows_(checked(path)) {
  if (rows_.is_file()) {
    place_ = place_of(path);
    journal_.emplace(path);
  } else if (resume) {
    throw Stop(kExitUsage, "--resume needs -o FILE, to see what is done");
  }
  if (drop_missing && !resume) throw Stop(kExitUsage, "--drop-missing needs --resume");
  if (embeddings.empty()) return;
  check_replaceable(embeddings, "--embeddings", "embeddings");
  protect(embeddings, "file of --embeddings");
  vectors_.emplace(embeddings);
}

void ScoreOutput::protect(const std::string& path, const char* what) const {
  if (!path.empty() && rows_.is_same_file(path)) {
    throw Stop(kExitUsage, "-o " + path_ + " is the " + what + ", which rows would replace");
  }
  if (!path.empty() && vectors_ && vectors_->is_same_file(path)) {
    throw Stop(kExitUsage,
               "--embeddings " + vectors_->name() + " is the " + what + ", which embeddings would replace");
  }
}

void ScoreOutput::prepare(const RowText& text, size_t width, const std::string& conditions,
                          const std::function<void()>& go_on) {
  text_ = text;
  conditions_ = conditions;
  if (vectors_) {
    vectors_->set_width(width);
    if (journal_) {
      journal_->keep_vectors({&*vectors_, [this](std::string_view rows) { return text_->count(rows); }});
    }
  }
  if (!resume_) return;
  const GoodRows good = journal_->resume(conditions, text.header(), go_on);
  if (good.lost > 0) {
    spdlog::warn("{}: the rows of {} inputs are not as they were written, and are made again", path_,
                 good.lost);
  }
  if (good.entries == 0) return;
  good_ = good;
  kept_ = good.entries;
  kept_failed_ = good.failed;
  missing_ = journal_->missing();
}

bool ScoreOutput::see(const Input& input) {
  // Whatever is below the folder is not missing for that.
  const bool is_unlisted =
      input.error && input.error->stage() == Stage::open && input.error->code() != "not_found";
  if (is_unlisted && unlisted_.empty()) unlisted_ = input.path + ": " + input.error->what();
  return missing_->see(input_name(input));
}

std::string ScoreOutput::missing_text() const {
  const uint64_t count = missing_->count();
  const std::string first = text_->path_of(journal_->rows_at(missing_->first()));
  const std::string rows =
      count == 1
          ? fmt::format("{}: has rows of a recording that is listed no longer, {}", path_, first)
          : fmt::format("{}: has rows of {} recordings that are listed no longer, the first of them {}",
                        path_, count, first);
  if (!unlisted_.empty()) return fmt::format("{}; a folder could not be listed, {}", rows, unlisted_);
  return rows + "; --drop-missing takes such rows out, or write to another file";
}

void ScoreOutput::refuse_if_missing() {
  missing_->close();
  if (missing_->count() > 0 && (!drop_missing_ || !unlisted_.empty())) throw Stop(kExitUsage, missing_text());
  // The list may be another one when it is read for the run.
  missing_ = journal_->missing();
  unlisted_.clear();
}

bool ScoreOutput::is_done(Input& input) {
  if (!journal_) return false;
  input.key = input_key(input);
  if (missing_) see(input);
  const auto can_be_opened = [&input] {
    try {
      const SourceFile file(input.path);
      return true;
    } catch (const InputError&) {
      return false;
    }
  };
  if (input.error) return journal_->done().take(input.key, {});
  return journal_->done().take(input.key, can_be_opened);
}

void ScoreOutput::begin() {
  if (good_) {
    rows_.go_on_at(good_->end);
    if (vectors_) vectors_->go_on_at(good_->rows);
    return;
  }
  // The journal first: killed in between, it must not vouch for rows that are gone.
  if (journal_) journal_->start(conditions_, text_->header().size());
  if (vectors_) vectors_->start();
  rows_.start();
  rows_.write(text_->header());
}

void ScoreOutput::write(const Outcome& outcome) {
  std::string rows;
  for (const Row& row : outcome.rows) rows += text_->text(row);
  // First, as an entry of the journal vouches for rows and vectors.
  if (vectors_) vectors_->write(outcome.vectors);
  try {
    rows_.write(rows);
  } catch (const Stop&) {
    if (vectors_) vectors_->take_back();
    throw;
  }
  if (journal_) {
    const bool again = std::ranges::any_of(outcome.errors, &InputError::is_transient);
    const InputKey& key = outcome.input.key;
    journal_->add(again ? undone(key) : key, outcome.failed(), rows, rows_.end(), outcome.vectors);
  }
  if (vectors_) vectors_->publish();
}

void ScoreOutput::complete() {
  if (!missing_) return;
  missing_->close();
  const uint64_t missing = missing_->count();
  const bool stay = missing > 0 && (!drop_missing_ || !unlisted_.empty());
  if (stay) missing_stayed_ = missing_text();  // while the rows are where they were
  const uint64_t unopened = journal_->done().unopened();
  if (unopened > 0) {
    spdlog::warn("{}: the rows of {} recording{} from before stay, whose files cannot be opened now", path_,
                 unopened, unopened == 1 ? "" : "s");
  }
  if (missing > 0 && !stay) {
    spdlog::warn("{}: the rows of {} recording{} that {} listed no longer are taken out", path_, missing,
                 missing == 1 ? "" : "s", missing == 1 ? "is" : "are");
  }
  // Another file of that name must not be taken for the rows.
  check_in_place();
  replaced_ = journal_->drop_stale(stay ? &*missing_ : nullptr);
  kept_ = done_before() + (stay ? missing : 0);
  kept_failed_ = done_before_failed();
}

void ScoreOutput::refuse_if_missing_stayed() const {
  if (!missing_stayed_.empty()) throw Stop(kExitUsage, missing_stayed_);
}

bool ScoreOutput::is_in_place() const { return replaced_ || !rows_.is_file() || rows_.is_same_file(place_); }

void ScoreOutput::check_in_place() const {
  if (vectors_ && !vectors_->is_in_place()) {
    throw Stop(kExitOutput,
               vectors_->name() + ": was removed or replaced during the run, and the embeddings with it");
  }
  if (is_in_place()) return;
  throw Stop(kExitOutput, path_ + ": was removed or replaced during the run, and the rows with it");
}

void ScoreOutput::sync() {
  check_in_place();
  if (vectors_) vectors_->sync();
  rows_.sync();
  if (journal_) journal_->sync();
}

}  // namespace serene::cli
