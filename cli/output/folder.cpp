#include "cli/output/folder.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Stop(kExitOutput, folder.string() + ": " + error.message());
}

void check_writable(const std::string& folder) {
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Stop(kExitOutput, folder + ": " + std::generic_category().message(errno));
  }
}

}  // namespace serene::cli
