// Many tiny recordings through the built program, quickly, with a shell around it where the test needs one.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {

// The model of a fifth of a second.
inline ProcessOptions quick_options(const std::string& folder) {
  return {.environment = {{"SERENE_MODEL", SERENE_TEST_QUICK_MODEL}}, .folder = folder};
}

class BatchRunTest : public testing::Test {
 protected:
  // `count` recordings of their own sound each, 000.wav and so on.
  void make_recordings(int count) {
    for (int i = 0; i < count; ++i) {
      std::string name = std::to_string(1000 + i).substr(1) + ".wav";
      write_audio(folder_ / name, sine(100 + 17 * i, 0.3, 16000, 0.05), kWav16);
    }
  }
  // `serene score ARGUMENTS...` in the folder.
  ProcessResult score(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "score");
    return serene(arguments, quick_options(folder_.path()));
  }
  // A script for bash, where $SERENE is the program.
  ProcessResult shell(const std::string& script) {
    ProcessOptions options = quick_options(folder_.path());
    options.environment.emplace_back("SERENE", SERENE_TEST_PROGRAM);
    return run_process({"/bin/bash", "-c", script}, options);
  }
  std::vector<Json> rows(const std::string& name = "rows.jsonl") {
    return rows_of(read_file(folder_ / name));
  }

  TempFolder folder_;
};

// How often a text is in another.
inline size_t count_of(const std::string& part, const std::string& text) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace serene::test
