// What an op has to do at the least, from the shapes of its arguments alone. Every op has its function beside
// it: Work film_work(const FilmArgs&).
#pragma once

#include <cstddef>

#include "kernels/common/packed_matrix.h"
#include "kernels/common/view.h"

namespace serene {

struct Work {
  double bytes = 0;  // each input read once, weights among them, each output written once; no workspace
  double flop = 0;   // a multiply-add is 2; a root, power, exponential or quotient 1; nothing besides a
                     // product of matrices but that product and its convolution

  Work& operator+=(const Work& other) {
    bytes += other.bytes;
    flop += other.flop;
    return *this;
  }
};

// Every element once; an argument that was left out has none.
template <class T, size_t R>
double bytes_of(const View<T, R>& view) {
  return static_cast<double>(view.numel()) * sizeof(T);
}

inline double bytes_of(const PackedMatrix& matrix) {
  return static_cast<double>(matrix.k()) * static_cast<double>(matrix.n()) * sizeof(float);
}

// A residual that is the input itself is not read again.
template <class T, size_t R>
double residual_bytes(const View<T, R>& residual, const View<T, R>& x) {
  return residual.data == x.data ? 0 : bytes_of(residual);
}

// Of a transform of n real samples.
double fft_flop(double n);

}  // namespace serene
