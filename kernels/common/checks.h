// Argument checks of ops: one line that says op, argument, what it got and what was wanted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "kernels/common/error.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"

namespace serene {

[[noreturn]] void bad_argument(const char* op, const char* argument, const std::string& got,
                               const std::string& wanted);

// "(3, 80)"
std::string dims_text(std::span<const int64_t> dims);

inline void check_that(bool ok, const char* op, const char* argument, const char* wanted) {
  if (!ok) bad_argument(op, argument, "something else", wanted);
}

// A wanted size of -1 is any.
template <class T, size_t R>
void check_shape(const char* op, const char* argument, const View<T, R>& view,
                 const std::array<int64_t, R>& wanted) {
  bool ok = view.data != nullptr || view.numel() == 0;
  for (size_t i = 0; i < R; ++i) ok = ok && (wanted[i] == -1 || wanted[i] == view.shape[i]);
  if (!ok) bad_argument(op, argument, view.data ? dims_text(view.shape) : "null", dims_text(wanted));
}

// The last dimension is contiguous.
template <class T, size_t R>
void check_rows(const char* op, const char* argument, const View<T, R>& view) {
  if (view.shape[R - 1] > 1 && view.stride[R - 1] != 1) {
    bad_argument(op, argument, "last stride " + std::to_string(view.stride[R - 1]), "1");
  }
}

template <class T, size_t R>
void check_contiguous(const char* op, const char* argument, const View<T, R>& view) {
  if (!view.contiguous()) bad_argument(op, argument, "strides " + dims_text(view.stride), "contiguous");
}

// The CPU multiplies in fp32 and bf16. Throws Error(unsupported).
void check_cpu_precision(const char* op, Precision precision);

inline void check_workspace(const char* op, Workspace workspace, size_t bytes) {
  if (workspace.size() < bytes) {
    bad_argument(op, "workspace", std::to_string(workspace.size()) + " bytes", std::to_string(bytes));
  }
}

}  // namespace serene
