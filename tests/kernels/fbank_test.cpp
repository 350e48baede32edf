#include "kernels/fbank/fbank.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, n, gap;  // gap: unused floats between clips, frames and bins
};

const MelBank& mel_bank() {
  static const MelBank bank;
  return bank;
}

double mel(double hertz) { return 1127 * std::log(1 + hertz / 700); }

// Share of bin `bin` in filter m.
double triangle(int64_t m, int64_t bin) {
  const double step = mel(8000) / 81, at = mel(static_cast<double>(bin) * 16000 / 512);
  return std::max(0.0, 1 - std::abs(at - step * static_cast<double>(m + 1)) / step);
}

// One frame of 400 samples, formula by formula.
std::vector<double> naive_fbank(const float* x) {
  static const auto roots = test::unit_roots(512);
  double mean = 0;
  for (int64_t i = 0; i < 400; ++i) mean += 32768.0 * x[i] / 400;
  std::vector<double> frame(512);
  for (int64_t i = 0; i < 400; ++i) {
    const double here = 32768.0 * x[i] - mean, before = 32768.0 * x[i > 0 ? i - 1 : 0] - mean;
    const double window = 0.54 - 0.46 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / 399);
    frame[i] = (here - 0.97 * before) * window;
  }
  const auto spectrum = test::naive_dft(frame, roots);
  std::vector<double> logs;
  for (int64_t m = 0; m < 80; ++m) {
    double energy = 0;
    for (int64_t bin = 0; bin <= 256; ++bin) energy += triangle(m, bin) * std::norm(spectrum[bin]);
    logs.push_back(std::log(std::max(energy, double(std::numeric_limits<float>::epsilon()))));
  }
  return logs;
}

// (T, 80) of one clip.
std::vector<float> fbank_of(Device device, const std::vector<float>& clip) {
  const int64_t n = static_cast<int64_t>(clip.size()), frames = MelBank::frames(n);
  const test::TestStream stream(device);
  GuardedBuffer y(frames * 80);
  test::GuardedWorkspace workspace(fbank_workspace(mel_bank(), stream));
  FbankArgs args;
  args.x = make_view<2>(clip.data(), {1, n});
  args.bank = &mel_bank();
  args.y = make_view<3>(y.data(), {1, frames, 80});
  args.workspace = workspace.get();
  fbank(args, stream);
  return {y.data(), y.data() + y.count()};
}

class FbankTest : public testing::TestWithParam<Case> {};

TEST_P(FbankTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, frames = c.n < 400 ? 0 : 1 + (c.n - 400) / 160, ld = c.n + c.gap;
  const std::vector<float> x = test::random_values(test::gappy_size<2>({batch, c.n}, c.gap), 1, 0.1f);
  const std::vector<float> x_before = x;
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    const test::TestStream stream(c.device, threads);
    GuardedBuffer y(test::gappy_size<3>({count, frames, 80}, c.gap));
    test::GuardedWorkspace workspace(fbank_workspace(mel_bank(), stream));
    FbankArgs args;
    args.x = test::gappy_view<2>(x.data() + first * ld, {count, c.n}, c.gap);
    args.bank = &mel_bank();
    args.y = test::gappy_view<3>(y.data(), {count, frames, 80}, c.gap);
    args.workspace = workspace.get();
    fbank(args, stream);
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2);
  EXPECT_EQ(x, x_before);

  std::vector<double> ref;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t t = 0; t < frames; ++t) {
      const std::vector<double> logs = naive_fbank(x.data() + b * ld + t * 160);
      ref.insert(ref.end(), logs.begin(), logs.end());
    }
  }
  const auto out = test::gappy_view<3>(y.data(), {batch, frames, 80}, c.gap);
  // Double inside: one rounding.
  test::expect_close(test::gather(out), ref, test::tolerance(1, test::magnitude(ref)));
  EXPECT_EQ(test::written(y), out.numel());
  test::expect_bits_of_the_clip_alone(y, batch, out.stride[0], compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an access.
    const int64_t many = device == Device::executor ? 6160 : 80000;
    for (auto [b, n, gap] : {std::array<int64_t, 3>{0, 800, 0},
                             {1, 1, 0},
                             {2, 399, 0},
                             {1, 400, 0},
                             {3, 559, 5},
                             {2, 560, 1},
                             {2, 5360, 0},
                             {1, many, 0}}) {
      all.push_back({device, b, n, gap});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Fbank, FbankTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_n" + std::to_string(c.n) +
         "_gap" + std::to_string(c.gap);
});

