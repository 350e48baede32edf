// What decoders' libraries print on standard error by themselves, as mpg123 does of damaged files: caught, so
// that it comes as a message of ours that names the file.
#pragma once

#include <functional>
#include <string>

namespace serene::cli {

// Until the program ends, what a DecoderTalk hears goes to `told`, once for each, with the file's name and
// the first line of it. Everything else that is printed goes where it went, at once and by the same thread:
// what a crash prints is not lost. Where the C library cannot do this, libraries print as they like.
void catch_decoder_talk(std::function<void(const std::string& file, const std::string& line)> told);

// Of one file.
class DecoderTalk {
 public:
  explicit DecoderTalk(std::string file) : file_(std::move(file)) {}

  // While it lives, what this thread prints is the decoder's.
  class Listening {
   public:
    explicit Listening(DecoderTalk& talk);
    ~Listening();
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

   private:
    DecoderTalk& talk_;
    std::string heard_;
    std::string* before_;
  };

 private:
  std::string file_;
  bool told_ = false;
};

}  // namespace serene::cli
