// Checkpoints beyond 4 GiB, of which only what is used is read, one tensor at a time. Memory is counted.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "converter/checkpoint.h"
#include "tests/converter/checkpoint_files.h"
#include "tests/support/counted_heap.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene::converter {
namespace {

namespace p = test::pickle;
using test::expect_in;
using test::le;
using test::refusal;

constexpr size_t kMiB = 1 << 20;
constexpr uint64_t kHole = (uint64_t{5} << 30) + 4;  // bytes that take no room on the disk

// False where the file system has no such files.
bool write_around_a_hole(const std::string& path, const std::string& before, const std::string& after) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto put = [fd](const std::string& bytes, uint64_t at) {
    return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) == std::ssize(bytes);
  };
  const bool done = put(before, 0) && put(after, before.size() + kHole);
  ::close(fd);
  return done;
}

// Of entries around the hole, with the sizes and offsets of zip64.
struct SparseZip {
  std::string before, after, directory;
  uint64_t entries = 0;

  void add(std::string& side, const std::string& name, const std::string& data, uint64_t size) {
    const uint64_t offset = (&side == &after ? kHole + before.size() : 0) + side.size();
    const std::string crc = le(test::zip_crc(data), 4), all_ones = le(0xffffffff, 4);
    const std::string local_size = size > 0xfffffffe ? all_ones : le(size, 4);
    side += le(0x04034b50, 4) + le(45, 2) + le(0, 8) + crc + local_size + local_size + le(name.size(), 2) +
            le(0, 2) + name + data;
    directory += le(0x02014b50, 4) + le(45, 2) + le(45, 2) + le(0, 8) + crc + all_ones + all_ones +
                 le(name.size(), 2) + le(28, 2) + le(0, 10) + all_ones + name + le(1, 2) + le(24, 2) +
                 le(size, 8) + le(size, 8) + le(offset, 8);
    ++entries;
  }
  // The directory and its end.
  std::string end() const {
    const uint64_t at = before.size() + kHole + after.size();
    return directory + le(0x06064b50, 4) + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 8) + le(entries, 8) +
           le(entries, 8) + le(directory.size(), 8) + le(at, 8) + le(0x07064b50, 4) + le(0, 4) +
           le(at + directory.size(), 8) + le(1, 4) + test::zip_end(0xffff, 0xffffffff, 0xffffffff);
  }
};

class LargeFile : public testing::Test {
 protected:
  test::TempFolder folder_;
};

TEST_F(LargeFile, ATorchZipIsReadWhereItIsAsked) {
  constexpr int64_t kMany = kHole / 4;
  SparseZip zip;
  const std::string pickle =
      p::document(p::dict({{"large", p::tensor({.elements = kMany, .shape = {kMany}, .stride = {1}})},
                           {"part", p::tensor({.key = "1", .offset = 2, .shape = {2}, .stride = {2}})},
                           {"small", p::tensor({.key = "1"})}}));
  zip.add(zip.before, "m/data.pkl", pickle, pickle.size());
  zip.add(zip.before, "m/data/0", "", kHole);
  zip.add(zip.after, "m/data/1", test::raw(test::six_values()), 24);
  if (!write_around_a_hole(folder_ / "m.pt", zip.before, zip.after + zip.end()))
    GTEST_SKIP() << "no sparse files of 5 GiB here";
  const test::HeapPeak peak;
  const networks::Checkpoint checkpoint = read_checkpoint(folder_ / "m.pt");
  EXPECT_EQ(checkpoint.tensors.at("large").shape, std::vector<int64_t>{kMany});
  EXPECT_EQ(weights::to_float(checkpoint.tensors.at("small").read()), test::six_values());
  EXPECT_EQ(weights::to_float(checkpoint.tensors.at("part").read()), (std::vector<float>{3, 0}));
  EXPECT_LT(peak.bytes(), 2 * kMiB);
}

