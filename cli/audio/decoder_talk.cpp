#include "cli/audio/decoder_talk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "weights/file.h"

namespace serene::cli {
namespace {

// Of a library that has much to say, the first line is in here.
constexpr size_t kMaxHeard = 4096;

thread_local std::string* heard_by_this_thread = nullptr;

// Not destroyed: the last words of a program may come from anywhere.
std::function<void(const std::string&, const std::string&)>& teller() {
  static auto& told = *new std::function<void(const std::string&, const std::string&)>;
  return told;
}

#ifdef __GLIBC__
ssize_t take(void*, const char* text, size_t size) {
  const std::string_view words(text, size);
  // A library that is about to abort is to be heard at once.
  if (heard_by_this_thread != nullptr && words.find("Assertion") == std::string_view::npos) {
    if (heard_by_this_thread->size() < kMaxHeard) heard_by_this_thread->append(words);
    return static_cast<ssize_t>(size);
  }
  weights::write_in_full(STDERR_FILENO, words);
  return static_cast<ssize_t>(size);
}

// In the place of a stream of C's, which is a variable that may be set; libraries look it up at every use.
FILE* unbuffered_catcher() {
  FILE* stream =
      ::fopencookie(nullptr, "w", {.read = nullptr, .write = take, .seek = nullptr, .close = nullptr});
  if (stream != nullptr) std::setvbuf(stream, nullptr, _IONBF, 0);
  return stream;
}
#endif

std::string first_line(const std::string& text) {
  const size_t begin = text.find_first_not_of("\r\n \t");
  if (begin == std::string::npos) return "";
  const size_t end = std::min(text.find('\n', begin), text.size());
  return text.substr(begin, text.find_last_not_of("\r \t", end - 1) + 1 - begin);
}

}  // namespace

void catch_decoder_talk(std::function<void(const std::string& file, const std::string& line)> told) {
  teller() = std::move(told);
#ifdef __GLIBC__
  if (FILE* stream = unbuffered_catcher()) stderr = stream;
  if (FILE* stream = unbuffered_catcher()) stdout = stream;
#endif
}

StandardOutputGuard::StandardOutputGuard()
    : standard_output_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
  if (standard_output_ >= 0) ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

StandardOutputGuard::~StandardOutputGuard() {
  if (standard_output_ < 0) return;
  // What a C library without catcher still holds of decoders' words.
  std::fflush(stdout);
  ::dup2(standard_output_, STDOUT_FILENO);
  ::close(standard_output_);
}

DecoderTalk::Listening::Listening(DecoderTalk& talk)
    : talk_(talk), before_(std::exchange(heard_by_this_thread, &heard_)) {}

DecoderTalk::Listening::~Listening() {
  heard_by_this_thread = before_;
  if (talk_.told_ || heard_.empty() || !teller()) return;
  const std::string line = first_line(heard_);
  if (line.empty()) return;
  talk_.told_ = true;
  teller()(talk_.file_, line);
}

}  // namespace serene::cli
