#include "runtime/networks/snr_level/config.h"

namespace serene::networks {
namespace {

std::shared_ptr<const NetworkConfig> read(json::ObjectReader&) { return std::make_shared<SnrLevelConfig>(); }

bool is_unused(std::string_view) { return false; }

}  // namespace

const NetworkFormat snr_level_format{
    .name = "snr_level",
    .role = Role::level,
    .read = read,
    .landmark = "linear.weight",
    .recognises = is_snr_level,
    .import = import_snr_level,
    .is_unused = is_unused,
    .part = "snr_level",
};

void SnrLevelConfig::write(json::Object&) const {}

}  // namespace serene::networks
