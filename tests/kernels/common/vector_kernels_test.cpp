#include "kernels/common/cpu/vector_kernels.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels/common/error.h"

namespace serene {
namespace {

// The level is decided once per process, hence a process for each question: it prints the level's name or
// the error and exits with 0 or with 10 and the kind.
[[noreturn]] void tell_level(const char* forced) {
  setenv("SERENE_CPU_LEVEL", forced, 1);
  try {
    std::fprintf(stderr, "level %s.", cpu::vector_kernels().name);
    std::_Exit(0);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s.", error.what());
    std::_Exit(10 + static_cast<int>(error.kind()));
  }
}

class CpuLevelDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CpuLevelDeathTest, RefusesUnknownNames) {
  EXPECT_EXIT(tell_level("nonsense"),
              testing::ExitedWithCode(10 + static_cast<int>(ErrorKind::invalid_argument)),
              "^SERENE_CPU_LEVEL: got nonsense, wanted baseline, avx2, avx512 or avx512bf16\\.$");
}

TEST_F(CpuLevelDeathTest, AlwaysHasABaseline) {
  EXPECT_EXIT(tell_level("baseline"), testing::ExitedWithCode(0), "^level baseline\\.$");
}

TEST_F(CpuLevelDeathTest, ChoosesByItselfWhereNoneIsNamed) {
  EXPECT_EXIT(tell_level(""), testing::ExitedWithCode(0), "^level (baseline|avx2|avx512|avx512bf16)\\.$");
}

TEST_F(CpuLevelDeathTest, GivesTheNamedLevelOrSaysThatThereIsNone) {
  const auto either = [](int status) {
    return testing::ExitedWithCode(0)(status) ||
           testing::ExitedWithCode(10 + static_cast<int>(ErrorKind::device))(status);
  };
  EXPECT_EXIT(tell_level("avx2"), either, "^(level avx2|SERENE_CPU_LEVEL: this CPU has no avx2)\\.$");
  EXPECT_EXIT(tell_level("avx512"), either, "^(level avx512|SERENE_CPU_LEVEL: this CPU has no avx512)\\.$");
  EXPECT_EXIT(tell_level("avx512bf16"), either,
              "^(level avx512bf16|SERENE_CPU_LEVEL: this CPU has no avx512bf16)\\.$");
}

}  // namespace
}  // namespace serene
