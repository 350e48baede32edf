#include "tests/support/op_test.h"

namespace serene::test {

std::vector<Device> devices() { return {Device::cpu}; }

}  // namespace serene::test
