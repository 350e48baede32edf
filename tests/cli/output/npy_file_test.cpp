// .npy files, byte by byte.
#include "cli/output/npy_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

// NEP 1: magic, version, length of what follows in two bytes, the dict, spaces up to a multiple of 64, a line
// end.
TEST(NpyFileTest, TheHeaderIsOneOfNumpys) {
  const std::string header = npy_header(12, 345);
  ASSERT_EQ(header.size(), 128u);
  EXPECT_EQ(header.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 345), }";
  EXPECT_EQ(header.substr(10), dict + std::string(117 - dict.size(), ' ') + '\n');
  EXPECT_EQ(npy_header(UINT64_MAX, UINT64_MAX).size(), 128u);
}

TEST(NpyFileTest, RowsCountOnceTheyArePublished) {
  const test::TempFolder folder;
  const std::string path = folder / "a.npy";
  const std::vector<float> rows{1, 2, 3, 4};
  {
    NpyFile file(path);
    file.set_width(2);
    file.start();
    EXPECT_EQ(test::read_file(path), npy_header(0, 2));
    file.write(rows);
    EXPECT_TRUE(test::read_file(path).starts_with(npy_header(0, 2)));
    file.publish();
    EXPECT_EQ(test::read_file(path),
              npy_header(2, 2) + std::string(reinterpret_cast<const char*>(rows.data()), 16));
    file.write(rows);
    file.take_back();
    EXPECT_EQ(std::filesystem::file_size(path), 128u + 16);
    EXPECT_TRUE(file.is_in_place());
    EXPECT_EQ(file.reader().read(1, 1), test::read_file(path).substr(136, 8));
    EXPECT_EQ(file.reader().read(1, 5), test::read_file(path).substr(136, 8)) << "what there is";
    EXPECT_EQ(file.reader().read(9, 1), "");
  }
  EXPECT_TRUE(NpyReader(path, 2).has_header());
  EXPECT_FALSE(NpyReader(path, 3).has_header());
  EXPECT_FALSE(NpyReader(path, 22).has_header());
  EXPECT_FALSE(NpyReader(folder / "none.npy", 2).has_header());
  test::write_file(folder / "text", "not NumPy's");
  EXPECT_FALSE(NpyReader(folder / "text", 2).has_header());
}

TEST(NpyFileTest, OneThatWasNeverStartedLeavesNothing) {
  const test::TempFolder folder;
  { NpyFile file(folder / "a.npy"); }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.npy"));
  try {
    NpyFile file("/dev/null");
    FAIL();
  } catch (const Stop& stop) {
    EXPECT_EQ(stop.exit_code(), kExitUsage);
    EXPECT_STREQ(stop.what(), "--embeddings /dev/null is no file");
  }
}

}  // namespace
}  // namespace serene::cli
