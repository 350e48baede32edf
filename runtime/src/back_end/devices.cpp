#include "runtime/src/back_end/devices.h"

#include <array>
#include <string>

#include "kernels/common/error.h"
#include "runtime/src/back_end/cpu_back_end.h"

namespace serene::runtime {
namespace {

constinit std::array<OpenBackEnd, 3> devices{};

}  // namespace

bool add_device(Device device, OpenBackEnd open) {
  devices[static_cast<size_t>(device)] = open;
  return true;
}

bool linked_with(Device device) {
  return device == Device::cpu || devices[static_cast<size_t>(device)] != nullptr;
}

std::unique_ptr<BackEnd> open_device(Device device, const DeviceOptions& options) {
  if (device == Device::cpu) return std::make_unique<CpuBackEnd>(options.threads);
  if (!linked_with(device)) {
    throw Error(ErrorKind::device,
                std::string("device ") + device_name(device) + ": this program was built without it");
  }
  return devices[static_cast<size_t>(device)](options);
}

}  // namespace serene::runtime
