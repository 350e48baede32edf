// What is done stays done, and what is damaged is not believed.
#include "cli/output/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/text/fingerprint.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

using test::read_file;
using test::TempFolder;
using test::write_file;

const std::string kConditions = R"({"model":"m"})";

// Of a file "name", or changed since, "name*".
InputKey key_of(const std::string& name) {
  const std::string_view file = std::string_view(name).substr(0, name.find('*'));
  return {fingerprint_of(file).low, fingerprint_of(name).high};
}

bool opens() { return true; }
bool does_not_open() { return false; }

class JournalTest : public testing::Test {
 protected:
  // A run that wrote a row for each name, "name\n"; names that begin with x failed.
  void run(const std::vector<std::string>& names) {
    write_file(output_, "");
    Journal journal(output_);
    journal.start(kConditions, 0);
    std::string rows;
    for (const std::string& name : names) {
      rows += name + '\n';
      journal.add(key_of(name), name.starts_with('x'), name + '\n', rows.size());
    }
    write_file(output_, rows);
  }
  // Which of the names need no row.
  static std::string taken(Journal& journal, const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += journal.done().take(key_of(name), opens) ? '+' : '-';
    return text;
  }
  // Those of the earlier run that a list of the names lacks.
  static MissingInputs missing(const Journal& journal, const std::vector<std::string>& names) {
    MissingInputs inputs = journal.missing();
    for (const std::string& name : names) inputs.see(key_of(name).name);
    inputs.close();
    return inputs;
  }
  TempFolder folder_;
  std::string output_ = folder_ / "rows";
};

TEST_F(JournalTest, KnowsWhatIsDone) {
  run({"a", "xb", "c"});
  Journal journal(output_);
  const auto good = journal.resume(kConditions, "");
  EXPECT_EQ(good.entries, 3u);
  EXPECT_EQ(good.failed, 1u);
  EXPECT_EQ(good.end, 7u);
  EXPECT_EQ(good.lost, 0u);
  EXPECT_EQ(taken(journal, {"a", "xb", "c", "d"}), "+++-");
  EXPECT_EQ(journal.done().taken_failed(), 1u);
  EXPECT_EQ(journal.done().stale(), 0u);
}

TEST_F(JournalTest, ListsMayChangeAndNamesComeTwice) {
  run({"a", "b", "b", "c", "d"});
  Journal journal(output_);
  ASSERT_EQ(journal.resume(kConditions, "").entries, 5u);
  EXPECT_EQ(taken(journal, {"a", "new", "d", "b", "b", "b", "a"}), "+-+++--");
  EXPECT_EQ(journal.done().stale(), 1u);
  journal.drop_stale();
  EXPECT_EQ(read_file(output_), "a\nb\nb\nd\n");
  Journal again(output_);
  EXPECT_EQ(again.resume(kConditions, "").entries, 4u);
}

TEST_F(JournalTest, GoodRowsStayOfWhatCannotBeOpened) {
  run({"a", "xb", "c", "c*"});
  Journal journal(output_);
  ASSERT_EQ(journal.resume(kConditions, "").entries, 4u);
  EXPECT_TRUE(journal.done().take(key_of("a*"), does_not_open));
  EXPECT_FALSE(journal.done().take(key_of("xb*"), does_not_open)) << "an error row is made again";
  EXPECT_TRUE(journal.done().take(key_of("c**"), does_not_open));
  EXPECT_FALSE(journal.done().take(key_of("new"), does_not_open));
  EXPECT_EQ(journal.done().unopened(), 2u);
  journal.drop_stale();
  EXPECT_EQ(read_file(output_), "a\nc*\n") << "of c the newest";
}

TEST_F(JournalTest, WhatIsUndoneIsDoneAgain) {
  {
    write_file(output_, "a\nb\nc\n");
    Journal journal(output_);
    journal.start(kConditions, 0);
    journal.add(key_of("a"), false, "a\n", 2);
    journal.add(undone(key_of("b")), true, "b\n", 4);
    journal.add(key_of("c"), false, "c\n", 6);
  }
  Journal journal(output_);
  const GoodRows good = journal.resume(kConditions, "");
  EXPECT_EQ(good.entries, 3u);
  EXPECT_EQ(good.failed, 1u);
  EXPECT_EQ(missing(journal, {"a", "c"}).count(), 0u) << "an error row is no loss";
  EXPECT_EQ(taken(journal, {"a", "b", "c"}), "+-+");
  EXPECT_EQ(journal.done().taken_failed(), 0u);
  EXPECT_TRUE(journal.drop_stale());
  EXPECT_EQ(read_file(output_), "a\nc\n");
}

