// A clip's bits must depend on that clip alone: every op on ragged batches, over random mixes of clips,
// orders, threads and precisions.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels/add_positions/add_positions.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"
#include "kernels/gru/gru.h"
#include "kernels/linear/linear.h"
#include "kernels/log_mel/log_mel.h"
#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/normalize/normalize.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "kernels/self_attention_pool/self_attention_pool.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"

namespace serene {
namespace {

using test::RaggedClips;

const std::vector<int64_t> kLengths = {1, 2, 3, 17, 33, 64, 191, 257, 401};  // of the clips to choose from
constexpr int64_t kChannels = 48;                                            // of each row of theirs
constexpr int kMixes = 120;

// The rows of the chosen clips.
struct Batch {
  RaggedClips clips;
  std::vector<float> rows;
  Precision precision;
  int threads;

  View<const float, 2> view(int64_t width = kChannels) const {
    return make_view<2>(rows.data(), {clips.rows(), width});
  }
};

// What an op gives for each clip of a batch.
using Results = std::vector<std::vector<float>>;
struct Op {
  std::string name;
  std::function<Results(const Batch&)> run;
};

Results split(const std::vector<float>& y, const RaggedClips& clips, int64_t width) {
  Results results;
  for (int64_t b = 0; b < clips.clips(); ++b)
    results.emplace_back(y.begin() + clips.begin(b) * width, y.begin() + clips.begin(b + 1) * width);
  return results;
}

RaggedClips lengths_of(const RaggedClips& clips, const std::function<int64_t(int64_t)>& length) {
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < clips.clips(); ++b) lengths.push_back(length(clips.length(b)));
  return RaggedClips(lengths);
}

// Constant operands of all ops.
struct Weights {
  std::vector<float> values = test::random_values(kChannels * kChannels * 3, 1, 0.15f);
  PackedMatrix square = PackedMatrix::from_rows({values.data(), kChannels* kChannels}, kChannels, kChannels);
  PackedMatrix conv = PackedMatrix::from_conv(values, kChannels, kChannels, 3, 1);
  PackedMatrix grouped = PackedMatrix::from_grouped_conv({values.data(), kChannels * 16 * 5}, 3, 16, 16, 5);
  PackedMatrix recurrent = PackedMatrix::from_rows({values.data(), 24 * 8}, 24, 8);
  SlaneyBank bank{80};
  View<const float, 1> vector(int64_t n) const { return make_view<1>(values.data(), {n}); }
  View<const float, 2> matrix(int64_t rows, int64_t n) const {
    return make_view<2>(values.data(), {rows, n});
  }
};

// Calls the op on the CPU with as much workspace as `bytes` of the stream says.
template <class Args, class Bytes>
void call(void (*op)(const Args&, const Stream&), Args& args, const Batch& batch, Bytes bytes) {
  const test::TestStream stream(Device::cpu, batch.threads);
  test::GuardedWorkspace workspace(bytes(stream.get()));
  args.workspace = workspace.get();
  op(args, stream);
}

Results run_linear(const Weights& w, const Batch& batch) {
  std::vector<float> y(batch.rows.size());
  LinearArgs args;
  args.x = args.residual = batch.view();
  args.weight = &w.square;
  args.bias = w.vector(kChannels);
  args.activation = Activation::gelu;
  args.y = make_view<2>(y.data(), {batch.clips.rows(), kChannels});
  args.precision = batch.precision;
  call(linear, args, batch, [&](const Stream& stream) {
    return linear_workspace(batch.clips.rows(), w.square, batch.precision, stream);
  });
  return split(y, batch.clips, kChannels);
}

Results run_attention(const Weights& w, const Batch& batch) {
  std::vector<float> y(batch.rows.size());
  ScaledAttentionArgs args;
  args.q = args.k = args.v = batch.view();
  args.clips = batch.clips.get();
  args.heads = 3;
  args.bias = w.matrix(3, 2 * 401 - 1);
  args.gate = {batch.rows.data(), {batch.clips.rows(), 3}, {kChannels, 1}};
  args.y = make_view<2>(y.data(), {batch.clips.rows(), kChannels});
  args.precision = batch.precision;
  call(scaled_attention, args, batch, [&](const Stream& stream) {
    return scaled_attention_workspace(batch.clips.rows(), 3, kChannels / 3, stream);
  });
  return split(y, batch.clips, kChannels);
}

// A row's values are samples here.
Results run_normalize(const Weights&, const Batch& batch) {
  const RaggedClips samples = lengths_of(batch.clips, [](int64_t n) { return n * kChannels; });
  std::vector<float> y(batch.rows.size());
  NormalizeArgs args;
  args.x = make_view<1>(batch.rows.data(), {samples.rows()});
  args.clips = samples.get();
  args.y = make_view<1>(y.data(), {samples.rows()});
  normalize(args, test::TestStream(Device::cpu, batch.threads));
  return split(y, samples, 1);
}

Results run_mean_pool(const Weights&, const Batch& batch) {
  std::vector<float> y(static_cast<size_t>(batch.clips.clips() * kChannels));
  MeanPoolArgs args;
  args.x = batch.view();
  args.clips = batch.clips.get();
  args.y = make_view<2>(y.data(), {batch.clips.clips(), kChannels});
  mean_pool(args, test::TestStream(Device::cpu, batch.threads));
  return split(y, lengths_of(batch.clips, [](int64_t) { return 1; }), kChannels);
}

Results run_log_sum_exp_pool(const Weights&, const Batch& batch) {
  std::vector<float> y(static_cast<size_t>(batch.clips.clips() * kChannels));
  LogSumExpPoolArgs args;
  args.x = batch.view();
  args.clips = batch.clips.get();
  args.y = make_view<2>(y.data(), {batch.clips.clips(), kChannels});
  log_sum_exp_pool(args, test::TestStream(Device::cpu, batch.threads));
  return split(y, lengths_of(batch.clips, [](int64_t) { return 1; }), kChannels);
}

// Likewise.
Results run_log_mel(const Weights& w, const Batch& batch) {
  const RaggedClips samples = lengths_of(batch.clips, [](int64_t n) { return n * kChannels; }),
                    frames = lengths_of(samples, [](int64_t n) { return SlaneyBank::own_frames(n); });
  std::vector<float> y(static_cast<size_t>(frames.rows() * 80));
  LogMelArgs args;
  args.x = make_view<1>(batch.rows.data(), {samples.rows()});
  args.samples = samples.get();
  args.bank = &w.bank;
  args.frames = frames.get();
  args.y = make_view<2>(y.data(), {frames.rows(), 80});
  call(log_mel, args, batch,
       [&](const Stream& stream) { return log_mel_workspace(frames.rows(), w.bank, stream); });
  return split(y, frames, 80);
}

Results run_conv1d(const Weights& w, const Batch& batch) {
  const RaggedClips out = lengths_of(batch.clips, [](int64_t n) { return conv1d_length(n, 3, 2, 1); });
  std::vector<float> y(static_cast<size_t>(out.rows() * kChannels));
  Conv1dArgs args;
  args.x = batch.view();
  args.x_clips = batch.clips.get();
  args.weight = &w.conv;
  args.taps = 3;
  args.stride = 2;
  args.padding = 1;
  args.activation = Activation::gelu;
  args.y_clips = out.get();
  args.y = make_view<2>(y.data(), {out.rows(), kChannels});
  args.precision = batch.precision;
  call(conv1d, args, batch, [&](const Stream& stream) { return conv1d_workspace(args, stream); });
  return split(y, out, kChannels);
}

Results run_add_positions(const Weights& w, const Batch& batch) {
  std::vector<float> y(batch.rows.size());
  AddPositionsArgs args;
  args.x = batch.view();
  args.clips = batch.clips.get();
  args.table = {w.values.data(), {401, kChannels}, {1, 1}};  // rows overlap
  args.y = make_view<2>(y.data(), {batch.clips.rows(), kChannels});
  add_positions(args, test::TestStream(Device::cpu, batch.threads));
  return split(y, batch.clips, kChannels);
}

Results run_group_norm(const Weights& w, const Batch& batch) {
  std::vector<float> y(batch.rows.size());
  GroupNormArgs args;
  args.x = batch.view();
  args.clips = batch.clips.get();
  args.weight = args.bias = w.vector(kChannels);
  args.activation = Activation::gelu;
  args.y = make_view<2>(y.data(), {batch.clips.rows(), kChannels});
  call(group_norm, args, batch, [&](const Stream& stream) {
    return group_norm_workspace(batch.clips.rows(), batch.clips.clips(), kChannels, stream);
  });
  return split(y, batch.clips, kChannels);
}

Results run_grouped_conv1d(const Weights& w, const Batch& batch) {
  std::vector<float> y(batch.rows.size());
  GroupedConv1dArgs args;
  args.x = args.residual = batch.view();
  args.clips = batch.clips.get();
  args.weight = &w.grouped;
  args.groups = 3;
  args.taps = 5;
  args.bias = w.vector(kChannels);
  args.y = make_view<2>(y.data(), {batch.clips.rows(), kChannels});
  args.precision = batch.precision;
  call(grouped_conv1d, args, batch,
       [](const Stream& stream) { return grouped_conv1d_workspace(kChannels, 3, 5, stream); });
  return split(y, batch.clips, kChannels);
}

Results run_gru(const Weights& w, const Batch& batch) {
  constexpr int64_t kUnits = kChannels / 6;
  std::vector<float> y(static_cast<size_t>(batch.clips.rows() * 2 * kUnits));
  GruArgs args;
  args.gates = batch.view();
  args.clips = batch.clips.get();
  args.forward = args.backward = &w.recurrent;
  args.bias = w.matrix(2, 3 * kUnits);
  args.y = make_view<2>(y.data(), {batch.clips.rows(), 2 * kUnits});
  call(gru, args, batch, [](const Stream& stream) { return gru_workspace(kUnits, stream); });
  return split(y, batch.clips, 2 * kUnits);
}

Results run_pool(const Weights& w, const Batch& batch) {
  constexpr int64_t kHops = 2;
  std::vector<float> y(static_cast<size_t>(batch.clips.clips() * kHops * kChannels));
  SelfAttentionPoolArgs args;
  args.x = args.projected = batch.view();
  args.v = w.matrix(kHops, kChannels);
  args.clips = batch.clips.get();
  args.y = make_view<2>(y.data(), {batch.clips.clips(), kHops * kChannels});
  call(self_attention_pool, args, batch,
       [&](const Stream& stream) { return self_attention_pool_workspace(args, stream); });
  return split(y, lengths_of(batch.clips, [](int64_t) { return 1; }), kHops * kChannels);
}

TEST(RaggedMixes, AClipHasTheSameBitsInEveryMix) {
  const Weights weights;
  std::vector<Op> ops;
  const auto add = [&](const char* name, Results (*run)(const Weights&, const Batch&)) {
    ops.push_back({name, [&weights, run](const Batch& batch) { return run(weights, batch); }});
  };
  add("linear", run_linear);
  add("scaled_attention", run_attention);
  add("log_mel", run_log_mel);
  add("conv1d", run_conv1d);
  add("add_positions", run_add_positions);
  add("group_norm", run_group_norm);
  add("grouped_conv1d", run_grouped_conv1d);
  add("gru", run_gru);
  add("self_attention_pool", run_pool);
  add("normalize", run_normalize);
  add("mean_pool", run_mean_pool);
  add("log_sum_exp_pool", run_log_sum_exp_pool);

  std::vector<std::vector<float>> clips;
  for (size_t i = 0; i < kLengths.size(); ++i)
    clips.push_back(test::random_values(kLengths[i] * kChannels, 10 + static_cast<uint32_t>(i)));
  const auto batch_of = [&](const std::vector<size_t>& chosen, Precision precision, int threads) {
    std::vector<int64_t> lengths;
    std::vector<float> rows;
    for (size_t i : chosen) {
      lengths.push_back(kLengths[i]);
      rows.insert(rows.end(), clips[i].begin(), clips[i].end());
    }
    return Batch{RaggedClips(lengths), rows, precision, threads};
  };
  const Precision precisions[] = {Precision::fp32, Precision::bf16};
  // [op][precision][clip]
  std::vector<std::vector<Results>> alone(ops.size(), std::vector<Results>(2));
  for (size_t op = 0; op < ops.size(); ++op) {
    for (size_t p = 0; p < 2; ++p) {
      for (size_t i = 0; i < clips.size(); ++i)
        alone[op][p].push_back(ops[op].run(batch_of({i}, precisions[p], 1)).at(0));
    }
  }

  std::mt19937 random(5);
  for (int mix = 0; mix < kMixes; ++mix) {
    std::vector<size_t> chosen(1 + random() % 7);
    for (size_t& i : chosen) i = random() % clips.size();
    const size_t p = random() % 2;
    const Batch batch = batch_of(chosen, precisions[p], 1 + static_cast<int>(random() % 3));
    for (size_t op = 0; op < ops.size(); ++op) {
      const Results results = ops[op].run(batch);
      ASSERT_EQ(results.size(), chosen.size());
      for (size_t b = 0; b < chosen.size(); ++b) {
        ASSERT_FALSE(results[b].empty());
        ASSERT_TRUE(test::same_bits(results[b], alone[op][p][chosen[b]]))
            << ops[op].name << ": clip of " << kLengths[chosen[b]] << " rows, place " << b << " of mix "
            << mix;
      }
    }
  }
}

}  // namespace
}  // namespace serene
