// Every width from 4 to 256 in steps of 4 is launched, for every op that takes one: a launch that a GPU would
// refuse, for shared memory above all, is an error. Launches are written down and not run: that an op
// computes what it should at a width is its own test's business.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "kernels/attention_pool/attention_pool.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/channel_attention_pool/channel_attention_pool.h"
#include "kernels/classifier/classifier.h"
#include "kernels/common/error.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/conv_module/conv_module.h"
#include "kernels/copy/copy.h"
#include "kernels/feed_forward/feed_forward.h"
#include "kernels/film/film.h"
#include "kernels/frequency_mean/frequency_mean.h"
#include "kernels/instance_norm/instance_norm.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/prelu/prelu.h"
#include "kernels/relative_attention/relative_attention.h"
#include "kernels/residual_conv/residual_conv.h"
#include "kernels/short_conformer/short_conformer.h"
#include "kernels/zero_border/zero_border.h"
#include "tests/executor/record.h"
#include "tests/kernels/launch_scene.h"

namespace serene {
namespace {

using test::kMostShared;
using test::precisions;
using Scene = test::LaunchScene;

test::FreshDevices devices;

// Heads that are as wide as a GPU takes them.
int64_t heads_of(int64_t c) { return c <= 128 ? 4 : c / 4; }

FeedForwardArgs feed_forward_args(Scene& s) {
  const int64_t c = s.c(), h = 4 * c;
  FeedForwardArgs args;
  args.norm_weight = args.norm_bias = args.b2 = s.vector(c);
  args.b1 = s.vector(h);
  args.w1 = s.matrix(c, h);
  args.w2 = s.matrix(h, c);
  return args;
}

RelativeAttentionArgs relative_attention_args(Scene& s) {
  const int64_t c = s.c();
  RelativeAttentionArgs args;
  args.norm_weight = args.norm_bias = args.out_bias = s.vector(c);
  args.qkv = s.matrix(c, 3 * c);
  args.out = s.matrix(c, c);
  args.heads = heads_of(c);
  args.distances = s.distances(c / args.heads);
  return args;
}

ConvModuleArgs conv_module_args(Scene& s, int64_t taps) {
  const int64_t c = s.c(), inner = 2 * c;
  ConvModuleArgs args;
  args.norm_weight = args.norm_bias = args.b2 = s.vector(c);
  args.w1 = s.matrix(c, 2 * inner);
  args.b1 = s.vector(2 * inner);
  args.taps = s.map<2>({taps, inner});
  args.taps_bias = s.vector(inner);
  args.w2 = s.matrix(inner, c);
  return args;
}

void launch_conv_module(Scene& s, Precision precision, int64_t taps) {
  ConvModuleArgs args = conv_module_args(s, taps);
  args.x = args.residual = args.y = s.frames();
  args.precision = precision;
  args.workspace = s.workspace(conv_module_workspace(2, 3, s.c(), 2 * s.c(), taps, s.stream()));
  conv_module(args, s.stream());
}

struct Launched {
  const char* op;
  int64_t most;  // channels that it takes on a GPU
  bool precise;  // whether it has precisions
  std::function<void(Scene&, Precision)> launch;
};

const std::vector<Launched>& launched() {
  static const std::vector<Launched> all = {
      {"conv2d", 256, true,
       [](Scene& s, Precision precision) {
         Conv2dArgs args;
         args.x = s.map<4>({1, 4, 6, s.c()});
         args.weight = s.matrix(6 * s.c(), s.c());
         args.kernel_t = 2;
         args.kernel_f = 3;
         args.bias = s.vector(s.c()).data;
         args.precision = precision;
         args.y = s.map<4>({1, 3, 4, s.c()});
         conv2d(args, s.stream());
       }},
      {"residual_conv", 256, true,
       [](Scene& s, Precision precision) {
         ResidualConvArgs args;
         args.h = s.map<4>({1, 4, 5, s.c()});
         args.weight = s.matrix(9 * s.c(), s.c());
         args.kernel = 3;
         args.bias = args.shortcut_bias = s.vector(s.c()).data;
         args.x = s.map<4>({1, 3, 5, s.c()});
         args.shortcut = s.matrix(s.c(), s.c());
         args.precision = precision;
         args.y = s.map<4>({1, 2, 3, s.c()});
         residual_conv(args, s.stream());
       }},
      {"feed_forward", 256, true,
       [](Scene& s, Precision precision) {
         FeedForwardArgs args = feed_forward_args(s);
         args.x = args.residual = args.y = s.map<2>({7, s.c()});
         args.precision = precision;
         args.workspace = s.workspace(feed_forward_workspace(s.c(), 4 * s.c(), s.stream()));
         feed_forward(args, s.stream());
       }},
      {"relative_attention", 256, true,
       [](Scene& s, Precision precision) {
         RelativeAttentionArgs args = relative_attention_args(s);
         args.x = args.residual = args.y = s.frames();
         args.precision = precision;
         args.workspace = s.workspace(relative_attention_workspace(2, 3, s.c(), args.heads, s.stream()));
         relative_attention(args, s.stream());
       }},
      {"conv_module", 256, true, [](Scene& s, Precision precision) { launch_conv_module(s, precision, 31); }},
      {"short_conformer", 64, true,
       [](Scene& s, Precision precision) {
         ShortConformerArgs args;
         args.ff1 = args.ff2 = feed_forward_args(s);
         args.attention = relative_attention_args(s);
         args.convolution = conv_module_args(s, 31);
         args.norm.weight = args.norm.bias = s.vector(s.c());
         args.x = args.residual = args.y = s.frames();
         args.precision = precision;
         args.workspace = s.workspace(short_conformer_workspace(args, s.stream()));
         short_conformer(args, s.stream());
       }},
      {"layer_norm", 256, false,
       [](Scene& s, Precision) {
         LayerNormArgs args;
         args.x = args.residual = args.y = s.map<2>({7, s.c()});
         args.weight = args.bias = s.vector(s.c());
         layer_norm(args, s.stream());
       }},
      {"instance_norm", 256, false,
       [](Scene& s, Precision) {
         InstanceNormArgs args;
         args.x = s.frames();
         args.weight = args.bias = args.slope = s.vector(s.c());
         args.workspace = s.workspace(instance_norm_workspace(1, 2, s.c()));
         instance_norm(args, s.stream());
       }},
      {"batch_norm", 256, false,
       [](Scene& s, Precision) {
         BatchNormArgs args;
         args.x = args.y = s.frames();
         args.scale = args.shift = s.vector(3);
         batch_norm(args, s.stream());
       }},
      {"prelu", 256, false,
       [](Scene& s, Precision) {
         PreluArgs args;
         args.x = s.map<3>({1, 5, s.c()});
         args.slope = s.vector(s.c());
         prelu(args, s.stream());
       }},
      {"copy", 256, false,
       [](Scene& s, Precision) {
         CopyArgs args;
         args.x = args.y = s.frames();
         copy(args, s.stream());
       }},
      {"zero_border", 256, false,
       [](Scene& s, Precision) {
         ZeroBorderArgs args;
         args.y = s.frames();
         args.before_t = args.before_f = args.after_f = 1;
         zero_border(args, s.stream());
       }},
      {"max_pool", 256, false,
       [](Scene& s, Precision) {
         MaxPoolArgs args;
         args.x = s.map<4>({1, 4, 5, s.c()});
         args.y = s.map<4>({1, 2, 2, s.c()});
         max_pool(args, s.stream());
       }},
      {"frequency_mean", 256, false,
       [](Scene& s, Precision) {
         FrequencyMeanArgs args;
         args.x = s.frames();
         args.y = s.map<3>({1, 2, s.c()});
         frequency_mean(args, s.stream());
       }},
      {"channel_attention_pool", 256, false,
       [](Scene& s, Precision) {
         ChannelAttentionPoolArgs args;
         args.x = s.map<3>({1, 5, s.c()});
         args.att = args.cla = s.matrix(s.c(), s.c());
         args.att_bias = args.cla_bias = s.vector(s.c());
         args.y = s.map<2>({1, s.c()});
         args.workspace = s.workspace(channel_attention_pool_workspace(args));
         channel_attention_pool(args, s.stream());
       }},
      {"attention_pool", 256, false,
       [](Scene& s, Precision) {
         AttentionPoolArgs args;
         args.x = s.map<3>({1, 5, s.c()});
         args.u = s.vector(s.c());
         args.y = s.map<2>({1, s.c()});
         args.workspace = s.workspace(attention_pool_workspace(args));
         attention_pool(args, s.stream());
       }},
      {"film", 256, false,
       [](Scene& s, Precision) {
         FilmArgs args;
         args.h = args.y = s.map<2>({2, s.c()});
         args.coefficient = s.vector(2);
         args.scale_weight = args.scale_bias = args.shift_weight = args.shift_bias = s.vector(s.c());
         film(args, s.stream());
       }},
      {"classifier", 256, false,
       [](Scene& s, Precision) {
         ClassifierArgs args;
         args.embedding = s.map<2>({2, s.c()});
         args.w1 = s.matrix(s.c(), s.c());
         args.b1 = s.vector(s.c());
         args.w2 = s.matrix(s.c(), 4);
         args.b2 = s.vector(4);
         args.log_posterior = s.map<2>({2, 4});
         args.workspace = s.workspace(classifier_workspace(args));
         classifier(args, s.stream());
       }},
  };
  return all;
}

TEST(LaunchWidths, EveryOpLaunchesAtEveryWidth) {
  for (int64_t c = 4; c <= 256; c += 4) {
    Scene scene(c);
    for (const Launched& op : launched()) {
      if (c > op.most) continue;
      for (const Precision precision : precisions(op.precise)) {
        for (const size_t most_shared : kMostShared) {
          scene.give(devices.next(most_shared));
          const executor::LaunchRecording recording;
          EXPECT_NO_THROW(op.launch(scene, precision))
              << op.op << " at " << c << " channels in " << precision_name(precision) << ", a block having "
              << most_shared;
          EXPECT_FALSE(recording.launches().empty()) << op.op << " at " << c << " channels";
        }
      }
    }
  }
}

TEST(LaunchWidths, TheDepthwiseConvolutionLaunchesWithEveryNumberOfTaps) {
  for (const int64_t c : {4, 64, 128, 256}) {
    Scene scene(c);
    for (int64_t taps = 1; taps <= 31; taps += 2) {
      for (const Precision precision : precisions(true)) {
        for (const size_t most_shared : kMostShared) {
          scene.give(devices.next(most_shared));
          const executor::LaunchRecording recording;
          EXPECT_NO_THROW(launch_conv_module(scene, precision, taps))
              << taps << " taps at " << c << " channels in " << precision_name(precision);
          EXPECT_EQ(recording.launches().size(), 2u);
        }
      }
    }
  }
}

// More taps than shared memory holds are refused before anything is launched, by the op's kernel and the
// sizes.
TEST(LaunchWidths, WhatNoBlockCanHaveIsNamed) {
  const executor::LaunchRecording recording;
  Scene scene(64);
  scene.give(devices.next(99 * 1024));
  const std::string has = std::to_string(scene.stream().most_shared);
  try {
    launch_conv_module(scene, Precision::bf16, 301);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    const std::string text = error.what();
    EXPECT_EQ(text.find("depthwise_project_kernel<"), 0u) << text;
    EXPECT_TRUE(text.ends_with(" of dynamic shared memory, and a block of this device has " + has)) << text;
  }
}

}  // namespace
}  // namespace serene
