// The bytes of a list of inputs, block by block: a list may be longer than memory, and standard input may
// take its time.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace serene::cli {

class TextSource {
 public:
  // A regular file, so that a name can never make the run wait. Throws Stop(kExitUsage).
  explicit TextSource(const std::string& path);
  // Standard input; a wait for it ends when `stop` is asked for, as if the input had ended.
  explicit TextSource(std::stop_token stop);
  ~TextSource();
  TextSource(const TextSource&) = delete;
  TextSource& operator=(const TextSource&) = delete;

  const std::string& name() const { return name_; }
  // The next byte, or -1 at the end. Throws Stop(kExitUsage) where reading fails.
  int get() {
    if (at_ == held_ && !fill()) return -1;
    return static_cast<unsigned char>(block_[at_++]);
  }
  // The byte get() will give.
  int peek() {
    if (at_ == held_ && !fill()) return -1;
    return static_cast<unsigned char>(block_[at_]);
  }

 private:
  bool fill();
  // False when the run is to stop.
  bool wait_for_input() const;
  void skip_byte_order_mark();

  std::string name_;
  int fd_ = -1;
  bool owned_ = false;
  std::stop_token stop_;
  std::vector<char> block_;
  size_t at_ = 0, held_ = 0;
};

}  // namespace serene::cli
