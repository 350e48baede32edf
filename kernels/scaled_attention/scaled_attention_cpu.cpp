// A task is a head of some hundred rows, which may be of several clips. For each tile of keys, keys and
// values are brought into the layout of a product's right operand; then, 48 queries at a time, go the logits,
// a step of the softmax and the sum of values. Logits, keys, values and the sums of these queries stay in one
// core's L2.
#include <algorithm>
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/scaled_attention/scaled_attention.h"

namespace serene {
namespace {

constexpr int64_t kQueries = 48;  // whose logits are there at a time
constexpr int64_t kKeys = 384;    // of a tile
constexpr int64_t kBlock = 16;    // columns of a block of a PackedMatrix
// Rows of a task, which share a packing of the keys.
constexpr int64_t kFewestRows = 384, kMostRows = 1536;
constexpr int64_t kTasksAWorker = 4;

int64_t blocks(int64_t columns) { return (columns + kBlock - 1) / kBlock; }

// As many as leave some tasks for each worker.
int64_t rows_a_task(int64_t rows, int64_t heads, int64_t workers) {
  const int64_t tasks_a_head = (kTasksAWorker * workers + heads - 1) / heads;
  const int64_t share = (rows + tasks_a_head - 1) / tasks_a_head;
  return std::clamp((share + kQueries - 1) / kQueries * kQueries, kFewestRows, kMostRows);
}

// Floats, or as many pairs, for one worker.
struct TileLayout {
  int64_t rows, queries, keys, values, logits, sums, largest, total, end;
  TileLayout(int64_t task_rows, int64_t d) {
    rows = task_rows;
    queries = 0;                                   // (rows, D / 2) pairs
    keys = queries + rows * d / 2;                 // [24][D][16]
    values = keys + kKeys * d;                     // [ceil(D / 16)][384][16]
    logits = values + blocks(d) * kBlock * kKeys;  // (48, 384)
    sums = logits + kQueries * kKeys;              // (rows, D)
    largest = sums + rows * d;                     // (rows)
    total = largest + rows;                        // (rows)
    end = total + rows;
  }
};

TileLayout layout_for(int64_t rows, int64_t heads, int64_t d, const Stream& stream) {
  return {std::min(rows_a_task(rows, heads, stream.pool->size()), std::max<int64_t>(rows, 1)), d};
}

uint32_t* pairs(float* place) { return reinterpret_cast<uint32_t*>(place); }

// Keys (n, d), transposed, as [ceil(n / 16)][d][16], zero beyond n; or as pairs along d.
void pack_keys(const cpu::VectorKernels& kernels, const float* keys, int64_t ld, int64_t n, int64_t d,
               bool bf16, float* packed) {
  for (int64_t j = 0; j < n; j += kBlock) {
    float* block = packed + j * d;
    kernels.transpose(keys + j * ld, ld, std::min(kBlock, n - j), d, block, kBlock);
    if (!bf16) continue;
    // Into the first half of the block's place: the rows of a pair are read before theirs is written.
    for (int64_t k = 0; k < d; k += 2) {
      const float* row = block + k * kBlock;
      kernels.pairs_of_rows(row, row + kBlock, kBlock, pairs(block) + k / 2 * kBlock);
    }
  }
  if (!bf16) return;
  // Blocks of pairs are half as long.
  for (int64_t j = kBlock; j < n; j += kBlock)
    std::copy_n(packed + j * d, kBlock / 2 * d, packed + j / 2 * d);
}

// Values (n, d) as [ceil(d / 16)][n][16], zero beyond d; or as pairs along n, the last of an odd n with a
// zero.
void pack_values(const cpu::VectorKernels& kernels, const float* values, int64_t ld, int64_t n, int64_t d,
                 bool bf16, float* packed) {
  const float zeros[kBlock] = {};
  for (int64_t k = 0; k < d; k += kBlock) {
    const int64_t count = std::min(kBlock, d - k);
    if (bf16) {
      for (int64_t j = 0; j < n; j += 2) {
        const float* row = values + j * ld + k;
        kernels.pairs_of_rows(row, j + 1 < n ? row + ld : zeros, count, pairs(packed));
        std::fill(packed + count, packed + kBlock, 0.0f);
        packed += kBlock;
      }
      continue;
    }
    for (int64_t j = 0; j < n; ++j, packed += kBlock) {
      std::copy_n(values + j * ld + k, count, packed);
      std::fill(packed + count, packed + kBlock, 0.0f);
    }
  }
}

// One head of rows [first, first + count) of a clip.
struct HeadPart {
  const ScaledAttentionArgs* args = nullptr;
  int64_t clip = 0, head = 0, first = 0, count = 0;
  int64_t d = 0;
  bool bf16 = false;
  float* scratch = nullptr;

