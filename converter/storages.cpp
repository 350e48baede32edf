#include "converter/storages.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

struct StridedView {
  int64_t offset;
  std::vector<int64_t> shape, stride;
};

std::vector<int64_t> integers(const Tuple& tuple) {
  std::vector<int64_t> values;
  values.reserve(tuple.items.size());
  for (const Value* item : tuple.items) values.push_back(std::get<int64_t>(item->data));
  return values;
}

void check_view(const StridedView& view, int64_t elements, const std::string& file, const std::string& name) {
  const auto fail = [&](const std::string& cause) {
    weights::refuse(file, name + ": " + cause + " (shape " + weights::shape_text(view.shape) + ", strides " +
                              weights::shape_text(view.stride) + ", offset " + std::to_string(view.offset) +
                              ", storage of " + std::to_string(elements) + ")");
  };
  if (view.shape.size() != view.stride.size() || view.shape.size() > 16) fail("shape and strides do not fit");
  if (view.offset < 0) fail("negative offset");
  int64_t last = view.offset, count = 1;
  for (size_t i = 0; i < view.shape.size(); ++i) {
    if (view.shape[i] < 0) fail("negative dimension");
    if (view.stride[i] < 0) fail("negative stride");
    int64_t reach = 0;
    if (__builtin_mul_overflow(count, view.shape[i], &count) ||
        __builtin_mul_overflow(std::max<int64_t>(view.shape[i] - 1, 0), view.stride[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      fail("shape overflows");
    }
  }
  if (count == 0) return;
  if (last >= elements) fail("reaches beyond its storage");
  // Sorted by stride, each dimension must step over all that the smaller ones reach.
  std::vector<size_t> order(view.shape.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return view.stride[a] < view.stride[b]; });
  int64_t extent = 0;
  for (size_t i : order) {
    if (view.shape[i] == 1) continue;
    if (view.stride[i] <= extent) fail("overlaps itself");
    extent += (view.shape[i] - 1) * view.stride[i];
  }
}

}  // namespace

weights::Tensor materialise(const TensorRef& tensor_ref, const Storages& storages, const std::string& name,
                            const std::string& file) {
  const StorageRef& storage = *tensor_ref.storage;
  const StridedView view{tensor_ref.offset, integers(*tensor_ref.shape), integers(*tensor_ref.stride)};
  check_view(view, storage.elements, file, name);
  const std::span<const std::byte> from = storages.bytes(storage);
  const size_t element = weights::element_size(storage.dtype);
  weights::Tensor tensor{name, storage.dtype, view.shape, {}};
  tensor.bytes.resize(static_cast<size_t>(tensor.numel()) * element);
  std::vector<int64_t> index(view.shape.size(), 0);
  int64_t at = view.offset;
  for (size_t to = 0; to < tensor.bytes.size(); to += element) {
    std::memcpy(tensor.bytes.data() + to, from.data() + static_cast<size_t>(at) * element, element);
    for (size_t d = index.size(); d-- > 0;) {
      at += view.stride[d];
      if (++index[d] < view.shape[d]) break;
      at -= view.shape[d] * view.stride[d];
      index[d] = 0;
    }
  }
  return tensor;
}

}  // namespace serene::converter
