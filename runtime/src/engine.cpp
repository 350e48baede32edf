#include "runtime/src/engine.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "kernels/common/error.h"
#include "kernels/copy/copy.h"
#include "kernels/frame_pool/frame_pool.h"
#include "runtime/networks/common/as_map.h"
#include "runtime/networks/common/frame_groups.h"
#include "runtime/networks/common/head_limits.h"
#include "runtime/src/back_end/devices.h"
#include "runtime/src/batches.h"
#include "runtime/src/enhance_windows.h"
#include "runtime/src/fit.h"
#include "runtime/src/log.h"
#include "runtime/src/share_memory.h"

namespace serene::runtime {
namespace {

void check_samples(std::span<const float> clip, const std::string& which) {
  if (clip.empty()) throw Error(ErrorKind::audio, which + ": no samples");
  for (size_t i = 0; i < clip.size(); ++i) {
    if (!std::isfinite(clip[i])) {
      throw Error(ErrorKind::audio, which + ": sample " + std::to_string(i) + " is not finite");
    }
  }
}

// The GPU where there is one, else the CPU, with a warning where a GPU was built for.
std::unique_ptr<BackEnd> open_automatic(const DeviceOptions& options) {
  if (linked_with(Device::executor) && std::getenv("SERENE_TEST_EXECUTOR") != nullptr)
    return open_device(Device::executor, options);
  if (linked_with(Device::cuda)) {
    try {
      return open_device(Device::cuda, options);
    } catch (const Error& error) {
      log(SERENE_LOG_WARNING, std::string(error.what()) + "; computing on the CPU");
    }
  }
  return open_device(Device::cpu, options);
}

std::unique_ptr<BackEnd> open_chosen(const EngineOptions& options) {
  const DeviceOptions device{options.threads, options.device_index};
  switch (options.device) {
    case EngineOptions::Choice::automatic:
      return open_automatic(device);
    case EngineOptions::Choice::cpu:
      return open_device(Device::cpu, device);
    case EngineOptions::Choice::cuda:
      return open_device(Device::cuda, device);
    case EngineOptions::Choice::executor:
      return open_device(Device::executor, device);
  }
  throw Error(ErrorKind::internal, "engine: unknown device");
}

int64_t ssize(std::span<const float> values) { return static_cast<int64_t>(values.size()); }

// All items, the shortest first.
std::vector<size_t> in_order(const std::map<int64_t, std::vector<size_t>>& of_length) {
  std::vector<size_t> all;
  for (const auto& [length, items] : of_length) all.insert(all.end(), items.begin(), items.end());
  return all;
}

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, const EngineOptions& options)
    : back_end_(open_chosen(options)),
      model_(std::move(model)),
      passes_(*back_end_, options.precision, options.graph_bytes) {
  if (options.precision == Precision::tf32 && back_end_->stream().device == Device::cpu) {
    throw Error(ErrorKind::unsupported, "precision tf32: the CPU computes in fp32 and bf16");
  }
  Memory& weights = back_end_->weights();
  on_device_ = &weights == &HostMemory::instance() ? model_ : model_->in(weights);
  back_end_->weights_are_written();
  log(SERENE_LOG_INFO, "engine: " + back_end_->name());
}

Engine::Outputs Engine::all_outputs() const {
  Outputs all(model_->outputs.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

Engine::Outputs Engine::outputs_for(std::span<const size_t> wanted) const {
  if (wanted.empty() || !model_->wiring().gives_alone(wanted)) return all_outputs();
  return {wanted.begin(), wanted.end()};
}

size_t Engine::outputs_size(int64_t batch, const Outputs& given) const {
  int64_t size = 0;
  for (const size_t output : given) size += model_->outputs[output].size;
  return static_cast<size_t>(batch * size);
}

std::vector<View<float, 2>> Engine::outputs_in(float* out, int64_t batch, const Outputs& given) const {
  std::vector<View<float, 2>> views(model_->outputs.size());
  for (const size_t output : given) {
    const int64_t size = model_->outputs[output].size;
    views[output] = make_view<2>(out, {batch, size});
    out += batch * size;
  }
  return views;
}

void Engine::collect(PendingPass&& pass, std::span<ClipResult> results, const Outputs& given,
                     std::span<const size_t> wanted) {
  const int64_t batch = std::ssize(results);
  std::vector<float> values(outputs_size(batch, given));
  passes_.collect(std::move(pass), values);
  const std::vector<View<float, 2>> outputs = outputs_in(values.data(), batch, given);
  for (ClipResult& result : results) result.outputs.resize(outputs.size());
  for (const size_t output : wanted.empty() ? std::span<const size_t>(given) : wanted) {
    const View<float, 2>& view = outputs[output];
    for (int64_t b = 0; b < batch; ++b) {
      const float* first = view.data + b * view.stride[0];
      results[b].outputs[output].assign(first, first + view.size(1));
    }
  }
}

PendingPass Engine::start_score(std::span<const std::span<const float>> clips,
                                std::span<const size_t> indices, const Outputs& given) {
  const models::Fit& fit = model_->config.clip;
  std::vector<int64_t> lengths;
  for (const size_t index : indices) lengths.push_back(fitted_size(ssize(clips[index]), fit));
  return start_score(lengths, given, nullptr, [&](std::span<float> input) {
    for (size_t b = 0; b < indices.size(); ++b) {
      fit_clip(clips[indices[b]], fit, input.first(lengths[b]));
      input = input.subspan(lengths[b]);
    }
  });
}

PendingPass Engine::start_score(const std::vector<int64_t>& lengths, const Outputs& given, ProbeSink* taps,
                                const PassRunner::Fill& fill) {
  const int64_t count = std::ssize(lengths);
  const int64_t samples = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  return passes_.start(
      {PassKey::Kind::score, lengths, given}, static_cast<size_t>(samples), fill, outputs_size(count, given),
      taps, [&, count, samples](const Pass& pass, float* pcm, float* out) {
        const Waveforms waveforms{make_view<1, const float>(pcm, {samples}), pass.ragged(lengths)};
        on_device_->wiring().forward(pass, waveforms, outputs_in(out, count, given));
      });
}

ClipResult Engine::score_with(std::span<const float> fitted, ProbeSink& probes) {
  model_->require_score();
  back_end_->enter();
  check_samples(fitted, "clip 0");
  check_length(0, ssize(fitted));
  std::vector<ClipResult> results(1);
  const Outputs all = all_outputs();
  collect(
      start_score({ssize(fitted)}, all, &probes,
                  [&](std::span<float> input) { std::copy(fitted.begin(), fitted.end(), input.begin()); }),
      results, all);
  return std::move(results.front());
}

void Engine::check_length(size_t clip, int64_t samples) const {
  const auto fail = [&](const std::string& needs) {
    throw Error(ErrorKind::audio, "clip " + std::to_string(clip) + ": " + std::to_string(samples) +
                                      " samples, the model " + needs);
  };
  const int64_t least = model_->wiring().minimum_samples(), most = model_->wiring().maximum_samples();
  if (samples < least) fail("needs at least " + std::to_string(least));
  if (samples > most) fail("takes at most " + std::to_string(most));
}

std::map<int64_t, std::vector<size_t>> Engine::by_length(
    std::span<const std::span<const float>> clips) const {
  for (size_t i = 0; i < clips.size(); ++i) check_samples(clips[i], "clip " + std::to_string(i));
  // The bits of a clip do not depend on the clips that it goes with.
  std::map<int64_t, std::vector<size_t>> of_length;
  for (size_t i = 0; i < clips.size(); ++i) {
    const int64_t samples = fitted_size(ssize(clips[i]), model_->config.clip);
    check_length(i, samples);
    of_length[samples].push_back(i);
  }
  if (model_->wiring().ragged()) of_length = {{0, in_order(of_length)}};
  return of_length;
}

std::vector<ClipResult> Engine::score(std::span<const std::span<const float>> clips,
                                      std::span<const size_t> wanted) {
  model_->require_score();
  back_end_->enter();
  const Outputs given = outputs_for(wanted);
  const std::map<int64_t, std::vector<size_t>> of_length = by_length(clips);
  std::vector<ClipResult> all(clips.size());
  const int64_t fixed = fit_samples(model_->config.clip);
  Batches batches(
      static_cast<size_t>(back_end_->most_clips()),
      [&](std::span<const size_t> batch) { return start_score(clips, batch, given); },
      [&](PendingPass&& pass, std::span<const size_t> batch) {
        std::vector<ClipResult> results(batch.size());
        collect(std::move(pass), results, given, wanted);
        for (size_t b = 0; b < batch.size(); ++b) {
          const std::span<const float> clip = clips[batch[b]];
          results[b].short_clip = ssize(clip) < fixed;
          results[b].cut = fixed > 0 && ssize(clip) > fixed;
          results[b].silent = std::all_of(clip.begin(), clip.end(), [](float x) { return x == 0.0f; });
          all[batch[b]] = std::move(results[b]);
        }
      });
  batches.run(of_length);
  return all;
}

int64_t Engine::state_rows(int64_t samples, const StateChoice& choice) const {
  return frame_pool_length(model_->require_encoder().frames(samples), choice.group_size);
}

PendingPass Engine::start_states(std::span<const std::span<const float>> clips,
                                 std::span<const size_t> indices, const StateChoice& choice) {
  const models::Fit& fit = model_->config.clip;
  const int64_t width = model_->require_encoder().width();
  std::vector<int64_t> lengths, frames;
  int64_t samples = 0, rows = 0;
  for (const size_t index : indices) {
    lengths.push_back(fitted_size(ssize(clips[index]), fit));
    frames.push_back(model_->require_encoder().frames(lengths.back()));
    samples += lengths.back();
    rows += state_rows(lengths.back(), choice);
  }
  return passes_.start(
      {PassKey::Kind::states, lengths, {}, choice.state, choice.group_size}, static_cast<size_t>(samples),
      [&](std::span<float> input) {
        for (size_t b = 0; b < indices.size(); ++b) {
          fit_clip(clips[indices[b]], fit, input.first(lengths[b]));
          input = input.subspan(lengths[b]);
        }
      },
      static_cast<size_t>(rows * width), nullptr,
      [&, samples, rows, width](const Pass& pass, float* pcm, float* out) {
        const Encoder& encoder = on_device_->require_encoder();
        const Waveforms waveforms{make_view<1, const float>(pcm, {samples}), pass.ragged(lengths)};
        const Ragged of_frames = pass.ragged(frames);
        encoder.forward(pass, waveforms, of_frames, [&](int64_t index, const View<const float, 2>& state) {
          if (index != choice.state) return;
          const Arena::Scope scope(pass.arena);
          const FrameGroups groups = frame_groups(pass, state, of_frames, choice.group_size);
          pass.run([&] {
            copy({as_map(groups.rows), as_map(make_view<2>(out, {rows, width}))}, pass.stream);
          });
        });
      });
}

std::vector<ClipStates> Engine::states(std::span<const std::span<const float>> clips,
                                       const StateChoice& asked) {
  const Encoder& encoder = model_->require_encoder();
  const int64_t last = encoder.last_state(), width = encoder.width();
  if (asked.state < -1 || asked.state > last) {
    throw Error(ErrorKind::invalid_argument, "state " + std::to_string(asked.state) +
                                                 ": the model's encoder has 0 to " + std::to_string(last));
  }
  if (asked.group_size < 1 || asked.group_size > networks::kMostFrames) {
    throw Error(ErrorKind::invalid_argument, "means of " + std::to_string(asked.group_size) +
                                                 " frames: wanted 1 to " +
                                                 std::to_string(networks::kMostFrames));
  }
  back_end_->enter();
  const StateChoice choice{asked.state < 0 ? last : asked.state, asked.group_size};
  std::vector<ClipStates> all(clips.size());
  std::vector<float> values;
  Batches batches(
      static_cast<size_t>(back_end_->most_clips()),
      [&](std::span<const size_t> batch) { return start_states(clips, batch, choice); },
      [&](PendingPass&& pass, std::span<const size_t> batch) {
        size_t size = 0;
        for (const size_t i : batch) {
          all[i].rows = state_rows(fitted_size(ssize(clips[i]), model_->config.clip), choice);
          size += static_cast<size_t>(all[i].rows * width);
        }
        values.resize(size);
        passes_.collect(std::move(pass), values);
        auto first = values.begin();
        for (const size_t i : batch) {
          const auto end = first + all[i].rows * width;
          all[i].values.assign(first, end);
          first = end;
        }
      });
  batches.run(by_length(clips));
  return all;
}

void Engine::enhance(std::span<const std::span<const float>> clips,
                     std::span<const std::span<float>> enhanced) {
  model_->require_enhance();
  back_end_->enter();
  std::vector<EnhanceWindow> windows;
  for (size_t i = 0; i < clips.size(); ++i) {
    check_samples(clips[i], "clip " + std::to_string(i));
    add_enhance_windows(i, ssize(clips[i]), windows);
  }
  // A later window would read what an earlier one wrote.
  const bool apart = !share_memory(clips, enhanced);
  std::vector<std::vector<float>> own(apart ? 0 : clips.size());
  std::vector<std::span<float>> outputs(enhanced.begin(), enhanced.end());
  for (size_t i = 0; i < own.size(); ++i) outputs[i] = own[i] = std::vector<float>(enhanced[i].size());
  if (apart) {
    for (const std::span<float> output : outputs) std::fill(output.begin(), output.end(), 0.0f);
  }
  std::map<int64_t, std::vector<size_t>> of_length;
  for (size_t p = 0; p < windows.size(); ++p) of_length[windows[p].length].push_back(p);

  std::vector<float> results;
  Batches batches(
      static_cast<size_t>(back_end_->most_clips()),
      [&](std::span<const size_t> batch) {
        std::vector<std::span<const float>> pieces;
        for (const size_t p : batch)
          pieces.push_back(clips[windows[p].clip].subspan(windows[p].start, windows[p].length));
        return start_enhance(pieces);
      },
      [&](PendingPass&& pass, std::span<const size_t> batch) {
        const auto n = static_cast<size_t>(windows[batch.front()].length);
        results.resize(batch.size() * n);
        passes_.collect(std::move(pass), results);
        for (size_t b = 0; b < batch.size(); ++b) {
          const EnhanceWindow& window = windows[batch[b]];
          add_faded(window, std::span<const float>(results).subspan(b * n, n), outputs[window.clip]);
        }
      });
  batches.run(of_length);
  for (size_t i = 0; i < own.size(); ++i) std::copy(own[i].begin(), own[i].end(), enhanced[i].begin());
}

PendingPass Engine::start_enhance(std::span<const std::span<const float>> parts) {
  const int64_t count = std::ssize(parts), n = ssize(parts.front());
  const auto size = static_cast<size_t>(count * n);
  return passes_.start(
      {PassKey::Kind::enhance, std::vector<int64_t>(count, n)}, size,
      [&](std::span<float> input) {
        float* end = input.data();
        for (const std::span<const float> part : parts) end = std::copy(part.begin(), part.end(), end);
      },
      size, nullptr,
      [&](const Pass& pass, float* in, float* out) {
        on_device_->wiring().enhancer()->forward(pass, make_view<2, const float>(in, {count, n}),
                                                 make_view<2>(out, {count, n}));
      });
}

namespace {

int64_t numel(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

}  // namespace

ValuesByName Engine::run_part(const std::string& part, const ValuesByName& inputs, ProbeSink& probes) {
  back_end_->enter();
  const Network& network = on_device_->part(part);
  const auto shapes = network.result_shapes(inputs);
  size_t input_size = 0, output_size = 0;
  for (const auto& [name, input] : inputs) input_size += input.values.size();
  for (const auto& [name, shape] : shapes) output_size += static_cast<size_t>(numel(shape));
  const auto fill = [&](std::span<float> all) {
    float* end = all.data();
    for (const auto& [name, input] : inputs) end = std::copy(input.values.begin(), input.values.end(), end);
  };
  const auto forward = [&](const Pass& pass, float* in, float* out) {
    Ports from, to;
    for (const auto& [name, input] : inputs) {
      from[name] = {input.shape, in};
      in += input.values.size();
    }
    for (const auto& [name, shape] : shapes) {
      to[name] = {shape, out};
      out += numel(shape);
    }
    network.run_alone(pass, from, to);
  };
  std::vector<float> all(output_size);
  // Without a plan of its own: probes keep it from being a graph.
  passes_.collect(passes_.start({PassKey::Kind::part}, input_size, fill, output_size, &probes, forward), all);
  ValuesByName results;
  auto first = all.begin();
  for (const auto& [name, shape] : shapes) {
    const auto end = first + numel(shape);
    results[name] = {shape, {first, end}};
    first = end;
  }
  return results;
}

}  // namespace serene::runtime