TEST_F(JournalTest, WhatTheListLacksIsKnownByItsName) {
  run({"a", "b", "b", "xc", "d", "e", "d*"});
  Journal journal(output_);
  ASSERT_EQ(journal.resume(kConditions, "").entries, 7u);
  EXPECT_EQ(missing(journal, {"a", "b", "b", "xc", "d", "e"}).count(), 0u) << "d has been scored twice";
  EXPECT_EQ(missing(journal, {"e", "new", "d", "b", "a*"}).count(), 0u)
      << "b is listed, an error row no loss";
  EXPECT_EQ(missing(journal, {"a", "b", "d", "e"}).count(), 0u);
  const MissingInputs of_two = missing(journal, {"a", "b", "e"});
  EXPECT_EQ(of_two.count(), 2u);
  EXPECT_EQ(of_two.first(), 4u);
  EXPECT_EQ(journal.rows_at(of_two.first()), "d\n");
  EXPECT_TRUE(of_two.is_missing(4) && of_two.is_missing(6));
  EXPECT_FALSE(of_two.is_missing(2) || of_two.is_missing(3) || of_two.is_missing(5));
  EXPECT_EQ(missing(journal, {}).count(), 6u);
  MissingInputs all = journal.missing();
  EXPECT_TRUE(all.see(key_of("a").name));
  for (const char* name : {"b", "b", "xc", "d", "e"}) EXPECT_TRUE(all.see(key_of(name).name));
  EXPECT_FALSE(all.see(key_of("d").name)) << "none can be missing any more";
}

TEST_F(JournalTest, MissingRowsStayWhereThatIsAsked) {
  run({"a", "b", "xc", "d"});
  Journal journal(output_);
  ASSERT_EQ(journal.resume(kConditions, "").entries, 4u);
  const MissingInputs stay = missing(journal, {"a*", "d"});
  EXPECT_EQ(taken(journal, {"a*", "d"}), "-+");
  EXPECT_TRUE(journal.drop_stale(&stay));
  EXPECT_EQ(read_file(output_), "b\nd\n");
  EXPECT_EQ(Journal(output_).resume(kConditions, "").entries, 2u);
}

// The crash between the two renames of drop_stale().
TEST_F(JournalTest, AHalfFinishedCompactionIsFinished) {
  run({"a", "b", "c"});
  const std::string name = journal_path(output_), old_journal = read_file(name),
                    old_rows = read_file(output_);
  {
    Journal journal(output_);
    journal.resume(kConditions, "");
    taken(journal, {"a", "c"});
    journal.drop_stale();
  }
  const std::string new_journal = read_file(name), new_rows = read_file(output_);
  write_file(name, old_journal);
  write_file(name + ".compact", new_journal);
  Journal journal(output_);
  EXPECT_EQ(journal.resume(kConditions, "").end, new_rows.size());
  EXPECT_EQ(taken(journal, {"a", "c"}), "++");

  // Killed before the first rename, the old pair counts.
  write_file(name, old_journal);
  write_file(name + ".compact", new_journal);
  write_file(output_, old_rows);
  Journal before(output_);
  EXPECT_EQ(before.resume(kConditions, "").entries, 3u);
  EXPECT_FALSE(std::filesystem::exists(name + ".compact"));
}

