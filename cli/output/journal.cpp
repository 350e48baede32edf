#include "cli/output/journal.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/output/journal_reader.h"
#include "cli/output/output_file.h"

namespace serene::cli {
namespace {

constexpr std::string_view kMagic = "serene journal 1\n";
constexpr size_t kPidDigits = 10;
constexpr size_t kPreambleBytes = kMagic.size() + 4 + kPidDigits + 1;
constexpr size_t kMaxConditions = 1 << 16;

std::string preamble() { return fmt::format("{}pid {:0{}}\n", kMagic, ::getpid(), kPidDigits); }

std::string compacted(const std::string& path) { return path + ".compact"; }

int open_journal(const std::string& path, bool& made) {
  constexpr int kOpen = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int fd = ::open(path.c_str(), kOpen | O_EXCL, 0666);
  made = fd >= 0;
  if (fd < 0) fd = ::open(path.c_str(), kOpen, 0666);
  if (fd < 0) fail_output(path, errno);
  return fd;
}

// Which of the conditions differs, the first of them, for the message.
std::string difference(const std::string& before, const std::string& now) {
  const auto a = nlohmann::ordered_json::parse(before, nullptr, false),
             b = nlohmann::ordered_json::parse(now, nullptr, false);
  if (!a.is_object() || !b.is_object()) return "conditions";
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key) || a.at(key) != value) return key;
  }
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key)) return key;
  }
  return "conditions";
}

}  // namespace

std::string journal_path(const std::string& output) {
  std::error_code error;
  const auto target = std::filesystem::canonical(output, error);
  return (error ? output : target.string()) + ".journal";
}

std::optional<int64_t> journal_pid(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  std::array<char, kPreambleBytes> head{};
  if (file.get() < 0 || ::pread(file.get(), head.data(), head.size(), 0) != ssize_t{head.size()}) {
    return std::nullopt;
  }
  const std::string_view text(head.data(), head.size());
  int64_t pid = 0;
  const char* digits = head.data() + kMagic.size() + 4;
  if (!text.starts_with(kMagic) || std::from_chars(digits, digits + kPidDigits, pid).ec != std::errc()) {
    return std::nullopt;
  }
  return pid;
}

Journal::Journal(const std::string& output)
    : output_(std::filesystem::canonical(output).string()),
      name_(journal_path(output)),
      file_((adopt_compacted(), open_journal(name_, made_))) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Stop(kExitOutput, name_ + ": not a file; serene keeps there what is done");
  }
  std::array<char, kPreambleBytes> head{};
  const size_t got = read_at(file_.get(), 0, head, name_);
  const std::string_view text(head.data(), std::min(got, kMagic.size()));
  // A beginning alone is left where a run was killed as it made the journal.
  if (!kMagic.starts_with(text)) {
    throw Stop(kExitOutput,
               name_ + ": not a journal of serene, which keeps there what is done; move it away");
  }
  write_at(file_.get(), 0, preamble(), name_);
}

Journal::~Journal() {
  if (made_) ::unlink(name_.c_str());
}

