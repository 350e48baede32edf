// What decoders' libraries print by themselves, of damaged files mostly: mpg123 on standard error,
// libsndfile's reader of SDS on standard output. It is caught, comes as a message of ours that names the
// file, and never gets among rows.
#pragma once

#include <functional>
#include <string>

namespace serene::cli {

// Until the program ends, what a DecoderTalk hears of C's stdout and stderr goes to `told`, once for each,
// with the file's name and the first line of it. Everything else that is printed there goes to standard
// error, at once and by the same thread: what a crash prints is not lost. Where the C library cannot do this,
// libraries print as they like.
void catch_decoder_talk(std::function<void(const std::string& file, const std::string& line)> told);

// While it lives, descriptor 1 is another name of standard error, for what is printed there past C's streams:
// rows have a descriptor of their own (RowOutput). To be made once every file named on the command line is
// open, as /dev/stdout leads to descriptor 1.
class StandardOutputGuard {
 public:
  StandardOutputGuard();
  ~StandardOutputGuard();
  StandardOutputGuard(const StandardOutputGuard&) = delete;
  StandardOutputGuard& operator=(const StandardOutputGuard&) = delete;

 private:
  int standard_output_;  // what descriptor 1 was; -1 where no descriptor is left to keep it
};

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