// 5 GiB that the network has no use for.
TEST_F(LargeFile, ASafetensorsFileIsConverted) {
  std::string header = "{\"att_block.bn_att.weight\":{\"dtype\":\"F32\",\"shape\":[" +
                       std::to_string(kHole / 4) + "],\"data_offsets\":[0," + std::to_string(kHole) + "]}";
  std::string after;
  for (const auto& [name, tensor] : test::ser_tensors()) {
    const uint64_t begin = kHole + after.size();
    after += test::as_text(tensor.bytes);
    header += ",\"" + name.substr(4) +
              "\":{\"dtype\":\"F32\",\"shape\":" + weights::shape_text(tensor.shape) + ",\"data_offsets\":[" +
              std::to_string(begin) + "," + std::to_string(kHole + after.size()) + "]}";
  }
  header += '}';
  const std::string path = folder_ / "m.safetensors";
  if (!write_around_a_hole(path, le(header.size(), 8) + header, after))
    GTEST_SKIP() << "no sparse files of 5 GiB here";
  test::SeSer options{.ser = path, .labels = {"a", "b", "c", "d"}};
  const test::HeapPeak peak;
  const Conversion made = convert(options);
  weights::write_safetensors(folder_ / "out", made.file);
  EXPECT_LT(peak.bytes(), 2 * kMiB);
  EXPECT_EQ(made.left_out, "1 tensor of att_block.bn_att.");
  for (const auto& [name, tensor] : weights::read_safetensors(folder_ / "out").tensors)
    EXPECT_EQ(tensor.bytes, test::ser_tensors().at(name).bytes) << name;
}

// 40 tensors of a MiB each.
std::string forty_tensors(bool safetensors) {
  std::vector<std::pair<std::string, std::string>> items;
  test::Parts storages;
  std::string header, data;
  for (size_t i = 0; i < 40; ++i) {
    const std::string key = std::to_string(i);
    storages[key] = std::string(kMiB, static_cast<char>(i));
    items.emplace_back("t" + key,
                       p::tensor({.key = key, .elements = kMiB / 4, .shape = {kMiB / 4}, .stride = {1}}));
    header += (i == 0 ? "{" : ",") +
              test::entry("t" + key, "F32", "[" + std::to_string(kMiB / 4) + "]",
                          "[" + std::to_string(i * kMiB) + "," + std::to_string((i + 1) * kMiB) + "]");
    data += storages[key];
  }
  return safetensors ? test::safetensors(header + "}", data)
                     : test::torch_zip(p::document(p::dict(items)), storages);
}

TEST_F(LargeFile, OneTensorIsInMemoryAtATime) {
  for (const bool safetensors : {false, true}) {
    test::write_file(folder_ / "m", forty_tensors(safetensors));
    const test::HeapPeak peak;
    for (const auto& [name, tensor] : read_checkpoint(folder_ / "m").tensors)
      EXPECT_EQ(tensor.read().bytes.size(), kMiB) << name;
    EXPECT_LT(peak.bytes(), 2 * kMiB) << safetensors;
  }
}

TEST_F(LargeFile, AFileThatShrinksMeanwhileIsRefused) {
  for (const bool safetensors : {false, true}) {
    test::write_file(folder_ / "m", forty_tensors(safetensors));
    const networks::Checkpoint checkpoint = read_checkpoint(folder_ / "m");
    ASSERT_EQ(::truncate((folder_ / "m").c_str(), 30 * kMiB), 0);
    EXPECT_EQ(checkpoint.tensors.at("t0").read().bytes.size(), kMiB);
    expect_in(refusal([&] { checkpoint.tensors.at("t39").read(); }), "m: truncated while reading");
  }
}

// A damaged storage is found when it is read, whole or in part.
TEST_F(LargeFile, ADamagedTensorIsRefusedWhenItIsRead) {
  const std::string pickle = p::document(
      p::dict({{"part", p::tensor({.offset = 2, .shape = {2}, .stride = {2}})}, {"whole", p::tensor({})}}));
  std::string bytes = test::torch_zip(pickle, {{"0", test::raw(test::six_values())}});
  bytes[bytes.find(test::raw(test::six_values())) + 1] ^= 1;
  const networks::Checkpoint checkpoint = read_checkpoint(weights::in_memory(test::as_bytes(bytes), "m"));
  for (const char* name : {"part", "whole"}) {
    EXPECT_EQ(refusal([&] { checkpoint.tensors.at(name).read(); }),
              "m: data/0: checksum differs: the file is damaged");
  }
}

}  // namespace
}  // namespace serene::converter
