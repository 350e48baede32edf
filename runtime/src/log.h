// The library's few messages go to the host's callback, never to a stream.
#pragma once

#include <string>

#include "serene/serene.h"

namespace serene::runtime {

void set_log(serene_log_callback callback, void* user);
void log(serene_log_level level, const std::string& message);

}  // namespace serene::runtime
