// `serene score --embeddings`: a vector for each row, through every end of a run.
#include <cmath>
#include <filesystem>
#include <random>

#include "serene/serene.hpp"
#include "tests/cli/score/batch_run.h"
#include "tests/support/npy.h"

namespace serene::test {
namespace {

class EmbeddingsRunTest : public BatchRunTest {
 protected:
  std::string bytes(const std::string& name) { return read_file(folder_ / name); }
  bool exists(const std::string& name) { return std::filesystem::exists(folder_ / name); }
  Npy npy(const std::string& name = "e.npy") { return read_npy(folder_ / name); }
  void move(const std::string& from, const std::string& to) {
    std::filesystem::rename(folder_ / from, folder_ / to);
  }
  ProcessResult run(const std::string& arguments) { return shell("$SERENE score -q " + arguments); }
};

// What the library says of the clip, to the bit.
TEST_F(EmbeddingsRunTest, ARowIsTheModelsVectorOfTheRecording) {
  for (int i = 0; i < 2; ++i)
    write_audio(folder_ / ("00" + std::to_string(i) + ".wav"), sine(200 + 50 * i, 0.3, 16000, 0.3), kWav16);
  write_audio(folder_ / "silence.wav", std::vector<float>(3200), kWav16);
  write_file(folder_ / "broken.wav", "no sound");
  const Model model(SERENE_TEST_QUICK_MODEL);
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  for (const char* name : {"embedding", "calibrated"}) {
    const ProcessResult scored = run(std::string("-o rows.jsonl --embeddings e.npy --embedding ") + name +
                                     " --window 0.2 000.wav broken.wav silence.wav 001.wav");
    EXPECT_EQ(scored.exit_code, 5) << scored.err;
    const std::vector<Json> rows = this->rows();
    const Npy vectors = npy();
    ASSERT_EQ(vectors.rows, rows.size());
    ASSERT_EQ(vectors.width, model.embedding_size());
    // Two windows of 0.2 s in 0.3 s, the second ending with the recording, then their mean.
    ASSERT_EQ(rows.size(), 3u + 1 + 1 + 3);
    const std::string sound = bytes("000.wav").substr(44);
    std::vector<float> samples(sound.size() / 2);
    for (size_t i = 0; i < samples.size(); ++i) {
      int16_t sample = 0;
      std::memcpy(&sample, sound.data() + 2 * i, 2);
      samples[i] = static_cast<float>(sample) / 32768;
    }
    ASSERT_EQ(samples.size(), 4800u);
    const serene_clip clips[] = {{samples.data(), 3200}, {samples.data() + 1600, 3200}};
    const Results results = engine.run(clips);
    for (size_t i = 0; i < 2; ++i)
      EXPECT_TRUE(std::ranges::equal(vectors.row(i), results.values(i, name))) << name << i;
    for (size_t e = 0; e < vectors.width; ++e) {
      const double mean = (static_cast<double>(results.values(0, name)[e]) + results.values(1, name)[e]) / 2;
      EXPECT_EQ(vectors.row(2)[e], static_cast<float>(mean));
      EXPECT_TRUE(std::isnan(vectors.row(3)[e])) << "failed";
      EXPECT_TRUE(std::isnan(vectors.row(4)[e])) << "silence";
      EXPECT_TRUE(std::isfinite(vectors.row(7)[e]));
    }
  }
}

TEST_F(EmbeddingsRunTest, RowsAreTheSameWithThemAndToStandardOutput) {
  make_recordings(3);
  const ProcessResult plain = run("*.wav"), with = run("--embeddings e.npy *.wav");
  EXPECT_EQ(plain.out, with.out);
  EXPECT_EQ(npy().rows, 3u);
  const std::string all = bytes("e.npy");
  EXPECT_EQ(run("--embeddings e.npy 000.wav").exit_code, 0);
  EXPECT_EQ(npy().rows, 1u) << "made anew";
  EXPECT_EQ(bytes("e.npy").substr(128), all.substr(128, bytes("e.npy").size() - 128));
}

TEST_F(EmbeddingsRunTest, KilledAtAnyTimeBothGoOn) {
  make_recordings(150);
  write_file(folder_ / "broken.wav", "no sound");
  for (const std::string format : {"jsonl", "csv"}) {
    // A name with a line end is a row over two lines in CSV.
    write_audio(folder_ / "a\nb.wav", sine(321, 0.3, 16000, 0.05), kWav16);
    ASSERT_EQ(run("-o unbroken --embeddings unbroken.npy --format " + format + " *.wav").exit_code, 5);
    const std::string expected = bytes("unbroken"), vectors = bytes("unbroken.npy");
    EXPECT_EQ(npy("unbroken.npy").rows, 152u);
    const auto size = [this] {
      std::error_code missing;
      const auto bytes = std::filesystem::file_size(folder_ / "rows", missing);
      return missing ? 0 : bytes;
    };
    std::mt19937 random(11);
    int killed = 0;
    for (int i = 0; i < 12; ++i) {
      const size_t due = size() + std::uniform_int_distribution<size_t>(0, expected.size() / 10)(random);
      const ProcessResult broken =
          shell("$SERENE score -q --batch 2 --resume -o rows --embeddings e.npy --format " + format +
                " *.wav & pid=$!\n"
                "while [ -n \"$(jobs -r)\" ] && [ \"$(stat -c %s rows 2>/dev/null || echo 0)\" -lt " +
                std::to_string(due) +
                " ]; do sleep 0.001; done\n"
                "kill -KILL $pid; wait $pid");
      if (broken.exit_code != 137) continue;
      ++killed;
      if (!exists("e.npy") || bytes("e.npy").empty()) continue;
      // At any time NumPy reads rows that are there.
      const std::string header = bytes("e.npy").substr(0, 128);
      const size_t promised = std::stoul(header.substr(header.find("'shape': (") + 10));
      EXPECT_GE(bytes("e.npy").size(), 128 + promised * npy("unbroken.npy").width * 4);
      // A crash of the machine may cost the end of either file.
      if (i % 3 == 1 && bytes("e.npy").size() > 200)
        std::filesystem::resize_file(folder_ / "e.npy", bytes("e.npy").size() - 70);
    }
    EXPECT_GT(killed, 3);
    const ProcessResult last = run("--resume -o rows --embeddings e.npy --format " + format + " *.wav");
    EXPECT_EQ(last.exit_code, 5) << last.err;
    EXPECT_EQ(bytes("rows"), expected);
    EXPECT_EQ(bytes("e.npy"), vectors);
    for (const char* name : {"rows", "rows.journal", "e.npy"}) std::filesystem::remove(folder_ / name);
  }
}

// Of whichever file there is no room for, both end with the same recording.
TEST_F(EmbeddingsRunTest, AFullDiskLeavesAsManyVectorsAsRows) {
  make_recordings(60);
  ASSERT_EQ(run("-o unbroken --embeddings unbroken.npy *.wav").exit_code, 0);
  const auto limited = [&](const std::string& arguments, const std::string& cause) {
    const ProcessResult full = shell("ulimit -f 8; $SERENE score " + arguments + " *.wav");
    EXPECT_EQ(full.exit_code, 7) << full.err;
    EXPECT_NE(full.err.find(cause), std::string::npos) << full.err;
  };
  // A vector has 256 bytes, its row fewer.
  limited("-o rows --embeddings e.npy", "e.npy: File too large");
  EXPECT_EQ(npy().rows, rows("rows").size());
  EXPECT_GT(npy().rows, 20u);
  EXPECT_EQ(run("--resume -o rows --embeddings e.npy *.wav").exit_code, 0);
  EXPECT_EQ(bytes("rows"), bytes("unbroken"));
  EXPECT_EQ(bytes("e.npy"), bytes("unbroken.npy"));
  // Names that are long make the rows longer.
  for (int i = 0; i < 60; ++i) {
    const std::string name = std::to_string(1000 + i).substr(1) + ".wav";
    move(name, std::string(200, 'x') + name);
  }
  limited("-o long --embeddings l.npy", "long: File too large");
  EXPECT_EQ(npy("l.npy").rows, rows("long").size());
  EXPECT_GT(npy("l.npy").rows, 10u);
}

// A vector that is not what was written is as a row that is not.
TEST_F(EmbeddingsRunTest, TheJournalVouchesForVectorsToo) {
  make_recordings(4);
  ASSERT_EQ(run("-o rows --embeddings e.npy *.wav").exit_code, 0);
  const std::string rows = bytes("rows"), vectors = bytes("e.npy");
  std::string damaged = vectors;
  damaged[128 + npy().width * 4 * 2 + 5] ^= 1;  // of the third
  write_file(folder_ / "e.npy", damaged);
  const ProcessResult again = shell("$SERENE score --resume -o rows --embeddings e.npy *.wav");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("the rows of 2 inputs are not as they were written"), std::string::npos)
      << again.err;
  EXPECT_EQ(bytes("rows"), rows);
  EXPECT_EQ(bytes("e.npy"), vectors);
}

TEST_F(EmbeddingsRunTest, WhatChangedOrGoesTakesItsVectorsAlong) {
  make_recordings(4);
  ASSERT_EQ(run("-o rows --embeddings e.npy 000.wav 001.wav 002.wav").exit_code, 0);
  for (const char* name : {"rows", "rows.journal", "e.npy"})
    std::filesystem::copy_file(folder_ / name, folder_ / (std::string("before.") + name));
  write_audio(folder_ / "001.wav", sine(777, 0.3, 16000, 0.05), kWav16);
  const std::string arguments = "--resume --drop-missing -o rows --embeddings e.npy 000.wav 001.wav 003.wav";
  ASSERT_EQ(run(arguments).exit_code, 0);
  ASSERT_EQ(run("-o unbroken --embeddings unbroken.npy 000.wav 001.wav 003.wav").exit_code, 0);
  const std::string rows = bytes("rows"), vectors = bytes("e.npy");
  EXPECT_EQ(rows, bytes("unbroken"));
  EXPECT_EQ(vectors, bytes("unbroken.npy"));
  EXPECT_FALSE(exists("e.npy.compact"));

  // Killed as the new rows were in place, and neither vectors nor journal.
  move("e.npy", "e.npy.compact");
  move("rows.journal", "rows.journal.compact");
  std::filesystem::copy_file(folder_ / "before.e.npy", folder_ / "e.npy");
  std::filesystem::copy_file(folder_ / "before.rows.journal", folder_ / "rows.journal");
  ASSERT_EQ(run(arguments).exit_code, 0);
  EXPECT_EQ(bytes("rows"), rows);
  EXPECT_EQ(bytes("e.npy"), vectors);
  EXPECT_FALSE(exists("e.npy.compact"));

  // Killed as nothing was in place yet.
  move("e.npy", "e.npy.compact");
  for (const char* name : {"rows", "rows.journal", "e.npy"}) {
    std::filesystem::copy_file(folder_ / (std::string("before.") + name), folder_ / name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  ASSERT_EQ(run(arguments).exit_code, 0);
  EXPECT_EQ(bytes("rows"), rows);
  EXPECT_EQ(bytes("e.npy"), vectors);
  EXPECT_FALSE(exists("e.npy.compact"));
}

TEST_F(EmbeddingsRunTest, OthersAreRefusedBeforeAnythingIsChanged) {
  make_recordings(2);
  ASSERT_EQ(run("-o rows --embeddings e.npy *.wav").exit_code, 0);
  const std::string rows = bytes("rows"), vectors = bytes("e.npy");
  const auto refused = [&](const std::string& arguments, const std::string& cause) {
    const ProcessResult other = run(arguments);
    EXPECT_EQ(other.exit_code, 2) << other.err;
    EXPECT_NE(other.err.find(cause), std::string::npos) << other.err;
    EXPECT_EQ(bytes("rows"), rows);
    EXPECT_EQ(bytes("e.npy"), vectors);
  };
  refused("--resume -o rows --embeddings other.npy *.wav", "another --embeddings");
  refused("--resume -o rows --embeddings e.npy --embedding calibrated *.wav", "another --embedding;");
  refused("--resume -o rows *.wav", "another --embedding");
  refused("--embedding calibrated *.wav", "--embedding needs --embeddings");
  refused("--embeddings e.npy --embedding coefficient *.wav",
          "--embedding coefficient: no vector of the model is called so; it has embedding, calibrated");
  refused("-o rows --embeddings rows *.wav", "-o rows is the file of --embeddings");
  refused("-o rows --embeddings 000.wav *.wav", "is a recording");
  refused("-o rows --embeddings rows.journal *.wav", "is a journal of serene score");
  refused("--embeddings \"$SERENE_MODEL\" *.wav", "is the model, which embeddings would replace");
  EXPECT_FALSE(exists("other.npy"));
  // Without the file it is not known what the rows' vectors were.
  move("e.npy", "away.npy");
  const ProcessResult without = run("--resume -o rows --embeddings e.npy *.wav");
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_NE(without.err.find("e.npy: lacks the embeddings of the rows that "), std::string::npos)
      << without.err;
  EXPECT_EQ(bytes("rows"), rows);
  // Both may be moved together.
  std::filesystem::create_directory(folder_ / "moved");
  for (const char* name : {"rows", "rows.journal"}) move(name, std::string("moved/") + name);
  move("away.npy", "moved/e.npy");
  EXPECT_EQ(run("--resume -o moved/rows --embeddings moved/e.npy *.wav").exit_code, 0);
  EXPECT_EQ(bytes("moved/rows"), rows);
  EXPECT_EQ(bytes("moved/e.npy"), vectors);
}

TEST_F(EmbeddingsRunTest, NumpyReadsThem) {
  if (run_process({"/usr/bin/env", "python3", "-c", "import numpy"}).exit_code != 0)
    GTEST_SKIP() << "no NumPy";
  make_recordings(3);
  write_file(folder_ / "broken.wav", "no sound");
  ASSERT_EQ(run("-o rows.jsonl --embeddings e.npy *.wav").exit_code, 5);
  const ProcessResult read = run_process(
      {"/usr/bin/env", "python3", "-c",
       "import numpy\n"
       "a = numpy.load('" +
           (folder_ / "e.npy") +
           "')\n"
           "print(a.dtype, a.shape[0], a.flags.c_contiguous, numpy.isnan(a).all(axis=1).tolist())"});
  EXPECT_EQ(read.out, "float32 4 True [False, False, False, True]\n") << read.err;
}

}  // namespace
}  // namespace serene::test
