#include "cli/output/output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

using test::read_file;
using test::TempFolder;
using test::write_file;

int exit_code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Stop& stop) {
    return stop.exit_code();
  }
  return kExitOk;
}

TEST(RowOutputTest, OldRowsStayUntilTheRunStarts) {
  const TempFolder folder;
  write_file(folder / "rows", "old\n");
  RowOutput output(folder / "rows");
  EXPECT_EQ(read_file(folder / "rows"), "old\n");
  output.start();
  output.write("new\n");
  EXPECT_EQ(read_file(folder / "rows"), "new\n");
}

TEST(RowOutputTest, WhatWasMadeAndNeverStartedGoesAgain) {
  const TempFolder folder;
  { const RowOutput output(folder / "rows"); }
  EXPECT_FALSE(std::filesystem::exists(folder / "rows"));
  { RowOutput(folder / "rows").start(); }
  EXPECT_TRUE(std::filesystem::exists(folder / "rows")) << "begun, though without a row";
  { const RowOutput output(folder / "rows"); }
  EXPECT_TRUE(std::filesystem::exists(folder / "rows")) << "it was there before";
}

TEST(RowOutputTest, KnowsItselfUnderAnotherName) {
  const TempFolder folder;
  const RowOutput output(folder / "rows");
  std::filesystem::create_hard_link(folder / "rows", folder / "again");
  EXPECT_TRUE(output.is_same_file(folder / "again"));
  EXPECT_FALSE(output.is_same_file(folder / "other"));
}

TEST(RowOutputTest, ASecondRunIsRefused) {
  const TempFolder folder;
  const RowOutput first(folder / "rows");
  EXPECT_EQ(exit_code_of([&] { RowOutput second(folder / "rows"); }), kExitOutput);
}

TEST(RowOutputTest, UnwritablePlacesAreNamedAtOnce) {
  const TempFolder folder;
  ::mkfifo((folder / "fifo").c_str(), 0600);
  for (const std::string& path : {folder / "no/such/folder", folder.path(), folder / "fifo"}) {
    EXPECT_EQ(exit_code_of([&] { RowOutput output(path); }), kExitOutput) << path;
  }
}

TEST(RowOutputTest, AFullDeviceIsAnError) {
  RowOutput output("/dev/full");
  EXPECT_EQ(exit_code_of([&] { output.write("row\n"); }), kExitOutput);
}

}  // namespace
}  // namespace serene::cli
