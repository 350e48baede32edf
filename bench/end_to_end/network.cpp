// Times the enhancer, waveform to waveform, on one clip of noise, and prints one line of JSON.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "kernels/common/error.h"
#include "runtime/src/engine.h"
#include "weights/model_file.h"

int main(int argc, char** argv) {
  CLI::App app("Times the enhancer of a model on one clip");
  std::string path, device = "cpu";
  double seconds = 5;
  int threads = 0, repeats = 3;
  app.add_option("--model", path, "model file")->required();
  app.add_option("--seconds", seconds, "length of the clip")->check(CLI::Range(0.01, 16.0));
  app.add_option("--device", device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--threads", threads, "CPU threads, 0: one per core");
  app.add_option("--repeats", repeats, "timed runs after one warm-up")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  try {
    using namespace serene;
    runtime::EngineOptions options;
    options.threads = threads;
    options.device =
        device == "cpu" ? runtime::EngineOptions::Choice::cpu : runtime::EngineOptions::Choice::cuda;
    runtime::Engine engine(std::make_shared<const runtime::Model>(weights::read_model(path)), options);
    std::vector<float> clip(static_cast<size_t>(seconds * 16000)), enhanced(clip.size());
    std::mt19937 generator(1);
    for (float& x : clip)
      x = static_cast<float>(static_cast<double>(generator()) / 2147483648.0 - 1.0) * 0.1f;
    nlohmann::json line;
    for (int i = 0; i <= repeats; ++i) {
      const auto start = std::chrono::steady_clock::now();
      engine.enhance(clip, enhanced);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      if (i > 0) line["seconds"].push_back(took.count());
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    line["peak_rss_bytes"] = usage.ru_maxrss * 1024;
    line["workspace_bytes"] = engine.workspace_bytes();
    line["device"] = engine.device();
    line["version"] = SERENE_BENCH_VERSION;
    std::printf("%s\n", line.dump().c_str());
    return 0;
  } catch (const serene::Error& error) {
    std::fprintf(stderr, "serene-bench-network: %s\n", error.what());
    return 3;
  }
}
