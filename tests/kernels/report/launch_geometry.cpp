// serene-launch-geometry: prints, as JSON, every launch of the networks at their published size on a clip of
// 5 s, in each precision. scripts/kernel_report.py reckons occupancies from it.
//
// The engine runs on the host executor, which writes launches down instead of running them.
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/fbank/fbank.h"
#include "runtime/src/engine.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/record.h"
#include "tests/support/random_model.h"

namespace serene {
namespace {

test::Recogniser published_ser(networks::TrnetEncoder encoder) {
  test::Recogniser config;
  config.encoder = encoder;
  config.widths = {64, 128, 256, 512};
  if (encoder == networks::TrnetEncoder::residual) config.widths = {32, 64, 128, 256};
  config.labels = {"angry", "happy", "neutral", "sad"};
  return config;
}

runtime::Engine engine_of(const std::shared_ptr<const runtime::Model>& model, Precision precision) {
  runtime::EngineOptions options;
  options.precision = precision;
  options.device = runtime::EngineOptions::Choice::executor;
  options.threads = 1;
  return {model, options};
}

// The launches of `run` by what tells them apart, and how often each came.
template <class Run>
void record(const char* network, Precision precision, nlohmann::json& all, const Run& run) {
  using Key = std::tuple<std::string, std::vector<unsigned>, std::vector<unsigned>, size_t>;
  std::map<Key, int> counts;
  static std::map<const void*, std::string> names;  // looking one up takes a while
  const executor::LaunchRecording recording;
  run();
  for (const executor::RecordedLaunch& launch : recording.launches()) {
    std::string& name = names[launch.kernel];
    if (name.empty()) name = executor::function_name(launch.kernel);
    const dim3 &g = launch.grid, &b = launch.block;
    ++counts[{name, {g.x, g.y, g.z}, {b.x, b.y, b.z}, launch.shared_bytes}];
  }
  for (const auto& [key, count] : counts) {
    const auto& [name, grid, block, shared] = key;
    all.push_back({{"network", network},
                   {"precision", precision_name(precision)},
                   {"kernel", name},
                   {"grid", grid},
                   {"block", block},
                   {"dynamic_shared_bytes", shared},
                   {"launches", count}});
  }
}

nlohmann::json all_launches() {
  const std::vector<float> clip = test::tone(5 * 16000, 1);
  const std::span<const float> span(clip);
  test::ModelSpec whole, residual;
  whole.se = networks::CmganConfig{};
  whole.ser = published_ser(networks::TrnetEncoder::cnn6);
  residual.ser = published_ser(networks::TrnetEncoder::residual);
  const auto model = test::random_model(whole), residual_model = test::random_model(residual);

  nlohmann::json all = nlohmann::json::array();
  for (Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16}) {
    runtime::Engine engine = engine_of(model, precision), other = engine_of(residual_model, precision);
    record("enhancer and cnn6 recogniser", precision, all, [&] { engine.score({&span, 1}); });
    record("residual recogniser", precision, all, [&] {
      const int64_t frames = MelBank::frames(static_cast<int64_t>(clip.size()));
      const runtime::NamedValues fbank{{1, frames, MelBank::kMels},
                                       std::vector<float>(static_cast<size_t>(frames * MelBank::kMels))};
      runtime::NoProbes none;
      other.run_part("ser", {{"pcm", {{1, std::ssize(clip)}, clip}}}, none);
      other.run_part("ser", {{"fbank_noisy", fbank}, {"fbank_enhanced", fbank}}, none);
    });
  }
  return all;
}

}  // namespace
}  // namespace serene

int main() {
  try {
    std::printf("%s\n", serene::all_launches().dump(1).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "serene-launch-geometry: %s\n", error.what());
    return 1;
  }
}
