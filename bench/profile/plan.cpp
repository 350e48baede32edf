// serene-bench-plan: what a GPU would be asked for. Launches of every kernel, its bytes and FLOP, at any size
// and in no time, as nothing is computed: the times it shows are those of asking.
#include "bench/profile/profile_main.h"
#include "tests/executor/record.h"

int main(int argc, char** argv) {
  const serene::executor::LaunchRecording nothing_runs;
  return serene::bench::profile_main(argc, argv, "executor");
}
