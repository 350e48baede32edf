// Runs encoders and heads on clips of different lengths, packed, without an engine.
#pragma once

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "runtime/networks/common/network.h"
#include "tests/support/op_test.h"
#include "tests/support/random_values.h"

namespace serene::test {

// Calls `forward(pass)` to measure and then to run.
template <class Forward>
void run_pass(const Stream& stream, Precision precision, Forward forward) {
  runtime::Arena measuring;
  runtime::Offsets offsets;
  forward(runtime::Pass{measuring, stream, nullptr, nullptr, precision, &offsets, nullptr});
  AlignedBuffer memory(measuring.peak());
  runtime::Arena arena(static_cast<std::byte*>(memory.data()), memory.bytes());
  arena.poison();
  runtime::Offsets::Reader reader(offsets, nullptr);
  forward(runtime::Pass{arena, stream, nullptr, nullptr, precision, nullptr, &reader});
}

using Clips = std::vector<std::vector<float>>;

// Rows of all clips, one after another, and how many each has.
inline std::pair<std::vector<float>, std::vector<int64_t>> packed(const Clips& clips, int64_t width) {
  std::pair<std::vector<float>, std::vector<int64_t>> result;
  for (const std::vector<float>& clip : clips) {
    result.first.insert(result.first.end(), clip.begin(), clip.end());
    result.second.push_back(std::ssize(clip) / width);
  }
  return result;
}

// Of each clip, all hidden states, one after another.
inline Clips run_encoder(const runtime::Encoder& encoder, const Clips& clips, int threads = 1,
                         Precision precision = Precision::fp32) {
  const auto [samples, lengths] = packed(clips, 1);
  std::vector<int64_t> rows;
  for (const int64_t length : lengths) rows.push_back(encoder.frames(length));
  Clips states(clips.size());
  const TestStream stream(Device::cpu, threads);
  run_pass(stream, precision, [&](const runtime::Pass& pass) {
    const runtime::Waveforms waveforms{make_view<1>(samples.data(), {std::ssize(samples)}),
                                       pass.ragged(lengths)};
    const Ragged frames = pass.ragged(rows);
    int64_t next = 0;
    encoder.forward(pass, waveforms, frames, [&](int64_t index, const View<const float, 2>& state) {
      EXPECT_EQ(index, next++);
      pass.run([&] {
        EXPECT_EQ(state.shape, (std::array{frames.rows(), encoder.width()}));
        for (int64_t b = 0; b < frames.clips; ++b) {
          for (int64_t t = frames.begin[b]; t < frames.begin[b + 1]; ++t)
            states[b].insert(states[b].end(), state[t].data, state[t].data + encoder.width());
        }
      });
    });
    EXPECT_EQ(next, encoder.last_state() + 1);
  });
  return states;
}

inline const runtime::Head& head_of(const runtime::Network& network) {
  return dynamic_cast<const runtime::Head&>(network);
}

// Random clips of so many rows (T, width).
inline Clips clips_of(const std::vector<int64_t>& rows, int64_t width) {
  Clips clips;
  for (const int64_t count : rows)
    clips.push_back(random_values(count * width, static_cast<uint32_t>(clips.size() + 1)));
  return clips;
}

// Of each clip, all outputs, one after another; clips have rows (T, width).
inline Clips run_head(const runtime::Head& head, const std::vector<int64_t>& sizes, int64_t width,
                      const Clips& clips, int threads = 1, Precision precision = Precision::fp32) {
  const auto [x, rows] = packed(clips, width);
  const int64_t total = std::ssize(x) / width, count = std::ssize(clips);
  std::vector<std::vector<float>> values;
  std::vector<View<float, 2>> outputs;
  for (const int64_t size : sizes) {
    std::vector<float>& all = values.emplace_back(static_cast<size_t>(count * size));
    outputs.push_back(make_view<2>(all.data(), {count, size}));
  }
  const TestStream stream(Device::cpu, threads);
  run_pass(stream, precision, [&](const runtime::Pass& pass) {
    head.forward(pass, make_view<2>(x.data(), {total, width}), pass.ragged(rows), outputs);
  });
  Clips results(clips.size());
  for (const View<float, 2>& output : outputs) {
    for (int64_t b = 0; b < count; ++b)
      results[b].insert(results[b].end(), output[b].data, output[b].data + output.size(1));
  }
  return results;
}

// Random mixes of some of the clips: each clip's results are those that it has alone, to the bit.
// `run(clips, threads, precision)` gives them.
template <class Run>
void expect_same_in_every_mix(const Clips& clips, int mixes, Run run) {
  const Precision precisions[] = {Precision::fp32, Precision::bf16};
  std::vector<Clips> alone(2);
  for (size_t p = 0; p < 2; ++p) {
    for (const std::vector<float>& clip : clips) alone[p].push_back(run({clip}, 1, precisions[p]).at(0));
  }
  std::mt19937 random(7);
  for (int mix = 0; mix < mixes; ++mix) {
    std::vector<size_t> chosen(1 + random() % 6);
    Clips batch;
    for (size_t& i : chosen) {
      i = random() % clips.size();
      batch.push_back(clips[i]);
    }
    const size_t p = random() % 2;
    const int threads = 1 + static_cast<int>(random() % 3);
    const Clips together = run(batch, threads, precisions[p]);
    for (size_t b = 0; b < chosen.size(); ++b) {
      ASSERT_FALSE(together[b].empty());
      ASSERT_EQ(together[b].size(), alone[p][chosen[b]].size());
      ASSERT_EQ(
          0, std::memcmp(together[b].data(), alone[p][chosen[b]].data(), together[b].size() * sizeof(float)))
          << "clip " << chosen[b] << ", place " << b << " of mix " << mix << ", " << threads << " threads, "
          << precision_name(precisions[p]);
    }
  }
}

}  // namespace serene::test