TEST_F(JournalTest, AFullDiskLeavesBothFilesAsTheyWere) {
  run({"alpha", "beta", "gamma"});
  Journal journal(output_);
  ASSERT_EQ(journal.resume(kConditions, "").entries, 3u);
  const std::string rows = read_file(output_), entries = read_file(journal_path(output_));
  taken(journal, {"alpha", "gamma"});
  int exit_code = kExitOk;
  try {
    const test::FileSizeLimit limit(8);
    journal.drop_stale();
  } catch (const Stop& stop) {
    exit_code = stop.exit_code();
  }
  EXPECT_EQ(exit_code, kExitOutput);
  EXPECT_EQ(read_file(output_), rows);
  EXPECT_EQ(read_file(journal_path(output_)), entries);
  const auto files = std::filesystem::directory_iterator(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

// Wherever either file is cut off or a byte is changed: what counts as done is a beginning of what was done,
// whole.
TEST_F(JournalTest, DamageCostsTheRowsFromThereOn) {
  run({"alpha", "beta", "gamma"});
  const std::string rows = read_file(output_), journal = read_file(journal_path(output_));
  const size_t entries_at = journal.size() - 3 * kEntryBytes;
  const std::vector<uint64_t> ends{0, 6, 11, 17};
  const auto check = [&](size_t expected) {
    Journal reopened(output_);
    const auto good = reopened.resume(kConditions, "");
    EXPECT_EQ(good.entries, expected);
    if (expected > 0) {
      EXPECT_EQ(good.end, ends[expected]);
      EXPECT_EQ(taken(reopened, {"alpha", "beta", "gamma"}),
                std::string(expected, '+') + std::string(3 - expected, '-'));
    }
  };
  for (size_t size = 0; size <= rows.size(); ++size) {
    SCOPED_TRACE("rows cut at " + std::to_string(size));
    write_file(journal_path(output_), journal);
    write_file(output_, rows.substr(0, size));
    check(static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin()) - 1);
  }
  for (size_t size = entries_at; size <= journal.size(); size += 7) {
    SCOPED_TRACE("journal cut at " + std::to_string(size));
    write_file(journal_path(output_), journal.substr(0, size));
    write_file(output_, rows);
    check((size - entries_at) / kEntryBytes);
  }
  for (size_t at = entries_at; at < journal.size(); at += 3) {
    SCOPED_TRACE("journal changed at " + std::to_string(at));
    std::string damaged = journal;
    const size_t entry = (at - entries_at) / kEntryBytes;
    const size_t column = (at - entries_at) % kEntryBytes;
    damaged[at] = column == 33 ? 'f' : damaged[at] == '1' ? '2' : '1';
    write_file(journal_path(output_), damaged);
    write_file(output_, rows);
    // Separators are not looked at.
    const bool separator = column == 32 || column == 34 || column == 51;
    check(separator ? 3 : entry);
  }
}

TEST_F(JournalTest, OtherConditionsAreRefusedByName) {
  run({"a"});
  Journal journal(output_);
  try {
    journal.resume(R"({"model":"other"})", "");
    FAIL();
  } catch (const Stop& stop) {
    EXPECT_EQ(stop.exit_code(), kExitUsage);
    EXPECT_NE(std::string(stop.what()).find("another model"), std::string::npos) << stop.what();
  }
}

// A run that a signal ends while it reads what is done.
TEST_F(JournalTest, ReadingWhatIsDoneEndsWhereTheRunIsToEnd) {
  run({"a", "b", "c"});
  Journal journal(output_);
  int calls = 0;
  const auto go_on = [&calls] {
    if (++calls == 2) throw Stop(143, "ended");
  };
  EXPECT_THROW(journal.resume(kConditions, "", go_on), Stop);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Journal(output_).resume(kConditions, "").entries, 3u) << "nothing was changed";
}

TEST_F(JournalTest, RowsWithoutAJournalAreLeftAlone) {
  write_file(output_, "rows of somebody\n");
  Journal journal(output_);
  EXPECT_THROW(journal.resume(kConditions, ""), Stop);
  EXPECT_EQ(read_file(output_), "rows of somebody\n");
}

TEST_F(JournalTest, AFileOfAnotherKindIsNotOverwritten) {
  write_file(output_, "");
  write_file(journal_path(output_), "dear diary");
  EXPECT_THROW(Journal journal(output_), Stop);
  EXPECT_EQ(read_file(journal_path(output_)), "dear diary");
}

TEST_F(JournalTest, NothingDoneIsANewRun) {
  write_file(output_, "");
  Journal journal(output_);
  EXPECT_EQ(journal.resume(kConditions, "").entries, 0u);
}

}  // namespace
}  // namespace serene::cli
