// Where clips of a pass lie: measured once, then the same for every pass of the plan.
#include "runtime/src/offsets.h"

#include <gtest/gtest.h>

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

TEST(Offsets, AreHandedOutInTheOrderOfMeasuring) {
  Offsets offsets;
  const std::vector<int64_t> samples{400, 0, 719}, frames{1, 0, 1};
  EXPECT_EQ(offsets.add(samples).rows(), 1119);
  EXPECT_EQ(offsets.add(frames).clips, 3);
  EXPECT_EQ(offsets.size(), 8u);
  std::vector<int64_t> device(8);
  offsets.write(device);
  EXPECT_EQ(device, (std::vector<int64_t>{0, 400, 400, 1119, 0, 1, 1, 2}));

  Offsets::Reader reader(offsets, device.data());
  const Ragged first = reader.next(samples), second = reader.next(frames);
  EXPECT_EQ(first.length(2), 719);
  EXPECT_EQ(first.on_device(), device.data());
  EXPECT_EQ(second.length(0), 1);
  EXPECT_EQ(second.on_device(), device.data() + 4);
  EXPECT_THROW(reader.next(frames), Error);
}

TEST(Offsets, OtherLengthsThanMeasuredAreAnError) {
  Offsets offsets;
  offsets.add(std::vector<int64_t>{3, 4});
  for (const std::vector<int64_t>& lengths : {std::vector<int64_t>{4, 3}, {3}, {3, 4, 0}, {}}) {
    Offsets::Reader reader(offsets, nullptr);
    EXPECT_THROW(reader.next(lengths), Error);
  }
  Offsets::Reader reader(offsets, nullptr);
  const Ragged same = reader.next(std::vector<int64_t>{3, 4});
  EXPECT_EQ(same.on_device(), same.begin);
}

}  // namespace
}  // namespace serene::runtime
