// Views as the four dimensions of a tap.
#pragma once

#include "kernels/common/view.h"

namespace serene::runtime {

template <class T>
View<T, 4> as_map(const View<T, 2>& x) {
  return {x.data, {1, 1, x.shape[0], x.shape[1]}, {0, 0, x.stride[0], x.stride[1]}};
}
template <class T>
View<T, 4> as_map(const View<T, 3>& x) {
  return {x.data, {1, x.shape[0], x.shape[1], x.shape[2]}, {0, x.stride[0], x.stride[1], x.stride[2]}};
}

}  // namespace serene::runtime
