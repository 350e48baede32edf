#include "kernels/stft/stft.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, n, n_fft, hop, gap;  // gap: unused floats between clips
};

class StftTest : public testing::TestWithParam<Case> {};

// numpy.pad(mode="reflect"): turned around at either end until it is inside.
int64_t reflect(int64_t i, int64_t n) {
  if (n == 1) return 0;
  while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
  return i;
}

TEST_P(StftTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, frames = c.n / c.hop + 1, bins = c.n_fft / 2 + 1, ld = c.n + c.gap;
  const std::vector<float> x = test::random_values(test::gappy_size<2>({batch, c.n}, c.gap), 1);
  const std::vector<float> x_before = x;
  const std::vector<double> window = test::lopsided_window(c.n_fft);
  const RealFft fft(c.n_fft);
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    const test::TestStream stream(c.device, threads);
    GuardedBuffer y(count * frames * bins * 2);
    test::GuardedWorkspace workspace(stft_workspace(fft, stream));
    StftArgs args;
    args.x = test::gappy_view<2>(x.data() + first * ld, {count, c.n}, c.gap);
    args.window = make_view<1>(window.data(), {c.n_fft});
    args.fft = &fft;
    args.hop = c.hop;
    args.y = make_view<4>(y.data(), {count, frames, bins, 2});
    args.workspace = workspace.get();
    stft(args, stream);
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2);
  EXPECT_EQ(x, x_before);

  std::vector<double> ref;
  const auto roots = test::unit_roots(c.n_fft);
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t t = 0; t < frames; ++t) {
      std::vector<double> frame;
      for (int64_t i = 0; i < c.n_fft; ++i)
        frame.push_back(window[i] * x[b * ld + reflect(c.hop * t + i - c.n_fft / 2, c.n)]);
      for (const auto& z : test::naive_dft(frame, roots)) {
        ref.push_back(z.real());
        ref.push_back(z.imag());
      }
    }
  }
  // Double inside: one rounding.
  test::expect_close({y.data(), size_t(y.count())}, ref, test::tolerance(1, test::magnitude(ref)));
  for (int64_t frame = 0; frame < batch * frames; ++frame) {
    const float* first = y.data() + frame * bins * 2;
    EXPECT_EQ(first[1], 0.0f) << "imaginary part of the first bin";
    EXPECT_EQ(first[2 * bins - 1], 0.0f) << "imaginary part of the last bin";
  }
  test::expect_bits_of_the_clip_alone(y, batch, frames * bins * 2, compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (int64_t n : {1, 2, 100, 199, 200, 201, 400, 3100}) all.push_back({device, 1, n, 400, 100, 0});
    all.push_back({device, 0, 200, 400, 100, 0});
    all.push_back({device, 3, 333, 400, 100, 7});
    all.push_back({device, 2, 33, 12, 5, 1});
    all.push_back({device, 2, 31, 2, 1, 0});
    all.push_back({device, 2, 2000, 1200, 300, 0});
    all.push_back({device, 1, 200, 4096, 300, 0});
    all.push_back({device, 1, 1100, 16, 1, 0});  // a block has more than one go
    // The executor takes a microsecond an access.
    all.push_back({device, 1, device == Device::executor ? 5000 : 20000, 400, 100, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Stft, StftTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_n" + std::to_string(c.n) +
         "_fft" + std::to_string(c.n_fft) + "_hop" + std::to_string(c.hop) + "_gap" + std::to_string(c.gap);
});

// A device other than the CPU has shared memory for so much.
TEST(StftErrors, NamesTheLongestTransform) {
  for (Device device : test::devices()) {
    if (device == Device::cpu) continue;
    const RealFft fft(4320);
    const std::vector<double> window(4320, 1.0);
    const std::vector<float> x(8, 1.0f);
    GuardedBuffer y(fft.bins() * 2);
    StftArgs args;
    args.x = make_view<2>(x.data(), {1, 8});
    args.window = make_view<1>(window.data(), {4320});
    args.fft = &fft;
    args.hop = 100;
    args.y = make_view<4>(y.data(), {1, 1, fft.bins(), 2});
    try {
      stft(args, test::TestStream(device));
      ADD_FAILURE() << "no error on " << device_name(device);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      EXPECT_STREQ(error.what(), "stft: fft: got 4320 points, on a GPU at most 4096");
    }
  }
}

struct ErrorArgs {
  RealFft fft{12};
  std::vector<double> window = std::vector<double>(24, 1.0);
  std::vector<float> x = std::vector<float>(30, 1.0f), y = std::vector<float>(11 * 7 * 2);
  test::TestStream stream{Device::cpu};
  test::GuardedWorkspace workspace{stft_workspace(fft, stream)};
  StftArgs args;

  ErrorArgs() {
    args.x = make_view<2>(x.data(), {1, 30});
    args.window = make_view<1>(window.data(), {12});
    args.fft = &fft;
    args.hop = 3;
    args.y = make_view<4>(y.data(), {1, 11, 7, 2});
    args.workspace = workspace.get();
  }
  std::string message() const {
    try {
      stft(args, stream);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  }
};

TEST(StftErrors, NamesTheArgument) {
  EXPECT_EQ(ErrorArgs().message(), "");
  ErrorArgs frames, strided, small;
  frames.args.y.shape[1] = 10;
  EXPECT_EQ(frames.message(), "stft: y: got (1, 10, 7, 2), wanted (1, 11, 7, 2)");
  strided.args.window.stride[0] = 2;
  EXPECT_EQ(strided.message(), "stft: window: got last stride 2, wanted 1");
  small.args.workspace = small.args.workspace.first(8);
  EXPECT_EQ(small.message(), "stft: workspace: got 8 bytes, wanted " +
                                 std::to_string(stft_workspace(small.fft, small.stream)));
}

}  // namespace
}  // namespace serene