// drop_stale() puts the output in place, then the journal. Killed in between, it leaves the new journal under
// its first name: it is the right one if it ends where the output does.
void Journal::adopt_compacted() {
  const std::string fresh = compacted(name_);
  const FileDescriptor journal(::open(fresh.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (journal.get() < 0) return;
  struct stat output {};
  const uint64_t size = size_of(journal.get(), fresh);
  std::vector<char> last(kEntryBytes);
  std::optional<JournalEntry> entry;
  if (size > kPreambleBytes + kEntryBytes) {
    read_at(journal.get(), size - kEntryBytes, last, fresh);
    entry = parse_entry({last.data(), last.size()});
  }
  const bool fits =
      entry && ::stat(output_.c_str(), &output) == 0 && entry->end == static_cast<uint64_t>(output.st_size);
  if (fits) {
    if (std::rename(fresh.c_str(), name_.c_str()) != 0) fail_output(name_, errno);
  } else {
    ::unlink(fresh.c_str());
  }
}

void Journal::start(const std::string& conditions, uint64_t header) {
  made_ = false;
  truncate_to(file_.get(), kPreambleBytes, name_);
  write_at(file_.get(), kPreambleBytes, conditions + '\n', name_);
  header_ = header;
  first_ = kPreambleBytes + conditions.size() + 1;
  entries_ = 0;
}

std::string Journal::read_conditions() const {
  std::string text(kMaxConditions, '\0');
  text.resize(read_at(file_.get(), kPreambleBytes, text, name_));
  const size_t end = text.find('\n');
  return end == std::string::npos ? "" : text.substr(0, end);
}

GoodRows Journal::resume(const std::string& conditions, std::string_view header,
                         const std::function<void()>& go_on) {
  const std::string before = read_conditions();
  const FileDescriptor output(::open(output_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (output.get() < 0) fail_output(output_, errno);
  if (before.empty()) {
    if (size_of(output.get(), output_) == 0) return {};
    throw Stop(kExitUsage, output_ + ": has rows, but " + name_ +
                               " does not say of which inputs; run without --resume, or to another file");
  }
  if (before != conditions) {
    throw Stop(kExitUsage, output_ + ": its rows were made with another " + difference(before, conditions) +
                               "; run without --resume, or to another file");
  }
  header_ = header.size();
  first_ = kPreambleBytes + conditions.size() + 1;
  const GoodRows good = read_good(output.get(), header, go_on);
  if (good.entries == 0) return good;
  entries_ = good.entries;
  truncate_to(file_.get(), first_ + entries_ * kEntryBytes, name_);
  earlier_ = JournalEntries(file_.get(), name_, first_, entries_);
  done_.set(earlier_);
  return good;
}

GoodRows Journal::read_good(int output, std::string_view header, const std::function<void()>& go_on) {
  const auto read = [&](const NpyReader* vectors) {
    VectorsOfRows of_rows;
    if (vectors != nullptr) {
      of_rows.count = vectors_.count;
      of_rows.read = [vectors](uint64_t first, uint64_t count) { return vectors->read(first, count); };
    }
    return read_good_rows(file_.get(), name_, first_, output, output_, header,
                          vectors != nullptr ? &of_rows : nullptr, go_on);
  };
  if (vectors_.file == nullptr) return read(nullptr);
  NpyFile& file = *vectors_.file;
  const NpyReader reader = file.reader();
  const GoodRows good = read(&reader);
  // drop_stale() was killed: the vectors are those that fit the rows.
  if (file.has_other()) {
    const NpyReader other = file.other();
    const GoodRows of_other = read(&other);
    if (of_other.entries > good.entries) {
      file.take_other();
      return of_other;
    }
    file.drop_other();
  }
  // Rather than make all again because of a name that was mistyped.
  if (good.lost > 0 && !reader.has_header()) {
    throw Stop(kExitUsage, file.name() + ": lacks the embeddings of the rows that " + output_ +
                               " has; run without --resume, or to other files");
  }
  return good;
}

std::string Journal::rows_at(uint64_t index) const {
  JournalEntries entries = earlier_;
  const uint64_t begin = index == 0 ? header_ : entries.at(index - 1).end;
  std::string rows(entries.at(index).end - begin, '\0');
  const FileDescriptor output(::open(output_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (output.get() < 0) fail_output(output_, errno);
  rows.resize(read_at(output.get(), begin, rows, output_));
  return rows;
}

void Journal::add(const InputKey& key, bool failed, std::string_view rows, uint64_t end,
                  std::span<const float> vectors) {
  const std::string_view bytes(reinterpret_cast<const char*>(vectors.data()), vectors.size_bytes());
  const JournalEntry entry{key, failed, end, rows_check(key, failed, rows, bytes)};
  write_at(file_.get(), first_ + entries_ * kEntryBytes, to_text(entry), name_);
  ++entries_;
}

void Journal::sync() { sync_file(file_.get(), name_); }

bool Journal::drop_stale(const MissingInputs* stay) {
  // What is missing is stale.
  if (done_.stale() == (stay != nullptr ? stay->count() : 0)) return false;
  const std::string new_journal = compacted(name_);
  const FileDescriptor from(::open(output_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (from.get() < 0) fail_output(output_, errno);
  OutputFile rows(output_);
  OutputFile journal(new_journal);
  std::vector<char> text(std::max<uint64_t>(first_, header_));
  read_at(file_.get(), 0, std::span(text).first(first_), name_);
  journal.write({text.data(), first_});
  read_at(from.get(), 0, std::span(text).first(header_), output_);
  rows.write({text.data(), header_});

  const auto copy = [&](OutputFile* vectors) {
    std::optional<NpyReader> all_vectors;
    if (vectors != nullptr) all_vectors.emplace(vectors_.file->reader());
    JournalReader reader(file_.get(), name_, first_);
    uint64_t begin = header_, end = header_, row = 0, kept = 0;
    for (uint64_t i = 0; i < entries_; ++i) {
      auto entry = reader.next();
      if (!entry) throw Stop(kExitOutput, name_ + ": changed while it was read");
      const bool keep = !done_.is_stale(i) || (stay != nullptr && stay->is_missing(i));
      uint64_t count = 0;
      if (keep || vectors != nullptr) {
        text.resize(entry->end - begin);
        read_at(from.get(), begin, text, output_);
        if (vectors != nullptr) count = vectors_.count({text.data(), text.size()});
      }
      if (keep) {
        rows.write({text.data(), text.size()});
        if (vectors != nullptr) vectors->write(all_vectors->read(row, count));
        end += text.size();
        kept += count;
        journal.write(to_text({entry->key, entry->failed, end, entry->check}));
      }
      begin = entry->end;
      row += count;
    }
    return kept;
  };
  // The vectors first, beside the old ones: whichever of them fit the rows are taken when a run goes on.
  if (vectors_.file != nullptr) {
    vectors_.file->make_other([&](OutputFile& vectors) { return copy(&vectors); });
  } else {
    copy(nullptr);
  }
  rows.sync();
  journal.sync();
  journal.commit();
  rows.commit();
  if (vectors_.file != nullptr) vectors_.file->put_other_in_place();
  // Missing already where another run has begun in between and taken it over.
  if (std::rename(new_journal.c_str(), name_.c_str()) != 0 && errno != ENOENT) fail_output(name_, errno);
  return true;
}

}  // namespace serene::cli
