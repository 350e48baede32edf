#include "tests/executor/check/symbolise.h"

#include <dlfcn.h>

#include <cstdio>
#include <vector>

#include "kernels/common/function_name.h"

namespace serene::executor {
namespace {

// In the middle of what 32 bits can reach.
uintptr_t anchor() { return reinterpret_cast<uintptr_t>(&site_of) - (uintptr_t{1} << 31); }

struct Frame {
  std::string function, file, line;
};

// The chain of inlined calls at an address, innermost first.
std::vector<Frame> frames_at(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  char command[4096];
  std::snprintf(
      command, sizeof command, "addr2line -C -f -i -e '%s' %#zx 2>/dev/null", info.dli_fname,
      static_cast<size_t>(static_cast<const char*>(address) - static_cast<const char*>(info.dli_fbase)));
  FILE* pipe = popen(command, "r");
  if (pipe == nullptr) return {};
  std::vector<Frame> frames;
  char text[4096];
  const auto line = [&](std::string& to) {
    if (std::fgets(text, sizeof text, pipe) == nullptr) return false;
    to = text;
    while (!to.empty() && (to.back() == '\n' || to.back() == '\r')) to.pop_back();
    return true;
  };
  std::string function, place;
  while (line(function) && line(place)) {
    const size_t note = place.find(" (discriminator");
    if (note != std::string::npos) place.resize(note);
    const size_t colon = place.rfind(':');
    if (function == "??" || colon == std::string::npos) continue;
    frames.push_back({function, place.substr(0, colon), place.substr(colon + 1)});
  }
  pclose(pipe);
  return frames;
}

bool of_the_executor(const Frame& frame) {
  return frame.file.find("tests/executor/") != std::string::npos ||
         frame.file.find("kernels/common/gpu/") != std::string::npos;
}

}  // namespace

uint32_t site_of(const void* return_address) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(return_address) - anchor());
}

std::string site_text(uint32_t site) {
  // The call lies before the address it returns to.
  const auto* address = reinterpret_cast<const void*>(anchor() + site - 1);
  const std::vector<Frame> frames = frames_at(address);
  for (const Frame& frame : frames) {
    if (of_the_executor(frame)) continue;
    return frame.file.substr(frame.file.rfind('/') + 1) + ":" + frame.line + " (" +
           short_function_name(frame.function) + ")";
  }
  char text[32];
  std::snprintf(text, sizeof text, "address %p", address);
  return text;
}

std::string function_name(const void* function) {
  if (const std::string symbol = symbol_of(function); !symbol.empty())
    return function_name_of_symbol(symbol.c_str());
  const std::vector<Frame> frames = frames_at(function);
  return frames.empty() ? "kernel" : short_function_name(frames.back().function);
}

std::string symbol_of(const void* function) {
  Dl_info info{};
  const bool found = dladdr(function, &info) != 0 && info.dli_sname != nullptr && info.dli_saddr == function;
  return found ? info.dli_sname : "";
}

}  // namespace serene::executor
