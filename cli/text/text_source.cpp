#include "cli/text/text_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

constexpr size_t kBlockBytes = 1 << 16;
constexpr int kPollMilliseconds = 100;

[[noreturn]] void fail(const std::string& name, int error) {
  throw Stop(kExitUsage, name + ": " + std::generic_category().message(error));
}

}  // namespace

TextSource::TextSource(const std::string& path) : name_(path), owned_(true), block_(kBlockBytes) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd_ < 0) fail(name_, errno);
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw Stop(kExitUsage, name_ + ": not a file");
  }
  skip_byte_order_mark();
}

TextSource::TextSource(std::stop_token stop)
    : name_("standard input"), fd_(STDIN_FILENO), stop_(std::move(stop)), block_(kBlockBytes) {}

TextSource::~TextSource() {
  if (owned_) ::close(fd_);
}

void TextSource::skip_byte_order_mark() {
  if (fill() && held_ >= 3 && std::memcmp(block_.data(), "\xEF\xBB\xBF", 3) == 0) at_ = 3;
}

bool TextSource::wait_for_input() const {
  pollfd wait{fd_, POLLIN, 0};
  while (!stop_.stop_requested()) {
    // poll() tells of closed and broken descriptors too; read() then says which.
    if (::poll(&wait, 1, kPollMilliseconds) > 0) return true;
  }
  return false;
}

bool TextSource::fill() {
  for (;;) {
    if (!owned_ && !wait_for_input()) return false;
    const ssize_t got = ::read(fd_, block_.data(), block_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) fail(name_, errno);
    at_ = 0;
    held_ = static_cast<size_t>(got);
    return got > 0;
  }
}

}  // namespace serene::cli
