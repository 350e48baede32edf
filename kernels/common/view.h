// Non-owning strided views, the only way ops see memory.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace serene {

// R-dimensional view; strides in elements, the last dimension is contiguous wherever an op says so.
template <class T, size_t R>
struct View {
  T* data = nullptr;
  std::array<int64_t, R> shape{};
  std::array<int64_t, R> stride{};

  int64_t size(size_t dim) const { return shape[dim]; }
  int64_t numel() const {
    int64_t n = 1;
    for (int64_t s : shape) n *= s;
    return n;
  }
  bool contiguous() const {
    int64_t expected = 1;
    for (size_t i = R; i-- > 0;) {
      if (shape[i] != 1 && stride[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }
  // A template, because nvcc warns of a plain one that views of const have and never use.
  template <std::same_as<const T> U>
  operator View<U, R>() const {
    return {data, shape, stride};
  }
  // Drops the first dimension.
  View<T, R - 1> operator[](int64_t i) const requires(R > 1) {
    View<T, R - 1> sub;
    sub.data = data + i * stride[0];
    for (size_t d = 1; d < R; ++d) {
      sub.shape[d - 1] = shape[d];
      sub.stride[d - 1] = stride[d];
    }
    return sub;
  }
};

// Row-major view over contiguous memory.
template <size_t R, class T>
View<T, R> make_view(T* data, const std::array<int64_t, R>& shape) {
  View<T, R> view{data, shape, {}};
  int64_t stride = 1;
  for (size_t i = R; i-- > 0;) {
    view.stride[i] = stride;
    stride *= shape[i];
  }
  return view;
}

}  // namespace serene
