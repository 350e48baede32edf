// Runs a program to its end and keeps what it said.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serene::test {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal where one ended it
  bool timed_out = false;
  std::string out;
  std::string err;
  double seconds = 0;
};

struct ProcessOptions {
  std::vector<std::pair<std::string, std::string>> environment =
      {};                        // added; an empty value removes the name
  std::string folder = {};       // to run in, "" for here
  std::string stdout_path = {};  // "": captured
  bool close_stdout = false;
  size_t close_after = 0;  // bytes of output after which its reader goes away, 0: never
  double timeout = 120;    // seconds; then it is killed
};

// The most memory that any program run so far has held, in KiB.
inline int64_t peak_of_children() {
  struct rusage usage {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_maxrss;
}

inline ProcessResult run_process(const std::vector<std::string>& arguments,
                                 const ProcessOptions& options = {}) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
    for (const auto& [name, value] : options.environment) {
      value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
    }
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(options.stdout_path.empty() ? out[1] : ::open(options.stdout_path.c_str(), O_WRONLY),
           STDOUT_FILENO);
    if (options.close_stdout) ::close(STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    // What this process ignores, as one that a shell put in the background ignores SIGINT, its children
    // would.
    for (int signal : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM}) ::signal(signal, SIG_DFL);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  ProcessResult result;
  pollfd pipes[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.err};
  int open = 2;
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  while (open > 0) {
    if (elapsed() > options.timeout) {
      ::kill(child, SIGKILL);
      result.timed_out = true;
    }
    if (::poll(pipes, 2, 100) <= 0) continue;
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t got = ::read(pipes[i].fd, buffer, sizeof(buffer));
      if (got > 0) texts[i]->append(buffer, static_cast<size_t>(got));
      const bool gone = i == 0 && options.close_after > 0 && result.out.size() >= options.close_after;
      if (got <= 0 || gone) {
        ::close(pipes[i].fd);
        pipes[i].fd = -1;
        --open;
      }
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  result.seconds = elapsed();
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace serene::test
