#include "kernels/classifier/classifier.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, width, hidden, classes, padding;  // padding: unused floats at the end of each row
  float logits;                                    // their deviation, about
};

class ClassifierTest : public testing::TestWithParam<Case> {};

TEST_P(ClassifierTest, MatchesReference) {
  const auto [device, b, e, h, k, padding, logit_scale] = GetParam();
  const int64_t lde = e + padding, ldk = k + padding;
  const std::vector<float> embedding = test::random_values(b * lde, 1), embedding_before = embedding;
  const float unit = 1.0f / std::sqrt(static_cast<float>(std::max<int64_t>(e, 1)));
  const float hidden_unit = logit_scale / std::sqrt(static_cast<float>(std::max<int64_t>(h, 1)));
  const std::vector<float> w1 = test::random_values(h * e, 2, unit), b1 = test::random_values(h, 3);
  const std::vector<float> w2 = test::random_values(k * h, 4, hidden_unit), b2 = test::random_values(k, 5);
  const PackedMatrix packed_w1 = PackedMatrix::from_rows(w1, h, e);
  const PackedMatrix packed_w2 = PackedMatrix::from_rows(w2, k, h);

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer out(count * ldk);
    ClassifierArgs args;
    args.embedding = {embedding.data() + first * lde, {count, e}, {lde, 1}};
    args.w1 = &packed_w1;
    args.b1 = make_view<1>(b1.data(), {h});
    args.w2 = &packed_w2;
    args.b2 = make_view<1>(b2.data(), {k});
    args.log_posterior = {out.data(), {count, k}, {ldk, 1}};
    const size_t bytes = classifier_workspace(args);
    GuardedBuffer scratch(static_cast<int64_t>(bytes / sizeof(float)));
    args.workspace = {reinterpret_cast<std::byte*>(scratch.data()), bytes};
    classifier(args, test::TestStream(device, threads));
    out.expect_bands_untouched();
    scratch.expect_bands_untouched();
    return out;
  };
  const GuardedBuffer log_posterior = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  double largest_logit = 1;
  for (int64_t i = 0; i < b; ++i) {
    std::vector<double> hidden, logits;
    for (int64_t j = 0; j < h; ++j) {
      double sum = b1[j];
      for (int64_t m = 0; m < e; ++m) sum += double(w1[j * e + m]) * embedding[i * lde + m];
      hidden.push_back(std::max(sum, 0.0));
    }
    for (int64_t j = 0; j < k; ++j) {
      double sum = b2[j];
      for (int64_t m = 0; m < h; ++m) sum += double(w2[j * h + m]) * hidden[m];
      logits.push_back(sum);
    }
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (double v : logits) sum += std::exp(v - largest);
    for (int64_t j = 0; j < k; ++j) {
      ref.push_back(logits[j] - largest - std::log(sum));
      out.push_back(log_posterior.data()[i * ldk + j]);
    }
    for (int64_t j = k; j < ldk; ++j) EXPECT_TRUE(std::isnan(log_posterior.data()[i * ldk + j]));
    largest_logit = std::max(largest_logit, test::magnitude(logits));
  }
  // Two layers, the second of which adds up the first one's errors; and a difference of two logits.
  test::expect_close(out, ref, test::tolerance(e + h, largest_logit, 2));
  EXPECT_EQ(embedding, embedding_before);

  for (int threads : {1, 2, 3}) {
    EXPECT_TRUE(log_posterior.same_bits(run(threads, 0, b))) << threads << " threads";
  }
  for (int64_t i = 0; i < b; ++i) {
    const GuardedBuffer alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.data(), log_posterior.data() + i * ldk, ldk * sizeof(float)), 0)
        << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs seconds for the large ones.
    const bool slow = device == Device::executor;
    const int64_t batch = slow ? 9 : 200, width = slow ? 515 : 1031, hidden = slow ? 261 : 517;
    // The deviation of 300: exp of a logit would overflow.
    for (auto [b, e, h, k, padding, logits] : {std::array<int64_t, 6>{1, 1, 1, 1, 0, 1},
                                               {0, 256, 128, 4, 0, 1},
                                               {1, 3, 3, 3, 2, 1},
                                               {3, 31, 33, 32, 0, 2},
                                               {25, 32, 31, 33, 1, 300},
                                               {49, 33, 32, 31, 5, 4},
                                               {1, 256, 128, 4, 0, 2},
                                               {batch, 256, 128, 4, 0, 2},
                                               {slow ? 2 : 7, width, hidden, 8, 3, 2}}) {
      all.push_back({device, b, e, h, k, padding, static_cast<float>(logits)});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Classifier, ClassifierTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_e" +
         std::to_string(c.width) + "_h" + std::to_string(c.hidden) + "_k" + std::to_string(c.classes) +
         "_pad" + std::to_string(c.padding);
});

TEST(ClassifierErrors, NamesTheArgument) {
  const std::vector<float> values(24, 1.0f);
  std::vector<float> out(8), scratch(6);
  const PackedMatrix w1 = PackedMatrix::from_rows({values.data(), 12}, 3, 4);
  const PackedMatrix w2 = PackedMatrix::from_rows({values.data(), 6}, 2, 3);
  ClassifierArgs args;
  args.embedding = make_view<2>(values.data(), {2, 4});
  args.w1 = &w1;
  args.b1 = make_view<1>(values.data(), {3});
  args.w2 = &w2;
  args.b2 = make_view<1>(values.data(), {2});
  args.log_posterior = make_view<2>(out.data(), {2, 4});
  args.workspace = std::as_writable_bytes(std::span(scratch).first(5));
  const auto message = [&] {
    try {
      classifier(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "classifier: log_posterior: got (2, 4), wanted (2, 2)");
  args.log_posterior = make_view<2>(out.data(), {2, 2});
  EXPECT_EQ(message(), "classifier: workspace: got 20 bytes, wanted 24");
  args.w2 = &w1;
  EXPECT_EQ(message(), "classifier: w1, w2: got something else, wanted (E, H) and (H, K)");
}

}  // namespace
}  // namespace serene
