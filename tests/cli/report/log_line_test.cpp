// A message as JSON, and standard error read line by line.
#include "cli/report/log_line.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/report/standard_error_lines.h"

namespace serene::cli {
namespace {

TEST(LogLineTest, IsAsDocumented) {
  const std::chrono::system_clock::time_point time{std::chrono::milliseconds(1792589448007)};
  EXPECT_EQ(log_line("error", "a \"b\"\nc", time, {{"n", 3}}),
            "{\"time\":\"2026-10-21T13:30:48.007Z\",\"level\":\"error\",\"message\":\"a "
            "\\\"b\\\"\\nc\",\"n\":3}\n");
  EXPECT_TRUE(log_line("info", "", time).starts_with(kLogLineHead));
  EXPECT_NE(log_line("info", "caf\xe9", time).find("caf\xef\xbf\xbd"), std::string::npos);
}

TEST(StandardErrorLinesTest, PassesOnWhatIsALogLineAndWrapsTheRest) {
  const std::string own = log_line("info", "own", std::chrono::system_clock::now());
  testing::internal::CaptureStderr();
  {
    const StandardErrorLines lines([](const std::string& line) { return '<' + line + ">\n"; });
    const std::string text = "one\n\n" + own + "two\nhalf";
    ASSERT_EQ(::write(STDERR_FILENO, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  ASSERT_EQ(::write(STDERR_FILENO, "after\n", 6), 6);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "<one>\n" + own + "<two>\n<half>\nafter\n");
}

TEST(StandardErrorLinesTest, ALineWithoutAnEndIsCut) {
  testing::internal::CaptureStderr();
  {
    const StandardErrorLines lines(
        [](const std::string& line) { return std::to_string(line.size()) + '\n'; });
    const std::string text((1 << 16) + 5, 'x');
    for (size_t done = 0; done < text.size();) {
      done += static_cast<size_t>(::write(STDERR_FILENO, text.data() + done, text.size() - done));
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "65536\n5\n");
}

}  // namespace
}  // namespace serene::cli
