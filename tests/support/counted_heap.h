// How much memory code holds: a test program with counted_heap.cpp among its sources counts what operator new
// gives.
#pragma once

#include <cstddef>

namespace serene::test {

// The most bytes held at once since this was made, beyond those held then. One at a time.
class HeapPeak {
 public:
  HeapPeak();
  size_t bytes() const;

 private:
  size_t before_;
};

}  // namespace serene::test
