// Structs of callers that were compiled with an older or a newer header.
#include "runtime/src/capi_struct.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "kernels/common/error.h"

namespace serene::capi {
namespace {

// Three releases of one struct; the library has the second.
struct First {
  uint32_t struct_size, a;
};
struct Second {
  uint32_t struct_size, a, b;
};
struct Third {
  uint32_t struct_size, a, b, c;
};

Second as_second(const void* given) {
  return callers_struct(static_cast<const Second*>(given), sizeof(First), "call: options");
}

std::string refusal(const void* given, ErrorKind kind) {
  try {
    as_second(given);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

// A struct that ends where memory does: whoever reads beyond it crashes.
class AtTheEndOfMemory {
 public:
  AtTheEndOfMemory(const void* bytes, size_t size) : page_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    pages_ = ::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages_ == MAP_FAILED) throw std::bad_alloc();
    auto* end = static_cast<unsigned char*>(pages_) + page_;
    if (::mprotect(end, page_, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = std::memcpy(end - size, bytes, size);
  }
  ~AtTheEndOfMemory() { ::munmap(pages_, 2 * page_); }
  AtTheEndOfMemory(const AtTheEndOfMemory&) = delete;
  AtTheEndOfMemory& operator=(const AtTheEndOfMemory&) = delete;
  const void* data() const { return data_; }

 private:
  size_t page_;
  void* pages_ = nullptr;
  void* data_ = nullptr;
};

TEST(CapiStructTest, AnEarlierReleaseHasDefaultsForWhatItLacks) {
  const First first{sizeof(First), 7};
  const AtTheEndOfMemory given(&first, sizeof(first));
  const Second known = as_second(given.data());
  EXPECT_EQ(known.a, 7u);
  EXPECT_EQ(known.b, 0u);
}

TEST(CapiStructTest, ThisReleaseIsCopiedWhole) {
  const Second second{sizeof(Second), 7, 8};
  const AtTheEndOfMemory given(&second, sizeof(second));
  const Second known = as_second(given.data());
  EXPECT_EQ(known.a, 7u);
  EXPECT_EQ(known.b, 8u);
}

TEST(CapiStructTest, ALaterReleaseIsTakenWhereItAsksForNothingNew) {
  const Third third{sizeof(Third), 7, 8, 0};
  const AtTheEndOfMemory given(&third, sizeof(third));
  const Second known = as_second(given.data());
  EXPECT_EQ(known.a, 7u);
  EXPECT_EQ(known.b, 8u);
}

TEST(CapiStructTest, WhatALaterReleaseAsksForIsNotPassedOver) {
  for (size_t byte = 0; byte < sizeof(uint32_t); ++byte) {
    const Third third{sizeof(Third), 7, 8, uint32_t{1} << (8 * byte)};
    EXPECT_EQ(refusal(&third, ErrorKind::unsupported),
              "call: options uses a member that this release of the library does not have");
  }
}

TEST(CapiStructTest, SizesThatNoReleaseHasAreRefused) {
  // 4096 zeros after the size: a size that was let through by mistake reads what is there.
  struct Long {
    uint32_t struct_size = 0, zeros[1024] = {};
  } given;
  for (const uint32_t size : {0u, 1u, 4u, 7u, 9u, 10u, 11u, 13u, 4097u, 4100u, UINT32_MAX}) {
    given.struct_size = size;
    EXPECT_EQ(refusal(&given, ErrorKind::invalid_argument),
              "call: options.struct_size is " + std::to_string(size) +
                  ", expected the struct's sizeof, 12 in this release");
  }
  given.struct_size = 4096;
  EXPECT_EQ(as_second(&given).a, 0u);
}

}  // namespace
}  // namespace serene::capi
