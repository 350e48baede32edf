// The order of threads for the time of one test.
#pragma once

#include <cstdlib>
#include <string>

namespace serene::test {

class Seed {
 public:
  explicit Seed(int seed) { setenv("SERENE_EXECUTOR_SEED", std::to_string(seed).c_str(), 1); }
  ~Seed() { unsetenv("SERENE_EXECUTOR_SEED"); }
  Seed(const Seed&) = delete;
  Seed& operator=(const Seed&) = delete;
};

}  // namespace serene::test
