// Bytes that are read where they are wanted, of a file that others may change meanwhile.
#include "weights/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene::weights {
namespace {

using test::expect_in;
using test::refusal;

class ByteSourceTest : public testing::Test {
 protected:
  Source file(const std::string& bytes) {
    test::write_file(folder_ / "file", bytes);
    return open_file(folder_ / "file");
  }
  test::TempFolder folder_;
};

TEST_F(ByteSourceTest, ReadsAnyPartOfAFileAndOfMemory) {
  const std::string bytes = "0123456789";
  for (const Source& source : {file(bytes), in_memory(test::as_bytes(bytes), "m")}) {
    EXPECT_EQ(source->size(), 10u);
    EXPECT_EQ(test::as_text(source->read(0, 10)), bytes);
    EXPECT_EQ(test::as_text(source->read(3, 4)), "3456");
    EXPECT_EQ(test::as_text(source->read(10, 0)), "");
    for (const auto& [offset, size] :
         {std::pair<uint64_t, uint64_t>{0, 11}, {10, 1}, {11, 0}, {UINT64_MAX, 2}, {1, UINT64_MAX}})
      expect_in(refusal([&, offset = offset, size = size] { source->read(offset, size); }),
                source->name() + ": truncated while reading");
  }
}

// A range beyond the end costs no memory, and what a file lost no signal.
TEST_F(ByteSourceTest, AFileThatShrinksIsAnErrorWhenItsBytesAreRead) {
  const Source source = file(std::string(1 << 20, 'x'));
  ASSERT_EQ(::truncate((folder_ / "file").c_str(), 4096), 0);
  EXPECT_EQ(source->read(0, 4096).size(), 4096u);
  expect_in(refusal([&] { source->read(0, 4097); }), "file: truncated while reading");
  expect_in(refusal([&] { source->read(1 << 19, 10); }), "file: truncated while reading");
}

TEST_F(ByteSourceTest, AFileThatGrowsIsReadUpToTheSizeItHad) {
  const Source source = file("12");
  test::write_file(folder_ / "file", "12345");
  EXPECT_EQ(source->size(), 2u);
  expect_in(refusal([&] { source->read(0, 3); }), "truncated while reading");
}

TEST_F(ByteSourceTest, ReadsBeyondFourGiB) {
  test::write_file(folder_ / "file", "");
  constexpr off_t kFar = (off_t{5} << 30) + 3;
  const int fd = ::open((folder_ / "file").c_str(), O_WRONLY | O_CLOEXEC);
  const ssize_t wrote = ::pwrite(fd, "last", 4, kFar);
  ::close(fd);
  if (wrote != 4) GTEST_SKIP() << "no sparse files of 5 GiB here";
  EXPECT_EQ(test::as_text(open_file(folder_ / "file")->read(kFar, 4)), "last");
}

TEST_F(ByteSourceTest, OpensRegularFilesAloneAndNeverBlocks) {
  EXPECT_EQ(open_file_if_there(folder_ / "none"), nullptr);
  expect_in(refusal([&] { open_file(folder_ / "none"); }), "none: No such file or directory");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  for (const auto& open : {open_file, open_file_if_there}) {
    expect_in(refusal([&] { open(folder_ / "fifo"); }), "fifo: is a FIFO, not a file");
    expect_in(refusal([&] { open(folder_.path()); }), "is a directory, not a file");
    expect_in(refusal([&] { open("/dev/zero"); }), "/dev/zero: is a device, not a file");
  }
}

}  // namespace
}  // namespace serene::weights
