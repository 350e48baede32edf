// A recording of any length in the memory of a minute of it.
#include <fstream>

#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/score/batch_run.h"
#include "tests/support/sanitizers.h"

namespace serene::test {
namespace {

class LongRecordingRunTest : public BatchRunTest {
 protected:
  // The same minute of noise over and over, at 16 kHz; made without holding it.
  void make_long(const std::string& name, uint32_t minutes) {
    write_audio(folder_ / name, noise(0.3, 60 * 16000), kWav16);
    const std::string minute = read_file(folder_ / name).substr(44);
    std::ofstream rest(folder_ / name, std::ios::binary | std::ios::app);
    for (uint32_t i = 1; i < minutes; ++i) rest << minute;
    rest.close();
    const uint32_t bytes = minutes * 60 * 32000;
    const auto field = [](uint32_t value) { return std::string(reinterpret_cast<const char*>(&value), 4); };
    poke(folder_ / name, kRiffSizeAt, field(bytes + 36));
    poke(folder_ / name, kDataSizeAt, field(bytes));
  }
  ProcessResult score_tiny(const std::string& arguments) {
    return shell("SERENE_MODEL='" SERENE_TEST_TINY_MODEL "' $SERENE score -q " + arguments);
  }
};

TEST_F(LongRecordingRunTest, MemoryDoesNotGrowWithTheRecording) {
#if SERENE_ADDRESS_SANITIZED
  GTEST_SKIP() << "AddressSanitizer keeps what is freed";
#endif
  make_long("short.wav", 6);
  make_long("long.wav", 26);
  EXPECT_EQ(score_tiny("short.wav").exit_code, 0);
  const int64_t few = peak_of_children();
  const ProcessResult run = score_tiny("long.wav");
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["seconds"], 1560.0);
  EXPECT_EQ(rows[0]["windows"], 3120);
  // Twenty minutes are 77 MB.
  EXPECT_LT(peak_of_children() - few, 16 << 10);
}

// Over the ends of pieces, too: each window is the part of the recording that it says.
TEST_F(LongRecordingRunTest, WindowsBeyondTheFirstPieceAreThatPartOfTheRecording) {
  const std::vector<float> sound = noise(0.3, 130 * 16000);
  write_audio(folder_ / "long.wav", sound, kWav16);
  const std::vector<Json> rows = rows_of(score_tiny("--window 0.5 --hop 0.3 long.wav").out);
  ASSERT_EQ(rows.size(), 434u);
  std::string list;
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    list +=
        Json{{"path", "long.wav"}, {"offset", rows[i]["start"]}, {"duration", rows[i]["seconds"]}}.dump() +
        '\n';
  }
  write_file(folder_ / "parts.jsonl", list);
  const std::vector<Json> parts = rows_of(score_tiny("--manifest parts.jsonl").out);
  ASSERT_EQ(parts.size(), rows.size() - 1);
  for (size_t i = 0; i < parts.size(); ++i) ASSERT_EQ(parts[i]["posterior"], rows[i]["posterior"]) << i;
}

TEST_F(LongRecordingRunTest, StrictLooksAtTheEnd) {
  make_long("cut.wav", 3);
  std::filesystem::resize_file(folder_ / "cut.wav", 2 * 60 * 32000);
  const ProcessResult run = score_tiny("--strict cut.wav");
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(rows_of(run.out).at(0)["error"]["code"], "truncated");
  EXPECT_EQ(rows_of(score_tiny("cut.wav").out).at(0)["flags"], Json({"truncated"}));
}

}  // namespace
}  // namespace serene::test
