#include "kernels/common/stream.h"

#include <string>

#include "kernels/common/error.h"

namespace serene {

const char* device_name(Device device) {
  switch (device) {
    case Device::cpu:
      return "cpu";
    case Device::executor:
      return "executor";
    case Device::cuda:
      return "cuda";
  }
  return "?";
}

void no_kernel(const char* op, Device device) {
  throw Error(ErrorKind::unsupported, std::string(op) + ": no kernel for device " + device_name(device));
}

}  // namespace serene
