#include "kernels/log_mel/log_mel.h"

#include <complex>
#include <numbers>

#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::GuardedBuffer;
using test::RaggedClips;

struct Case {
  Device device;
  std::vector<int64_t> samples, frames;
  int64_t mels, padding;  // padding: unused floats at the end of each row
  float loudness = 0.1f;
};

class LogMelTest : public testing::TestWithParam<Case> {};

// (201) weights of each triangle, straight from its corners.
std::vector<std::vector<double>> triangles(int64_t mels) {
  const auto mel_of = [](double f) {
    return f < 1000 ? 3 * f / 200 : 15 + 27 * std::log(f / 1000) / std::log(6.4);
  };
  const auto hertz_of = [](double m) { return m < 15 ? 200 * m / 3 : 1000 * std::pow(6.4, (m - 15) / 27); };
  std::vector<std::vector<double>> all;
  for (int64_t m = 0; m < mels; ++m) {
    const auto point = [&](int64_t i) { return hertz_of(mel_of(8000) * double(i) / double(mels + 1)); };
    const double left = point(m), centre = point(m + 1), right = point(m + 2);
    std::vector<double> weights(201);
    for (int k = 0; k < 201; ++k) {
      const double f = 40.0 * k;
      weights[k] = std::max(0.0, std::min((f - left) / (centre - left), (right - f) / (right - centre))) * 2 /
                   (right - left);
    }
    all.push_back(weights);
  }
  return all;
}

std::vector<double> reference(const float* x, int64_t n, int64_t frames, int64_t mels) {
  const int64_t padded = 160 * frames;
  std::vector<double> y;
  const auto weights = triangles(mels);
  for (int64_t t = 0; t < frames; ++t) {
    std::vector<double> frame(400), power(201);
    for (int64_t i = 0; i < 400; ++i) {
      int64_t s = std::abs(160 * t - 200 + i);
      if (s > padded - 1) s = 2 * (padded - 1) - s;
      const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(i) / 400);
      frame[i] = s < n ? window * x[s] : 0.0;
    }
    for (int64_t k = 0; k < 201; ++k) {
      std::complex<double> sum = 0;
      for (int64_t i = 0; i < 400; ++i)
        sum += frame[i] * std::polar(1.0, -2 * std::numbers::pi * double(k * i % 400) / 400);
      power[k] = std::norm(sum);
    }
    for (const std::vector<double>& triangle : weights) {
      double energy = 0;
      for (int64_t k = 0; k < 201; ++k) energy += triangle[k] * power[k];
      y.push_back(std::log10(std::max(energy, 1e-10)));
    }
  }
  const double top = y.empty() ? 0 : *std::max_element(y.begin(), y.end());
  for (double& l : y) l = (std::max(l, top - 8) + 4) / 4;
  return y;
}

TEST_P(LogMelTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips samples(c.samples), frames(c.frames);
  const std::vector<float> x = test::random_values(samples.rows(), 1, c.loudness), x_before = x;
  const SlaneyBank bank(c.mels);
  const int64_t ld = c.mels + c.padding;
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const auto part = [&](const std::vector<int64_t>& all) {
      return RaggedClips({all.begin() + first, all.begin() + first + count});
    };
    const RaggedClips some_samples = part(c.samples), some_frames = part(c.frames);
    GuardedBuffer y(some_frames.rows() * ld);
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(log_mel_workspace(some_frames.rows(), bank, stream));
    LogMelArgs args;
    args.x = make_view<1>(x.data() + samples.begin(first), {some_samples.rows()});
    args.samples = some_samples.get();
    args.bank = &bank;
    args.frames = some_frames.get();
    args.y = {y.data(), {some_frames.rows(), c.mels}, {ld, 1}};
    args.workspace = workspace.get();
    log_mel(args, stream);
    y.expect_bands_untouched();
    std::vector<float> values;
    for (int64_t r = 0; r < some_frames.rows(); ++r) {
      values.insert(values.end(), y.data() + r * ld, y.data() + r * ld + c.mels);
      for (int64_t m = c.mels; m < ld; ++m) EXPECT_TRUE(std::isnan(y.data()[r * ld + m]));
    }
    return values;
  };

  std::vector<double> ref;
  for (int64_t b = 0; b < samples.clips(); ++b) {
    const auto of_clip = reference(x.data() + samples.begin(b), samples.length(b), frames.length(b), c.mels);
    ref.insert(ref.end(), of_clip.begin(), of_clip.end());
  }
  const std::vector<float> y = run(2, 0, samples.clips());
  // Sums are in double; what is rounded are logarithms of up to 10 and two steps after them.
  test::expect_close(y, ref, test::tolerance(1, 10 / 4.0, 2));
  EXPECT_EQ(x, x_before);
  test::expect_same_alone(c.device, samples.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, {}, 80, 0});
    all.push_back({device, {0, 5}, {0, 0}, 3, 0});
    all.push_back({device, {1, 320}, {2, 2}, 80, 1});
    all.push_back({device, {700, 0, 159, 320}, {6, 2, 0, 3}, 128, 3});
    all.push_back({device, {2000}, {5}, 80, 0});              // cut
    all.push_back({device, {641}, {31}, 80, 0});              // most of it padding
    all.push_back({device, {800, 800}, {6, 6}, 1, 0, 0.0f});  // silence
    all.push_back({device, {641}, {32}, 33, 0, 3000.0f});
    if (device == Device::executor) continue;
    all.push_back({device, {16123, 4801, 48000}, {102, 32, 300}, 80, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LogMel, LogMelTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_n" + test::lengths_name(c.samples) + "_t" +
         test::lengths_name(c.frames) + "_m" + std::to_string(c.mels) + (c.loudness == 0 ? "_silent" : "");
});

TEST(LogMelErrors, NamesTheArgument) {
  const std::vector<float> x(320);
  std::vector<float> y(160);
  const SlaneyBank bank(80);
  const RaggedClips samples({320}), one({1}), two({1, 1}), three({3});
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(log_mel_workspace(2, bank, stream));
  LogMelArgs args;
  args.x = make_view<1>(x.data(), {320});
  args.samples = samples.get();
  args.bank = &bank;
  args.frames = one.get();
  args.y = make_view<2>(y.data(), {1, 80});
  args.workspace = workspace.get();
  const auto message = [&](auto call) { return test::refusal(call, ErrorKind::invalid_argument); };
  const auto run = [&] { log_mel(args, stream); };
  EXPECT_EQ(message(run), "log_mel: frames: got a single frame of clip 0, wanted none, or two and more");
  args.y.shape[0] = 2;
  EXPECT_EQ(message(run), "log_mel: frames: got 1 rows, wanted 2");
  args.frames = two.get();
  EXPECT_EQ(message(run), "log_mel: frames: got 2 clips, wanted 1");
  EXPECT_EQ(message([] { SlaneyBank(129); }), "log_mel: mels: got something else, wanted 1 to 128");
}

}  // namespace
}  // namespace serene
