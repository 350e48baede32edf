// Times a model on clips of noise, waveform to waveform, or to posterior where it can do no other or is asked
// for it, and prints one line of JSON.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/support/engine_options.h"
#include "bench/support/random_network.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"
#include "runtime/src/engine.h"

int main(int argc, char** argv) {
  CLI::App app("Times a model's enhancer, or its recogniser where it has none");
  int channels = 64;
  bool score = false;
  std::string path, device = "cpu", precision = "fp32";
  double seconds = 5;
  int threads = 0, repeats = 3, batch = 1;
  app.add_option("--model", path, "model file; without one, TRNet with random weights");
  app.add_option("--channels", channels, "its enhancer's width, without a model")->check(CLI::Range(4, 256));
  app.add_flag("--score", score, "waveform to posterior, also where the model has an enhancer");
  app.add_option("--seconds", seconds, "length of the clip")->check(CLI::Range(0.01, 600.0));
  app.add_option("--device", device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--batch", batch, "clips that go together")->check(CLI::Range(1, 1024));
  app.add_option("--precision", precision)->check(CLI::IsMember({"fp32", "tf32", "bf16"}));
  app.add_option("--threads", threads, "CPU threads, 0: one per core");
  app.add_option("--repeats", repeats, "timed runs after the warm-up")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  try {
    using namespace serene;
    const bool on_cpu = device == "cpu";
    runtime::Engine engine(path.empty() ? bench::random_network(channels)
                                        : std::make_shared<const runtime::Model>(models::read_model(path)),
                           bench::engine_options(device, precision, threads));
    const auto size = static_cast<size_t>(seconds * 16000), count = static_cast<size_t>(batch);
    std::vector<float> samples(count * size), enhanced(samples.size());
    std::mt19937 generator(1);
    for (float& x : samples)
      x = static_cast<float>(static_cast<double>(generator()) / 2147483648.0 - 1.0) * 0.1f;
    std::vector<std::span<const float>> clips;
    std::vector<std::span<float>> results;
    for (size_t i = 0; i < count; ++i) {
      clips.push_back(std::span<const float>(samples).subspan(i * size, size));
      results.push_back(std::span(enhanced).subspan(i * size, size));
    }
    nlohmann::json line;
    // A GPU's first pass launches its kernels, the second makes a graph of them, the third runs that.
    const int warmup = on_cpu ? 1 : 3;
    for (int i = -warmup; i < repeats; ++i) {
      const auto start = std::chrono::steady_clock::now();
      if (engine.model().can_enhance() && !score) {
        engine.enhance(clips, results);
      } else {
        engine.score(clips);
      }
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      if (i >= 0) line["seconds"].push_back(took.count());
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    line["peak_bytes"] = on_cpu ? static_cast<size_t>(usage.ru_maxrss) * 1024
                                : engine.workspace_bytes() + engine.graph_bytes();
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