  const float* at(const View<const float, 2>& view, int64_t row) const {
    return view.data + (args->clips.begin[clip] + row) * view.stride[0] + head * d;
  }
};

// Logits of queries [i, i + rows) of the part with keys [j, j + n), their step of the softmax, and the sums.
void add_keys(const cpu::VectorKernels& kernels, const HeadPart& part, const TileLayout& layout, int64_t i,
              int64_t rows, int64_t j, int64_t n) {
  const ScaledAttentionArgs& args = *part.args;
  const int64_t whole[1] = {0}, d = part.d;
  float* logits = part.scratch + layout.logits;
  cpu::Gemm scores;
  scores.a = part.bf16 ? part.scratch + layout.queries + i * d / 2 : part.at(args.q, part.first + i);
  scores.a_is_pairs = part.bf16;
  scores.lda = part.bf16 ? d / 2 : args.q.stride[0];
  scores.taps = whole;
  scores.tap_k = d;
  scores.b = part.scratch + layout.keys;
  if (part.bf16) scores.b_pairs = pairs(part.scratch + layout.keys);
  scores.c = logits;
  scores.ldc = kKeys;
  scores.m = rows;
  scores.n = (n + kBlock - 1) / kBlock * kBlock;  // keys beyond n are zero
  kernels.gemm(scores);

  constexpr double kLog2E = 1.4426950408889634;
  cpu::SoftmaxStep step;
  step.logits = logits;
  step.ld = kKeys;
  step.rows = rows;
  step.n = n;
  step.scale = static_cast<float>(kLog2E / std::sqrt(static_cast<double>(d)));
  if (args.bias.data != nullptr) {
    const int64_t zero = args.bias.size(1) / 2;
    step.bias = args.bias.data + part.head * args.bias.stride[0] + zero + j - (part.first + i);
    if (args.gate.data != nullptr) {
      step.ld_gate = args.gate.stride[0];
      step.gate = args.gate.data + (args.clips.begin[part.clip] + part.first + i) * step.ld_gate + part.head;
    }
  }
  step.largest = part.scratch + layout.largest + i;
  step.total = part.scratch + layout.total + i;
  step.sums = part.scratch + layout.sums + i * d;
  step.d = d;
  step.to_pairs = part.bf16;
  kernels.softmax_step(step);

  cpu::Gemm values;
  values.a = logits;
  values.a_is_pairs = part.bf16;
  values.lda = kKeys;
  values.taps = whole;
  values.tap_k = part.bf16 ? (n + 1) / 2 * 2 : n;
  values.b = part.scratch + layout.values;
  if (part.bf16) values.b_pairs = pairs(part.scratch + layout.values);
  values.c = step.sums;
  values.ldc = d;
  values.accumulate = true;
  values.m = rows;
  values.n = d;
  kernels.gemm(values);
}

void attend(const cpu::VectorKernels& kernels, const HeadPart& part, const TileLayout& layout) {
  const ScaledAttentionArgs& args = *part.args;
  const int64_t d = part.d, keys = args.clips.length(part.clip);
  float* sums = part.scratch + layout.sums;
  const float* total = part.scratch + layout.total;
  std::fill_n(sums, part.count * d, 0.0f);
  std::fill_n(part.scratch + layout.largest, part.count, cpu::kNoLogit);
  std::fill_n(part.scratch + layout.total, part.count, 0.0f);
  for (int64_t i = 0; part.bf16 && i < part.count; ++i) {
    kernels.pairs_in_row(part.at(args.q, part.first + i), d / 2,
                         pairs(part.scratch + layout.queries) + i * d / 2);
  }
  for (int64_t j = 0; j < keys; j += kKeys) {
    const int64_t n = std::min(kKeys, keys - j);
    pack_keys(kernels, part.at(args.k, j), args.k.stride[0], n, d, part.bf16, part.scratch + layout.keys);
    pack_values(kernels, part.at(args.v, j), args.v.stride[0], n, d, part.bf16, part.scratch + layout.values);
    for (int64_t i = 0; i < part.count; i += kQueries)
      add_keys(kernels, part, layout, i, std::min(kQueries, part.count - i), j, n);
  }
  for (int64_t i = 0; i < part.count; ++i) {
    float* y =
        args.y.data + (args.clips.begin[part.clip] + part.first + i) * args.y.stride[0] + part.head * d;
    const float inverse = 1.0f / total[i];
    for (int64_t k = 0; k < d; ++k) y[k] = sums[i * d + k] * inverse;
  }
}

}  // namespace

size_t scaled_attention_workspace(int64_t rows, int64_t heads, int64_t head_dim, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;  // shared memory
  return static_cast<size_t>(stream.pool->size() * layout_for(rows, heads, head_dim, stream).end) *
         sizeof(float);
}

void scaled_attention_cpu(const ScaledAttentionArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t rows = args.q.size(0), d = args.q.size(1) / args.heads;
  const TileLayout layout = layout_for(rows, args.heads, d, stream);
  auto* workspace = reinterpret_cast<float*>(args.workspace.data());
  const int64_t row_tasks = (rows + layout.rows - 1) / layout.rows;
  stream.pool->parallel_for(row_tasks * args.heads, [&](int64_t task, int worker) {
    const int64_t row = task / args.heads * layout.rows;
    each_part(args.clips, row, std::min(layout.rows, rows - row),
              [&](int64_t clip, int64_t first, int64_t count) {
                HeadPart part;
                part.args = &args;
                part.clip = clip;
                part.head = task % args.heads;
                part.first = first;
                part.count = count;
                part.d = d;
                part.bf16 = args.precision == Precision::bf16;
                part.scratch = workspace + worker * layout.end;
                attend(kernels, part, layout);
              });
  });
}

}  // namespace serene