TEST(Fbank, CountsWholeFramesOnly) {
  EXPECT_EQ(MelBank::frames(0), 0);
  EXPECT_EQ(MelBank::frames(399), 0);
  EXPECT_EQ(MelBank::frames(400), 1);
  EXPECT_EQ(MelBank::frames(559), 1);
  EXPECT_EQ(MelBank::frames(560), 2);
  EXPECT_EQ(MelBank::frames(80000), 498);
}

TEST(Fbank, FloorsSilenceAndConstants) {
  for (Device device : test::devices()) {
    for (float level : {0.0f, 0.7f}) {
      for (float value : fbank_of(device, std::vector<float>(720, level)))
        ASSERT_EQ(value, static_cast<float>(std::log(1.1920928955078125e-7))) << device_name(device);
    }
  }
}

TEST(Fbank, PutsASineIntoItsBin) {
  for (double hertz : {200.0, 1000.0, 3000.0, 7000.0}) {
    std::vector<float> clip;
    for (int64_t i = 0; i < 720; ++i)
      clip.push_back(
          static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 16000)));
    // Centres of the filters are 1, 2, ... 80 times mel(8000) / 81.
    const int64_t wanted = std::lround(mel(hertz) / (mel(8000) / 81)) - 1;
    for (Device device : test::devices()) {
      const std::vector<float> y = fbank_of(device, clip);
      for (int64_t t = 0; t < 3; ++t) {
        const auto row = y.begin() + t * 80;
        EXPECT_EQ(std::max_element(row, row + 80) - row, wanted)
            << device_name(device) << ", " << hertz << " Hz, frame " << t;
      }
    }
  }
}

TEST(Fbank, HasNoEmptyFilter) {
  ASSERT_EQ(mel_bank().filters().size(), 80u);
  for (int64_t m = 0; m < 80; ++m) {
    const MelBank::Filter& filter = mel_bank().filters()[m];
    EXPECT_FALSE(filter.weights.empty()) << m;
    for (size_t i = 0; i < filter.weights.size(); ++i) {
      EXPECT_GT(filter.weights[i], 0) << m;
      EXPECT_NEAR(filter.weights[i], triangle(m, filter.first + static_cast<int64_t>(i)),
                  test::tolerance(1, 1))
          << m;
    }
  }
}

TEST(FbankErrors, NamesTheArgument) {
  const std::vector<float> x(560, 1.0f);
  std::vector<float> y(160);
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(fbank_workspace(mel_bank(), stream));
  FbankArgs args;
  args.x = make_view<2>(x.data(), {1, 560});
  args.bank = &mel_bank();
  args.y = make_view<3>(y.data(), {1, 1, 80});
  args.workspace = workspace.get();
  const auto message = [&]() -> std::string {
    try {
      fbank(args, stream);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(), "fbank: y: got (1, 1, 80), wanted (1, 2, 80)");
  args.y = make_view<3>(y.data(), {1, 2, 80});
  args.workspace = workspace.get().first(8);
  EXPECT_EQ(message(),
            "fbank: workspace: got 8 bytes, wanted " + std::to_string(fbank_workspace(mel_bank(), stream)));
  args.bank = nullptr;
  EXPECT_EQ(message(), "fbank: bank: got something else, wanted a mel bank");
}

}  // namespace
}  // namespace serene
