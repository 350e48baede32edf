// Every planted bug is found, whatever the order of the threads, and its message names kernel, line and
// culprits.
#include "tests/kernels/executor/planted_bugs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "tests/executor/memory.h"
#include "tests/kernels/executor/sample_kernels.h"
#include "tests/kernels/executor/seeds.h"
#include "tests/support/op_test.h"

namespace serene::test {
namespace {

struct Bug {
  const char* name;
  void (*launch)(const BugArgs&, const Stream&);
  // Parts of the message. "@name" is "planted_bugs.cuh:LINE" of the line marked "bug name".
  std::vector<std::string> message;
  bool plain = false;  // found without checking, too
};

void PrintTo(const Bug& bug, std::ostream* out) { *out << bug.name; }

const std::vector<Bug>& bugs() {
  static const std::vector<Bug> all = {
      {"missing_barrier",
       missing_barrier,
       {"shared race on byte ",
        " of shared array 'tile' (256 bytes): ", "@missing_barrier (missing_barrier_kernel)",
        "write by thread (", "read by thread (", "nothing orders them"}},
      {"missing_trailing_barrier",
       missing_trailing_barrier,
       {"shared race on byte ", "read by thread (", "write by thread (", " at @missing_trailing_barrier"}},
      {"missing_warp_sync", missing_warp_sync, {"shared race on byte ", "@missing_warp_sync"}},
      {"shared_write_race",
       shared_write_race,
       {"shared race on byte ", "write by thread (", " at @shared_write_race", ", then write by thread ("}},
      {"third_reader_race",
       third_reader_race,
       {"shared race on byte 0 of shared array 'tile' (4 bytes): ", "write by thread (5,0,0)",
        "@third_reader_race"}},
      {"atomic_and_plain_race",
       atomic_and_plain_race,
       {"shared race on byte 0 of shared array 'sum' (4 bytes): ", "atomic update by thread (",
        "@atomic_and_plain_race"}},
      {"global_race",
       global_race,
       {"global race on byte ", " of buffer 'y' (512 bytes): ", "write by thread (", "@global_race"}},
      {"race_between_blocks",
       race_between_blocks,
       {"global race between blocks on byte ", " of buffer 'y' (512 bytes): ", "of block (0,0,0)",
        "of block (3,0,0)", "@race_between_blocks"}},
      {"shared_out_of_bounds",
       shared_out_of_bounds,
       {"thread (63,0,0) makes an out-of-bounds shared write of 4 bytes at @shared_out_of_bounds",
        "0 bytes past the end of shared array 'tile' (256 bytes)"}},
      {"shared_index_out_of_bounds",
       shared_index_out_of_bounds,
       {"makes an out-of-bounds access at @shared_index_out_of_bounds: index 8 of an array"}},
      {"dynamic_shared_out_of_bounds",
       dynamic_shared_out_of_bounds,
       {"makes an out-of-bounds shared write of 4 bytes at @dynamic_shared_out_of_bounds",
        "bytes past the end of shared array 'dynamic' (256 bytes)"}},
      {"global_read_out_of_bounds",
       global_read_out_of_bounds,
       {"makes an out-of-bounds global read of 4 bytes at @global_read_out_of_bounds",
        "bytes past the end of buffer 'x' (512 bytes)"}},
      {"global_write_before",
       global_write_before,
       {"thread (0,0,0) makes an out-of-bounds global write of 4 bytes at @global_write_before",
        "4 bytes before buffer 'y' (512 bytes)"}},
      {"vector_read_out_of_bounds",
       vector_read_out_of_bounds,
       {"makes an out-of-bounds global read", "@vector_read_out_of_bounds",
        "bytes past the end of buffer 'x' (512 bytes)"}},
      {"misaligned_vector_read",
       misaligned_vector_read,
       {"makes a misaligned access at @misaligned_vector_read", "wanted 16"}},
      {"uninitialised_shared",
       uninitialised_shared,
       {"thread (17,0,0) makes an uninitialised shared read of 4 bytes at @uninitialised_shared",
        "nothing was written to byte 68 of shared array 'tile' (256 bytes)"}},
      {"uninitialised_global",
       uninitialised_global,
       {"makes an uninitialised global read of 4 bytes at @uninitialised_global",
        " of buffer 'scratch' (512 bytes)"}},
      {"copy_not_waited_for",
       copy_not_waited_for,
       {"shared race on byte ", "cp.async that was not waited for by thread (", "@copy_not_waited_for"}},
      {"wait_after_barrier", wait_after_barrier, {"shared race on byte ", "@wait_after_barrier"}},
      {"copy_left_behind",
       copy_left_behind,
       {"leaves the kernel with 1 cp.async copies that were not waited for"},
       true},
      {"diverged_barrier",
       diverged_barrier,
       {"diverged barrier: thread", "__syncthreads (@diverged_barrier)",
        "__syncthreads (@diverged_barrier_too)"},
       true},
      {"barrier_of_some",
       barrier_of_some,
       {"barrier that not all threads reach: threads 0-39 wait at __syncthreads (@barrier_of_some); threads "
        "40-63 have left the kernel"},
       true},
      {"shuffle_of_some",
       shuffle_of_some,
       {"barrier that not all threads reach: threads 0-6, 8-31 wait at a shuffle (@shuffle_of_some); "},
       true},
      {"diverged_warp",
       diverged_warp,
       {"diverged warp: thread", "a shuffle (@diverged_warp)", "a shuffle (@diverged_warp_too)"},
       true},
      {"shuffle_from_outside",
       shuffle_from_outside,
       {"reads lane 20 in a shuffle (@shuffle_from_outside), which is not in the mask"},
       true},
      {"mbarrier_without_arrival",
       mbarrier_without_arrival,
       {"barrier that not all threads reach: threads 0-63 wait at mbarrier_wait (@mbarrier_without_arrival); "
        "none has left the kernel"},
       true},
  };
  return all;
}

// "planted_bugs.cuh:LINE" for every "@name".
std::string with_lines(std::string text) {
  const size_t at = text.find('@');
  if (at == std::string::npos) return text;
  size_t end = at + 1;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  const std::string mark = "// bug " + text.substr(at + 1, end - at - 1);
  std::ifstream source(SERENE_TEST_SOURCE_DIR "/tests/kernels/executor/planted_bugs.cuh");
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (!line.ends_with(mark)) continue;
    return text.substr(0, at) + "planted_bugs.cuh:" + std::to_string(number) + text.substr(end);
  }
  ADD_FAILURE() << "no line is marked " << mark;
  return text;
}

class PlantedBugsTest : public testing::TestWithParam<Bug> {};

TEST_P(PlantedBugsTest, IsNamed) {
  const Bug& bug = GetParam();
  if (!checked_kernels() && !bug.plain) GTEST_SKIP() << "takes checked kernels";
  for (int seed = 0; seed < 5; ++seed) {
    const Seed order(seed);
    const executor::Buffer<float> x("x", random_values(128, 1)), y("y", 128), scratch("scratch", 128);
    try {
      bug.launch({x.data(), y.data(), scratch.data()}, TestStream(Device::executor, 2));
      FAIL() << "not found with seed " << seed;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::internal);
      const std::string text = error.what();
      EXPECT_EQ(text.find("executor: " + std::string(bug.name) + "_kernel: block ("), 0u) << text;
      for (const std::string& part : bug.message)
        EXPECT_NE(text.find(with_lines(part)), std::string::npos) << text << "\nlacks: " << with_lines(part);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBugsTest, testing::ValuesIn(bugs()),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Memory that tests have by other means, std::vector above all, has bounds, too.
TEST(PlantedBugsTest, VectorsHaveBounds) {
  if (!checked_kernels()) GTEST_SKIP() << "takes checked kernels";
  const std::vector<float> x = random_values(128, 1);
  std::vector<float> y(64);
  const TestStream stream(Device::executor);
  try {
    global_read_out_of_bounds({x.data(), y.data(), nullptr}, stream);
    FAIL() << "not found";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("makes an out-of-bounds global read of 4 bytes at "), std::string::npos) << text;
    EXPECT_NE(text.find(" bytes past the end of buffer 'heap' (512 bytes)"), std::string::npos) << text;
  }
}

// Without checks the bands around arrays and buffers still tell of stray writes.
TEST(PlantedBugsTest, BandsTellOfStrayWrites) {
  if (checked_kernels()) GTEST_SKIP() << "checked kernels do not get that far";
  const executor::Buffer<float> x("x", random_values(128, 1)), y("y", 128);
  const BugArgs args{x.data(), y.data(), nullptr};
  const TestStream stream(Device::executor, 2);
  const auto text_of = [&](auto bug) {
    try {
      bug(args, stream);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(
      text_of(shared_out_of_bounds),
      "executor: shared_out_of_bounds_kernel: block (0,0,0): something was written 0 bytes past the end of "
      "shared array 'tile' (256 bytes)");
  EXPECT_EQ(
      text_of(global_write_before),
      "executor: global_write_before_kernel: something was written 4 bytes before buffer 'y' (512 bytes)");
}

}  // namespace
}  // namespace serene::test
