// Standard error line by line: libraries print there, past any logger.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace serene::cli {

class StandardErrorLines {
 public:
  // Until the end, a line that does not begin as log_line()'s do is printed as `as_log_line` has it. Where
  // the system gives no pipe, lines stay as they are. A crash may swallow the last of them. Throws
  // Stop(kExitDevice) where no thread can be started.
  explicit StandardErrorLines(std::function<std::string(const std::string&)> as_log_line);
  ~StandardErrorLines();
  StandardErrorLines(const StandardErrorLines&) = delete;
  StandardErrorLines& operator=(const StandardErrorLines&) = delete;

 private:
  void start_reader(int from);
  void pass_on(int from) const;
  void print(const std::string& line) const;

  std::function<std::string(const std::string&)> as_log_line_;
  int standard_error_ = -1;  // what descriptor 2 was
  std::thread reader_;
};

}  // namespace serene::cli
