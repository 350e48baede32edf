// What is printed on descriptor 1 past C's streams.
#include "cli/audio/decoder_talk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "cli/output/output.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

// Sends a descriptor to a file, while it lives.
class Redirected {
 public:
  Redirected(int fd, const std::string& path) : fd_(fd), before_(::dup(fd)) {
    std::FILE* file = std::fopen(path.c_str(), "a");
    ::dup2(::fileno(file), fd);
    std::fclose(file);
  }
  ~Redirected() {
    ::dup2(before_, fd_);
    ::close(before_);
  }

 private:
  int fd_, before_;
};

TEST(StandardOutputGuardTest, WhatIsPrintedGoesToStandardErrorAndRowsDoNot) {
  const test::TempFolder folder;
  std::fflush(stdout);
  {
    const Redirected out(STDOUT_FILENO, folder / "out"), err(STDERR_FILENO, folder / "err");
    RowOutput rows("");
    {
      const StandardOutputGuard guard;
      ASSERT_EQ(::write(STDOUT_FILENO, "talk\n", 5), 5);
      rows.write("row 1\n");
    }
    rows.write("row 2\n");
    ASSERT_EQ(::write(STDOUT_FILENO, "text\n", 5), 5);
  }
  EXPECT_EQ(test::read_file(folder / "out"), "row 1\nrow 2\ntext\n");
  EXPECT_EQ(test::read_file(folder / "err"), "talk\n");
}

}  // namespace
}  // namespace serene::cli
