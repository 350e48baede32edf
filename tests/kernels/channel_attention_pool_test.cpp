#include "kernels/channel_attention_pool/channel_attention_pool.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, inputs, channels, padding;  // padding: unused floats at the end of each row
  float logits;                                      // their deviation; the clamp is at 10
};

class ChannelAttentionPoolTest : public testing::TestWithParam<Case> {};

TEST_P(ChannelAttentionPoolTest, MatchesReference) {
  const auto [device, b, t, c, e, padding, logit_scale] = GetParam();
  const int64_t ldx = c + padding, lde = e + padding;
  const float unit = 1.0f / std::sqrt(static_cast<float>(std::max<int64_t>(c, 1)));
  const std::vector<float> x = test::random_values(b * t * ldx, 1), x_before = x;
  const std::vector<float> att = test::random_values(e * c, 2, unit * logit_scale);
  const std::vector<float> cla = test::random_values(e * c, 3, unit);
  const std::vector<float> att_bias = test::random_values(e, 4), cla_bias = test::random_values(e, 5);
  const PackedMatrix packed_att = PackedMatrix::from_rows(att, e, c);
  const PackedMatrix packed_cla = PackedMatrix::from_rows(cla, e, c);

  struct Result {
    GuardedBuffer y, attention;
  };
  const auto run = [&](int threads, int64_t first, int64_t count, bool with_attention = true) {
    Result result{GuardedBuffer(count * lde), GuardedBuffer(count * t * lde)};
    ChannelAttentionPoolArgs args;
    args.x = {x.data() + first * t * ldx, {count, t, c}, {t * ldx, ldx, 1}};
    args.att = &packed_att;
    args.att_bias = make_view<1>(att_bias.data(), {e});
    args.cla = &packed_cla;
    args.cla_bias = make_view<1>(cla_bias.data(), {e});
    args.y = {result.y.data(), {count, e}, {lde, 1}};
    if (with_attention) args.attention = {result.attention.data(), {count, t, e}, {t * lde, lde, 1}};
    const size_t bytes = channel_attention_pool_workspace(args);
    GuardedBuffer scratch(static_cast<int64_t>(bytes / sizeof(float)));
    args.workspace = {reinterpret_cast<std::byte*>(scratch.data()), bytes};
    channel_attention_pool(args, test::TestStream(device, threads));
    result.y.expect_bands_untouched();
    result.attention.expect_bands_untouched();
    scratch.expect_bands_untouched();
    return result;
  };
  const Result result = run(2, 0, b);

  std::vector<double> y_ref, a_ref(b * t * e);
  std::vector<float> y_out, a_out;
  double largest_logit = 1, largest_value = 1;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t j = 0; j < e; ++j) {
      std::vector<double> a(t), v(t);
      double sum = 0, y = 0;
      for (int64_t k = 0; k < t; ++k) {
        double logit = att_bias[j], value = cla_bias[j];
        for (int64_t m = 0; m < c; ++m) {
          logit += double(att[j * c + m]) * x[(i * t + k) * ldx + m];
          value += double(cla[j * c + m]) * x[(i * t + k) * ldx + m];
        }
        largest_logit = std::max(largest_logit, std::abs(logit));
        largest_value = std::max(largest_value, std::abs(value));
        a[k] = std::exp(std::clamp(logit, -10.0, 10.0));
        v[k] = value;
        sum += a[k];
      }
      for (int64_t k = 0; k < t; ++k) {
        a_ref[(i * t + k) * e + j] = a[k] / sum;
        y += a[k] / sum * v[k];
      }
      y_ref.push_back(y);
      y_out.push_back(result.y.data()[i * lde + j]);
    }
    for (int64_t j = e; j < lde; ++j) EXPECT_TRUE(std::isnan(result.y.data()[i * lde + j]));
    for (int64_t k = i * t; k < (i + 1) * t; ++k) {
      for (int64_t j = 0; j < e; ++j) a_out.push_back(result.attention.data()[k * lde + j]);
      for (int64_t j = e; j < lde; ++j) EXPECT_TRUE(std::isnan(result.attention.data()[k * lde + j]));
    }
  }
  // A logit's error is a relative error of its weight.
  test::expect_close(y_out, y_ref, test::tolerance(c, largest_value * largest_logit));
  test::expect_close(a_out, a_ref, test::tolerance(c, test::magnitude(a_ref) * largest_logit));
  EXPECT_EQ(x, x_before);

  EXPECT_TRUE(result.y.same_bits(run(2, 0, b, false).y)) << "without attention";
  for (int threads : {1, 2, 3}) {
    const Result again = run(threads, 0, b);
    EXPECT_TRUE(result.y.same_bits(again.y) && result.attention.same_bits(again.attention))
        << threads << " threads";
  }
  for (int64_t i = 0; i < b; ++i) {
    const Result alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.y.data(), result.y.data() + i * lde, lde * sizeof(float)), 0) << "clip " << i;
    EXPECT_EQ(
        std::memcmp(alone.attention.data(), result.attention.data() + i * t * lde, t * lde * sizeof(float)),
        0)
        << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs minutes for the published sizes; three steps along the inputs use a buffer twice.
    const bool slow = device == Device::executor;
    const int64_t inputs = slow ? 69 : 512, channels = slow ? 12 : 256, long_clip = slow ? 67 : 187;
    for (auto [b, t, c, e, padding, logits] : {std::array<int64_t, 6>{1, 1, 1, 1, 0, 1},
                                               {0, 31, 512, 256, 0, 1},
                                               {2, 3, 4, 0, 0, 1},
                                               {2, 3, 0, 4, 0, 1},
                                               {1, 3, 3, 3, 2, 1},
                                               {3, 31, 33, 31, 0, 2},
                                               {2, 32, 32, 64, 1, 2},
                                               {2, 33, 31, slow ? 33 : 65, 3, 20},
                                               {4, 31, inputs, channels, 0, 2},
                                               {1, long_clip, inputs, channels, 5, 8}}) {
      all.push_back({device, b, t, c, e, padding, static_cast<float>(logits)});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(ChannelAttentionPool, ChannelAttentionPoolTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_c" + std::to_string(c.inputs) + "_e" +
                                  std::to_string(c.channels) + "_pad" + std::to_string(c.padding);
                         });

TEST(ChannelAttentionPoolErrors, NamesTheArgument) {
  const std::vector<float> values(40, 1.0f);
  std::vector<float> out(10), scratch(60);
  const PackedMatrix matrix = PackedMatrix::from_rows({values.data(), 20}, 5, 4);
  ChannelAttentionPoolArgs args;
  args.x = make_view<3>(values.data(), {2, 3, 4});
  args.att = args.cla = &matrix;
  args.att_bias = args.cla_bias = make_view<1>(values.data(), {5});
  args.y = make_view<2>(out.data(), {2, 5});
  args.workspace = std::as_writable_bytes(std::span(scratch).first(59));
  const auto message = [&] {
    try {
      channel_attention_pool(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "channel_attention_pool: workspace: got 236 bytes, wanted 240");
  args.workspace = std::as_writable_bytes(std::span(scratch));
  EXPECT_EQ(message(), "no error");
  args.cla_bias = make_view<1>(values.data(), {4});
  EXPECT_EQ(message(), "channel_attention_pool: cla_bias: got (4), wanted (5)");
  args.x.shape[1] = 0;
  EXPECT_EQ(message(), "channel_attention_pool: x: got something else, wanted at least one frame");
}

}  // namespace
}  // namespace serene
