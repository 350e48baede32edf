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

// All that reading a tensor needs. Strides are empty where the view is contiguous.
struct StoredView {
  std::shared_ptr<const Storage> storage;
  int64_t elements;  // of the storage
  std::string name;
  weights::DType dtype;
  StridedView view;
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

bool is_contiguous(const StridedView& view) {
  int64_t step = 1;
  for (size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] == 0) return true;
    if (view.shape[i] > 1 && view.stride[i] != step) return false;
    step *= view.shape[i];
  }
  return true;
}

// The last element that the view reaches, and one.
int64_t end_of(const StridedView& view) {
  int64_t last = view.offset;
  for (size_t i = 0; i < view.shape.size(); ++i) last += (view.shape[i] - 1) * view.stride[i];
  return last + 1;
}

// From the stretch of the storage that the view reaches.
void gather(const StridedView& view, std::span<const std::byte> from, size_t element,
            std::span<std::byte> to) {
  std::vector<int64_t> index(view.shape.size(), 0);
  int64_t at = 0;
  for (size_t done = 0; done < to.size(); done += element) {
    std::memcpy(to.data() + done, from.data() + static_cast<size_t>(at) * element, element);
    for (size_t d = index.size(); d-- > 0;) {
      at += view.stride[d];
      if (++index[d] < view.shape[d]) break;
      at -= view.shape[d] * view.stride[d];
      index[d] = 0;
    }
  }
}

weights::Tensor read(const StoredView& stored) {
  const StridedView& view = stored.view;
  const size_t element = weights::element_size(stored.dtype);
  weights::Tensor tensor{stored.name, stored.dtype, view.shape, {}};
  const int64_t count = tensor.numel();
  const bool contiguous = view.stride.empty();
  if (contiguous && view.offset == 0 && count == stored.elements) {
    tensor.bytes = stored.storage->read_all();
    return tensor;
  }
  tensor.bytes.resize(static_cast<size_t>(count) * element);
  if (tensor.bytes.empty()) return tensor;
  const uint64_t begin = static_cast<uint64_t>(view.offset) * element;
  if (contiguous) {
    stored.storage->read(begin, tensor.bytes);
    return tensor;
  }
  std::vector<std::byte> reached(static_cast<size_t>(end_of(view) - view.offset) * element);
  stored.storage->read(begin, reached);
  gather(view, reached, element, tensor.bytes);
  return tensor;
}

}  // namespace

weights::StoredTensor stored_view(const TensorRef& tensor_ref, Storages& storages, const std::string& name,
                                  const std::string& file) {
  const StorageRef& storage = *tensor_ref.storage;
  StridedView view{tensor_ref.offset, integers(*tensor_ref.shape), integers(*tensor_ref.stride)};
  check_view(view, storage.elements, file, name);
  if (is_contiguous(view)) view.stride = {};
  const auto stored = std::make_shared<const StoredView>(
      StoredView{storages.find(storage), storage.elements, name, storage.dtype, std::move(view)});
  return {storage.dtype, stored->view.shape, [stored] { return read(*stored); }};
}

}  // namespace serene::converter
