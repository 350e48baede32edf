// The numbers of a run as text, and the file they are kept in.
#include "cli/report/metrics_file.h"

#include <gtest/gtest.h>
#include <serene/serene.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "tests/cli/report/exposition.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

using namespace std::chrono_literals;

TEST(MetricsTextTest, HoldsEveryNumber) {
  cli::RunMetrics metrics;
  metrics.counts = {7, 3, 5, 2, 12.5};
  metrics.start = 1.7e9;
  metrics.now = 1.7e9 + 60.25;
  metrics.running = 60.125;
  metrics.add(cli::InputError(cli::Stage::decode, "empty_audio", ""));
  metrics.add(cli::InputError(cli::Stage::open, "not_found", ""));
  metrics.add(cli::InputError(cli::Stage::decode, "empty_audio", ""));
  const auto running = read_exposition(cli::metrics_text(metrics));
  EXPECT_EQ(running.at("serene_recordings_total{result=\"scored\"}"), 7);
  EXPECT_EQ(running.at("serene_recordings_total{result=\"failed\"}"), 3);
  EXPECT_EQ(running.at("serene_recordings_total{result=\"kept\"}"), 5);
  EXPECT_EQ(running.at("serene_recordings_kept_failed"), 2);
  EXPECT_EQ(running.at("serene_errors_total{stage=\"decode\",code=\"empty_audio\"}"), 2);
  EXPECT_EQ(running.at("serene_errors_total{stage=\"open\",code=\"not_found\"}"), 1);
  EXPECT_EQ(running.at("serene_audio_seconds_total"), 12.5);
  EXPECT_EQ(running.at("serene_start_time_seconds"), 1.7e9);
  EXPECT_EQ(running.at("serene_last_update_time_seconds"), 1.7e9 + 60.25);
  EXPECT_EQ(running.at("serene_run_seconds"), 60.125);
  EXPECT_EQ(running.at("serene_run_finished"), 0);
  EXPECT_EQ(running.at("serene_build_info{version=\"" + std::string(serene_version()) + "\"}"), 1);
  EXPECT_EQ(running.size(), 12u) << "nothing on what is not known";
  metrics.listed = 20;
  metrics.exit_code = 5;
  const auto over = read_exposition(cli::metrics_text(metrics));
  EXPECT_EQ(over.at("serene_recordings_listed"), 20);
  EXPECT_EQ(over.at("serene_run_finished"), 1);
  EXPECT_EQ(over.at("serene_exit_code"), 5);
}

class MetricsFileTest : public testing::Test {
 protected:
  std::map<std::string, double> numbers() { return read_exposition(read_file(path_)); }
  TempFolder folder_;
  std::string path_ = folder_ / "serene.prom";
};

TEST_F(MetricsFileTest, IsThereAtOnceAndFollowsTheRun) {
  cli::MetricsFile file(path_, "", 10ms);
  EXPECT_EQ(numbers().at("serene_run_finished"), 0);
  file.change([](cli::RunMetrics& metrics) { metrics.counts.done = 3; });
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (numbers().at("serene_recordings_total{result=\"scored\"}") != 3) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  }
  file.finish(9);
  EXPECT_EQ(numbers().at("serene_exit_code"), 9);
  const auto files = std::filesystem::directory_iterator(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing else";
}

TEST_F(MetricsFileTest, AReaderNeverSeesHalfAFile) {
  cli::MetricsFile file(path_, "", 0ms);
  const auto until = std::chrono::steady_clock::now() + 300ms;
  int read = 0;
  for (; std::chrono::steady_clock::now() < until; ++read) EXPECT_EQ(numbers().size(), 10u);
  EXPECT_GT(read, 10);
}

TEST_F(MetricsFileTest, ReplacesItsOwnKindOnly) {
  const auto expect_refused = [&](const std::string& path, const std::string& output) {
    try {
      cli::MetricsFile file(path, output);
      ADD_FAILURE() << path;
    } catch (const cli::Stop& stop) {
      EXPECT_EQ(stop.exit_code(), cli::kExitUsage);
    }
  };
  write_file(path_, "precious");
  expect_refused(path_, "");
  EXPECT_EQ(read_file(path_), "precious");
  expect_refused(folder_ / "rows", folder_ / "./rows");
  expect_refused(folder_ / "rows.journal", folder_ / "rows");
  write_file(folder_ / "rows", "");
  std::filesystem::create_symlink(folder_ / "rows", folder_ / "link");
  expect_refused(folder_ / "link", folder_ / "rows");
  write_file(path_, "");
  cli::MetricsFile(path_, "").finish(0);
  cli::MetricsFile(path_, "").finish(0);
  EXPECT_EQ(numbers().at("serene_exit_code"), 0);
}

TEST_F(MetricsFileTest, LinksAreFollowedAndStay) {
  std::filesystem::create_directory(folder_ / "there");
  std::filesystem::create_symlink("there/numbers", path_);
  for (const int code : {3, 5}) {
    cli::MetricsFile(path_, "").finish(code);
    EXPECT_TRUE(std::filesystem::is_symlink(path_));
    EXPECT_EQ(read_exposition(read_file(folder_ / "there/numbers")).at("serene_exit_code"), code);
  }
  const auto entries = std::filesystem::directory_iterator(folder_ / "there");
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

// A renamed file would take the place of a device, as root even of /dev/null.
TEST_F(MetricsFileTest, WhatIsNoFileStaysAndTheRunGoesOn) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  {
    cli::MetricsFile file(path_, "", 1ms);
    std::this_thread::sleep_for(20ms);
    file.finish(0);
  }
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

}  // namespace
}  // namespace serene::test
