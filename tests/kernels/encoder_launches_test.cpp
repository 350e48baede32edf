// The ops of speech encoders are launched at the widths that such encoders have: a launch that a GPU would
// refuse is an error, as in launch_widths_test.cpp.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "kernels/add_positions/add_positions.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/frame_pool/frame_pool.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"
#include "kernels/gru/gru.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/linear/linear.h"
#include "kernels/log_mel/log_mel.h"
#include "kernels/log_softmax/log_softmax.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/normalize/normalize.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/position_bias/position_bias.h"
#include "kernels/position_gate/position_gate.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "kernels/self_attention_pool/self_attention_pool.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "tests/executor/record.h"
#include "tests/kernels/launch_scene.h"
#include "tests/support/ragged.h"

namespace serene {
namespace {

using Scene = test::LaunchScene;

// Rows of two clips.
struct Clips {
  test::RaggedClips clips{{5, 3}};
  int64_t rows = 8;
};

struct Launched {
  const char* op;
  bool precise;
  std::function<void(Scene&, Precision)> launch;
};

// Of an encoder H wide with heads of H / heads.
std::vector<Launched> launched(int64_t heads) {
  static const Clips eight;
  const auto rows = [](Scene& s, int64_t columns) { return s.map<2>({eight.rows, columns}); };
  return {
      {"linear", true,
       [=](Scene& s, Precision precision) {
         for (const auto& [k, n] : {std::pair{s.c(), 4 * s.c()}, {4 * s.c(), s.c()}}) {
           LinearArgs args;
           args.x = rows(s, k);
           args.weight = s.matrix(k, n);
           args.bias = s.vector(n);
           args.activation = Activation::gelu;
           args.y = rows(s, n);
           args.precision = precision;
           args.workspace = s.workspace(linear_workspace(eight.rows, *args.weight, precision, s.stream()));
           linear(args, s.stream());
         }
       }},
      {"scaled_attention", true,
       [=](Scene& s, Precision precision) {
         ScaledAttentionArgs args;
         args.q = args.k = args.v = rows(s, s.c());
         args.clips = eight.clips.get();
         args.heads = heads;
         args.bias = s.map<2>({heads, 9});
         args.gate = rows(s, heads);
         args.y = rows(s, s.c());
         args.precision = precision;
         args.workspace =
             s.workspace(scaled_attention_workspace(eight.rows, heads, s.c() / heads, s.stream()));
         scaled_attention(args, s.stream());
       }},
      {"conv1d", true,
       [=](Scene& s, Precision precision) {
         Conv1dArgs args;
         args.x = rows(s, s.c());
         args.x_clips = eight.clips.get();
         args.weight = s.matrix(3 * s.c(), s.c());
         args.taps = 3;
         args.padding = 1;
         args.y_clips = eight.clips.get();
         args.y = rows(s, s.c());
         args.precision = precision;
         args.workspace = s.workspace(conv1d_workspace(args, s.stream()));
         conv1d(args, s.stream());
       }},
      {"grouped_conv1d", true,
       [=](Scene& s, Precision precision) {
         const int64_t groups = 16, taps = 128, width = s.c() / groups;
         const PackedMatrix weight = PackedMatrix::from_grouped_conv(
             std::vector<float>(static_cast<size_t>(s.c() * width * taps)), groups, width, width, taps);
         GroupedConv1dArgs args;
         args.x = rows(s, s.c());
         args.clips = eight.clips.get();
         args.weight = &weight;
         args.groups = groups;
         args.taps = taps;
         args.bias = s.vector(s.c());
         args.y = rows(s, s.c());
         args.y.data += args.y.numel();  // not in place
         args.precision = precision;
         args.workspace = s.workspace(grouped_conv1d_workspace(s.c(), groups, taps, s.stream()));
         grouped_conv1d(args, s.stream());
       }},
      {"group_norm", false,
       [=](Scene& s, Precision) {
         GroupNormArgs args;
         args.x = args.y = rows(s, s.c());
         args.clips = eight.clips.get();
         args.weight = args.bias = s.vector(s.c());
         args.workspace = s.workspace(group_norm_workspace(eight.rows, 2, s.c(), s.stream()));
         group_norm(args, s.stream());
       }},
      {"layer_norm", false,
       [=](Scene& s, Precision) {
         LayerNormArgs args;
         args.x = args.y = rows(s, s.c());
         args.weight = args.bias = s.vector(s.c());
         layer_norm(args, s.stream());
       }},
      {"gru", false,
       [=](Scene& s, Precision) {
         const int64_t units = s.c() / 4;
         GruArgs args;
         args.gates = rows(s, 6 * units);
         args.clips = eight.clips.get();
         args.forward = args.backward = s.matrix(units, 3 * units);
         args.bias = s.map<2>({2, 3 * units});
         args.y = rows(s, 2 * units);
         args.workspace = s.workspace(gru_workspace(units, s.stream()));
         gru(args, s.stream());
       }},
      {"self_attention_pool", false,
       [=](Scene& s, Precision) {
         SelfAttentionPoolArgs args;
         args.x = args.projected = rows(s, s.c());
         args.v = s.map<2>({8, s.c()});
         args.clips = eight.clips.get();
         args.y = s.map<2>({2, 8 * s.c()});
         args.workspace = s.workspace(self_attention_pool_workspace(args, s.stream()));
         self_attention_pool(args, s.stream());
       }},
      {"weighted_sum", false,
       [=](Scene& s, Precision) {
         WeightedSumArgs args;
         args.x = args.y = rows(s, s.c());
         args.logits = s.vector(25);
         weighted_sum(args, s.stream());
       }},
      {"mean_pool", false,
       [=](Scene& s, Precision) {
         MeanPoolArgs args;
         args.x = rows(s, s.c());
         args.clips = eight.clips.get();
         args.y = s.map<2>({2, s.c()});
         mean_pool(args, s.stream());
       }},
      {"frame_pool", false,
       [=](Scene& s, Precision) {
         const test::RaggedClips pooled({2, 1});
         FramePoolArgs args;
         args.x = rows(s, s.c());
         args.x_clips = eight.clips.get();
         args.frames = 4;
         args.y_clips = pooled.get();
         args.y = s.map<2>({3, s.c()});
         frame_pool(args, s.stream());
       }},
      {"position_bias", false,
       [=](Scene& s, Precision) {
         PositionBiasArgs args;
         args.table = s.map<2>({320, heads});
         args.largest = 800;
         args.y = s.map<2>({heads, 9});
         position_bias(args, s.stream());
       }},
      {"position_gate", false,
       [=](Scene& s, Precision) {
         PositionGateArgs args;
         args.x = rows(s, s.c());
         args.weight = s.map<2>({2, s.c() / heads});
         args.bias = s.vector(2);
         args.scale = s.vector(heads);
         args.y = rows(s, heads);
         position_gate(args, s.stream());
       }},
      {"add_positions", false,
       [=](Scene& s, Precision) {
         AddPositionsArgs args;
         args.x = args.y = rows(s, s.c());
         args.clips = eight.clips.get();
         args.table = s.map<2>({5, s.c()});
         add_positions(args, s.stream());
       }},
      {"log_softmax", false,
       [=](Scene& s, Precision) {
         LogSoftmaxArgs args;
         args.x = args.y = rows(s, s.c());
         log_softmax(args, s.stream());
       }},
      {"pointwise", false,
       [=](Scene& s, Precision) {
         PointwiseArgs args;
         args.x = args.y = rows(s, s.c());
         pointwise(args, s.stream());
       }},
      {"normalize", false,
       [=](Scene& s, Precision) {
         NormalizeArgs args;
         args.x = args.y = s.vector(eight.rows);
         args.clips = eight.clips.get();
         normalize(args, s.stream());
       }},
      {"log_mel", false,
       [=](Scene& s, Precision) {
         const SlaneyBank bank(s.c() >= 1280 ? 128 : 80);
         const test::RaggedClips samples({800, 480});
         LogMelArgs args;
         args.x = s.vector(1280);
         args.samples = samples.get();
         args.bank = &bank;
         args.frames = eight.clips.get();
         args.y = rows(s, bank.mels());
         args.workspace = s.workspace(log_mel_workspace(eight.rows, bank, s.stream()));
         log_mel(args, s.stream());
       }},
  };
}

struct Width {
  int64_t channels, heads;
};
// Whisper tiny to large, the base and large layouts of the others, XLS-R 1B with heads of 80.
constexpr Width kWidths[] = {{384, 6}, {512, 8}, {768, 12}, {1024, 16}, {1280, 20}, {1280, 16}};

TEST(EncoderLaunches, EveryOpLaunchesAtThePublishedWidths) {
  test::FreshDevices devices;
  for (const Width& width : kWidths) {
    Scene scene(width.channels);
    for (const Launched& op : launched(width.heads)) {
      for (const Precision precision : test::precisions(op.precise)) {
        for (const size_t most_shared : test::kMostShared) {
          scene.give(devices.next(most_shared));
          const executor::LaunchRecording recording;
          EXPECT_NO_THROW(op.launch(scene, precision))
              << op.op << " at " << width.channels << " channels in " << precision_name(precision)
              << ", a block having " << most_shared;
          EXPECT_FALSE(recording.launches().empty()) << op.op << " at " << width.channels << " channels";
        }
      }
    }
  }
}

}  // namespace
}  // namespace serene
