#include "kernels/istft/istft.h"

#include "kernels/common/error.h"
#include "kernels/rms_normalize/rms_normalize.h"
#include "kernels/stft/stft.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, n, n_fft, hop, gap;  // gap: unused floats between clips
};

class IstftTest : public testing::TestWithParam<Case> {};

TEST_P(IstftTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, frames = c.frames, bins = c.n_fft / 2 + 1, clip = frames * bins * 2;
  const std::vector<float> x = test::random_values(batch * clip, 1), x_before = x;
  std::vector<float> gains = test::random_values(batch, 2);
  for (float& g : gains) g = 2.0f + std::abs(g);
  const std::vector<double> window = test::lopsided_window(c.n_fft);
  const RealFft fft(c.n_fft);
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    const test::TestStream stream(c.device, threads);
    GuardedBuffer y(test::gappy_size<2>({count, c.n}, c.gap));
    test::GuardedWorkspace workspace(istft_workspace(count, frames, fft, stream));
    IstftArgs args;
    args.x = make_view<4>(x.data() + first * clip, {count, frames, bins, 2});
    args.window = make_view<1>(window.data(), {c.n_fft});
    args.fft = &fft;
    args.hop = c.hop;
    args.gain = make_view<1>(gains.data() + first, {count});
    args.y = test::gappy_view<2>(y.data(), {count, c.n}, c.gap);
    args.workspace = workspace.get();
    istft(args, stream);
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2);
  EXPECT_EQ(x, x_before);

  std::vector<double> ref;
  const auto roots = test::unit_roots(c.n_fft);
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t padded = (frames - 1) * c.hop + c.n_fft;
    std::vector<double> sum(static_cast<size_t>(padded)), weight(static_cast<size_t>(padded));
    for (int64_t t = 0; t < frames; ++t) {
      const float* spectrum = x.data() + b * clip + t * bins * 2;
      for (int64_t i = 0; i < c.n_fft; ++i) {
        // The Hermitian completion doubles all bins but the first and the last.
        double value = spectrum[0] + (i % 2 == 0 ? 1 : -1) * double(spectrum[2 * (bins - 1)]);
        for (int64_t k = 1; k < bins - 1; ++k) {
          const std::complex<double> turn = std::conj(roots[i * k % c.n_fft]);
          value += 2 * (spectrum[2 * k] * turn.real() - spectrum[2 * k + 1] * turn.imag());
        }
        sum[t * c.hop + i] += window[i] * value / static_cast<double>(c.n_fft);
        weight[t * c.hop + i] += window[i] * window[i];
      }
    }
    for (int64_t i = 0; i < c.n; ++i)
      ref.push_back(sum[i + c.n_fft / 2] / (gains[b] * weight[i + c.n_fft / 2]));
  }
  const auto out = test::gappy_view<2>(y.data(), {batch, c.n}, c.gap);
  // Double inside: one rounding.
  test::expect_close(test::gather(out), ref, test::tolerance(1, test::magnitude(ref)));
  EXPECT_EQ(test::written(y), batch * c.n);
  test::expect_bits_of_the_clip_alone(y, batch, c.n + c.gap, compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an access.
    const int64_t many = device == Device::executor ? 40 : 120;
    for (auto [b, frames, n, n_fft, hop, gap] : {std::array<int64_t, 6>{0, 3, 200, 400, 100, 0},
                                                 {1, 1, 0, 400, 100, 0},
                                                 {1, 2, 1, 400, 100, 0},
                                                 {1, 2, 100, 400, 100, 0},
                                                 {3, 4, 299, 400, 100, 5},
                                                 {2, 32, 3100, 400, 100, 0},
                                                 {2, 32, 3033, 400, 100, 1},
                                                 {2, 9, 31, 12, 4, 0},
                                                 {2, 9, 32, 12, 4, 0},
                                                 {2, 12, 33, 12, 5, 0},
                                                 {2, 7, 1500, 1200, 300, 0},
                                                 {1, 1101, 1100, 16, 1, 0},
                                                 {1, many + 1, many * 100, 400, 100, 0}}) {
      all.push_back({device, b, frames, n, n_fft, hop, gap});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Istft, IstftTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_n" + std::to_string(c.n) + "_fft" + std::to_string(c.n_fft) + "_hop" +
         std::to_string(c.hop) + "_gap" + std::to_string(c.gap);
});

