// Order, bounds and ends of the decoding threads, with a stand-in for the decoder.
#include "cli/score/recording_stream.h"

#include <gtest/gtest.h>

#include <atomic>

#include "cli/base/stop.h"

namespace serene::cli {
namespace {

using namespace std::chrono_literals;

RecordingStream::List list_of(int count) {
  return [count](const std::stop_token&, const RecordingStream::Found& found) {
    for (int i = 0; i < count; ++i) found({.path = std::to_string(i)});
  };
}

Sound samples(size_t count) {
  Sound sound{Recordings(1)};
  sound.recordings[0].samples.resize(count);
  return sound;
}

TEST(RecordingStreamTest, GivesTheOrderOfTheListWhateverTakesLonger) {
  RecordingStream stream(list_of(50),
                         [](const Input& input) {
                           if (std::stoi(input.path) % 5 == 0) std::this_thread::sleep_for(2ms);
                           if (input.path == "7") throw InputError(Stage::decode, "damaged_file", "");
                           return samples(1);
                         },
                         {.threads = 4, .listed = 3, .recordings = 6});
  for (int i = 0; i < 50; ++i) {
    const auto loaded = stream.next(10s);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->input.path, std::to_string(i));
    EXPECT_EQ(std::holds_alternative<InputError>(loaded->result), i == 7);
    stream.done(i == 7 ? 0 : 1);
  }
  EXPECT_FALSE(stream.next(10s));
  EXPECT_TRUE(stream.finished());
}

TEST(RecordingStreamTest, HoldsNoMoreThanItMay) {
  std::atomic<int> begun = 0, listed = 0;
  RecordingStream stream(
      [&](const std::stop_token&, const RecordingStream::Found& found) {
        for (int i = 0; i < 100; ++i, ++listed) found({.path = "x"});
      },
      [&](const Input&) {
        ++begun;
        return samples(10);
      },
      {.threads = 2, .listed = 5, .recordings = 100, .samples = 30});
  std::this_thread::sleep_for(50ms);
  EXPECT_LE(begun, 4) << "30 samples, and one more that was begun before";
  EXPECT_LE(listed, 4 + 5);
  int given = 0;
  while (stream.next(1s)) ++given;
  EXPECT_EQ(given, begun) << "nothing comes until something is done with";
  EXPECT_FALSE(stream.finished());
  for (int held = given; !stream.finished();) {
    while (held > 0) {
      stream.done(10);
      --held;
    }
    if (stream.next(1s)) {
      ++held;
      ++given;
    }
  }
  EXPECT_EQ(given, 100);
}

TEST(RecordingStreamTest, ARecordingBeyondTheBoundIsReadAlone) {
  RecordingStream stream(list_of(2), [](const Input&) { return samples(1000); },
                         {.threads = 2, .samples = 10});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stream.next(10s));
    stream.done(1000);
  }
}

TEST(RecordingStreamTest, AListThatFailsSaysSoBehindWhatItGave) {
  RecordingStream stream(
      [](const std::stop_token&, const RecordingStream::Found& found) {
        found({.path = "a"});
        throw Stop(2, "broken list");
      },
      [](const Input&) { return samples(1); }, {});
  EXPECT_TRUE(stream.next(10s));
  EXPECT_THROW(stream.next(10s), Stop);
}

TEST(RecordingStreamTest, EndsInTheMiddle) {
  std::atomic<bool> asked = false;
  {
    RecordingStream stream(
        [&](const std::stop_token& stop, const RecordingStream::Found& found) {
          found({.path = "a"});
          while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
          asked = true;
        },
        [](const Input&) { return samples(1); }, {.threads = 3});
    EXPECT_TRUE(stream.next(10s));
    EXPECT_FALSE(stream.next(1ms));
    EXPECT_FALSE(stream.finished());
  }
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace serene::cli