// The clip goes through level, transform and back, cut to its own length.
class RoundTripTest : public testing::TestWithParam<std::tuple<Device, int64_t>> {};

TEST_P(RoundTripTest, GivesTheClipBack) {
  const auto [device, n] = GetParam();
  const int64_t hop = 100, padded = (n + hop - 1) / hop * hop, frames = padded / hop + 1;
  const std::vector<float> x = test::random_values(n, 3, 0.05f);
  const std::vector<double> window = test::lopsided_window(400);
  const RealFft fft(400);
  const test::TestStream stream(device);
  GuardedBuffer level(padded), gain(1), spectrum(frames * 201 * 2), y(n);

  RmsNormalizeArgs in;
  in.x = make_view<2>(x.data(), {1, n});
  in.y = make_view<2>(level.data(), {1, padded});
  in.gain = make_view<1>(gain.data(), {1});
  rms_normalize(in, stream);

  StftArgs there;
  there.x = in.y;
  there.window = make_view<1>(window.data(), {400});
  there.fft = &fft;
  there.hop = hop;
  there.y = make_view<4>(spectrum.data(), {1, frames, 201, 2});
  test::GuardedWorkspace there_workspace(stft_workspace(fft, stream));
  there.workspace = there_workspace.get();
  stft(there, stream);

  IstftArgs back;
  back.x = there.y;
  back.window = there.window;
  back.fft = &fft;
  back.hop = hop;
  back.gain = in.gain;
  back.y = make_view<2>(y.data(), {1, n});
  test::GuardedWorkspace back_workspace(istft_workspace(1, frames, fft, stream));
  back.workspace = back_workspace.get();
  istft(back, stream);

  EXPECT_NE(gain.data()[0], 1.0f);
  const std::vector<double> ref = test::to_double(x);
  test::expect_close({y.data(), size_t(n)}, ref, test::tolerance(1, test::magnitude(ref), 4));
}

std::vector<std::tuple<Device, int64_t>> round_trips() {
  std::vector<std::tuple<Device, int64_t>> all;
  for (Device device : test::devices()) {
    for (int64_t n : {1, 3, 100, 101, 199, 200, 201, 3100, 3149}) all.emplace_back(device, n);
    if (device != Device::executor) all.emplace_back(device, 80000);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Istft, RoundTripTest, testing::ValuesIn(round_trips()), [](const auto& tested) {
  return std::string(device_name(std::get<0>(tested.param))) + "_n" +
         std::to_string(std::get<1>(tested.param));
});

TEST(IstftErrors, NamesTheArgument) {
  const RealFft fft(12);
  const std::vector<double> window(24, 1.0);
  const std::vector<float> x(4 * 7 * 2, 1.0f), gain(1, 1.0f);
  std::vector<float> y(16);
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(istft_workspace(1, 4, fft, stream));
  IstftArgs args;
  args.x = make_view<4>(x.data(), {1, 4, 7, 2});
  args.window = make_view<1>(window.data(), {12});
  args.fft = &fft;
  args.hop = 4;
  args.gain = make_view<1>(gain.data(), {1});
  args.y = make_view<2>(y.data(), {1, 12});
  args.workspace = workspace.get();
  const auto message = [&](const IstftArgs& wrong) -> std::string {
    try {
      istft(wrong, stream);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(args), "");
  IstftArgs longer = args, strided = args, small = args;
  longer.y = make_view<2>(y.data(), {1, 13});
  EXPECT_EQ(message(longer), "istft: y: got something else, wanted at most hop (T - 1) samples");
  strided.window.stride[0] = 2;
  EXPECT_EQ(message(strided), "istft: window: got last stride 2, wanted 1");
  small.workspace = small.workspace.first(8);
  EXPECT_EQ(message(small),
            "istft: workspace: got 8 bytes, wanted " + std::to_string(istft_workspace(1, 4, fft, stream)));
}

}  // namespace
}  // namespace serene
