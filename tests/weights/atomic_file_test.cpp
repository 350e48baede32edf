// Files are replaced whole, links followed, everything else refused; nothing is left beside them.
#include "weights/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/support/file_size_limit.h"
#include "tests/support/socket_file.h"
#include "tests/support/temp_folder.h"

namespace serene::weights {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

void replace(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(bytes_of(text));
  file.sync();
  file.commit();
}

class AtomicFileTest : public testing::Test {
 protected:
  // errno of the attempt, whose message names the path and then `cause`; 0 where there was none.
  int refusal(const std::string& path, const std::string& cause) {
    try {
      replace(path, "new");
    } catch (const FileError& error) {
      EXPECT_EQ(error.what(), path + ": " + cause);
      return error.code();
    }
    return 0;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  test::TempFolder folder_;
};

TEST_F(AtomicFileTest, WhatWasThereStaysUntilTheCommit) {
  const std::string path = folder_ / "file";
  test::write_file(path, "old");
  {
    AtomicFile file(path);
    file.write(bytes_of("ne"));
    file.write(bytes_of("w"));
    EXPECT_EQ(test::read_file(path), "old");
    const int reader = ::open(path.c_str(), O_RDONLY);
    file.commit();
    EXPECT_EQ(test::read_file(path), "new");
    char text[4] = {};
    EXPECT_EQ(::read(reader, text, 4), 3);
    EXPECT_EQ(std::string(text), "old") << "who has it open reads on";
    ::close(reader);
  }
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(AtomicFileTest, WithoutACommitNothingIsDone) {
  test::write_file(folder_ / "file", "old");
  for (const char* name : {"file", "free"}) {
    AtomicFile file(folder_ / name);
    file.write(bytes_of("new"));
  }
  EXPECT_EQ(test::read_file(folder_ / "file"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(AtomicFileTest, AFreeNameOfAnyLengthGetsAFileLikeAnyOther) {
  const std::string longest(255, 'm');
  const mode_t before = ::umask(0027);
  replace(folder_ / longest, "new");
  ::umask(before);
  EXPECT_EQ(test::read_file(folder_ / longest), "new");
  EXPECT_EQ(mode_of(folder_ / longest), 0640u);
  fs::current_path(folder_.path());
  replace("here", "new");
  fs::current_path("/");
  EXPECT_EQ(test::read_file(folder_ / "here"), "new") << "in the working folder";
}

TEST_F(AtomicFileTest, TheModeIsKept) {
  for (const mode_t mode : {0600, 0664, 0444, 0755}) {
    test::write_file(folder_ / "file", "old");
    ASSERT_EQ(::chmod((folder_ / "file").c_str(), mode), 0);
    replace(folder_ / "file", "new");
    EXPECT_EQ(mode_of(folder_ / "file"), mode);
    EXPECT_EQ(test::read_file(folder_ / "file"), "new");
    ASSERT_EQ(::unlink((folder_ / "file").c_str()), 0);
  }
}

TEST_F(AtomicFileTest, TheOwnerIsKeptWhereTheSystemAllowsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "root alone may give files away";
  test::write_file(folder_ / "file", "old");
  ASSERT_EQ(::chown((folder_ / "file").c_str(), 1234, 4321), 0);
  replace(folder_ / "file", "new");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234u);
  EXPECT_EQ(status.st_gid, 4321u);
}

TEST_F(AtomicFileTest, LinksAreFollowedAndStay) {
  fs::create_directories(folder_ / "there/deep");
  test::write_file(folder_ / "there/file", "old");
  const std::pair<const char*, std::string> links[] = {
      {"relative", "there/file"}, {"absolute", folder_ / "there/file"},
      {"chain", "relative"},      {"there/deep/up", "../../chain"},
      {"folder", "there"},        {"dangling", "there/free"}};
  for (const auto& [name, target] : links) fs::create_symlink(target, folder_ / name);
  for (const char* name : {"relative", "absolute", "chain", "there/deep/up", "folder/file"}) {
    replace(folder_ / name, name);
    EXPECT_EQ(test::read_file(folder_ / "there/file"), name);
  }
  replace(folder_ / "dangling", "new");
  EXPECT_EQ(test::read_file(folder_ / "there/free"), "new");
  for (const auto& [name, target] : links) {
    ASSERT_TRUE(fs::is_symlink(folder_ / name)) << name;
    EXPECT_EQ(fs::read_symlink(folder_ / name), target);
  }
  EXPECT_FALSE(fs::is_symlink(folder_ / "there/file"));
}

// A rename does not lead from one file system to another.
TEST_F(AtomicFileTest, ALinkMayLeadToAnotherFileSystem) {
  std::string other = "/dev/shm/serene-test-XXXXXX";
  if (::mkdtemp(other.data()) == nullptr) GTEST_SKIP() << "no /dev/shm";
  test::write_file(other + "/file", "old");
  fs::create_symlink(other + "/file", folder_ / "link");
  replace(folder_ / "link", "new");
  EXPECT_EQ(test::read_file(other + "/file"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  fs::remove_all(other);
}

TEST_F(AtomicFileTest, WhatIsNoFileIsRefusedAndStays) {
  ASSERT_EQ(::mkdir((folder_ / "folder").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const std::string socket_path = folder_ / "socket";
  test::make_socket(socket_path);
  fs::create_symlink("/dev/full", folder_ / "full");
  fs::create_symlink("fifo", folder_ / "to-fifo");
  fs::create_symlink("loop", folder_ / "loop");
  const std::vector<std::string> before = names();
  EXPECT_EQ(refusal(folder_ / "folder", "is a directory, not a file"), EEXIST);
  EXPECT_EQ(refusal(folder_ / "fifo", "is a FIFO, not a file"), EEXIST);
  EXPECT_EQ(refusal(folder_ / "to-fifo", "is a FIFO, not a file"), EEXIST);
  EXPECT_EQ(refusal(socket_path, "is a socket, not a file"), EEXIST);
  EXPECT_EQ(refusal(folder_ / "full", "is a device, not a file"), EEXIST);
  EXPECT_EQ(refusal("/dev/null", "is a device, not a file"), EEXIST);
  EXPECT_EQ(refusal(folder_ / "loop", "Too many levels of symbolic links"), ELOOP);
  EXPECT_EQ(refusal("", "No such file or directory"), ENOENT);
  EXPECT_EQ(refusal(folder_ / "none/file", "No such file or directory"), ENOENT);
  EXPECT_EQ(refusal(folder_ / "none/", "No such file or directory"), ENOENT);
  EXPECT_EQ(refusal(folder_ / std::string(256, 'm'), "File name too long"), ENAMETOOLONG);
  EXPECT_EQ(names(), before);
  EXPECT_TRUE(fs::is_fifo(folder_ / "fifo"));
  EXPECT_TRUE(fs::is_socket(socket_path));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(AtomicFileTest, WhatComesInTheWayMeanwhileIsRefused) {
  AtomicFile file(folder_ / "file");
  ASSERT_EQ(::mkfifo((folder_ / "file").c_str(), 0600), 0);
  EXPECT_THROW(file.commit(), FileError);
  EXPECT_TRUE(fs::is_fifo(folder_ / "file"));
}

// A file of an open descriptor that has no name any more.
TEST_F(AtomicFileTest, ALinkToADeletedFileIsRefused) {
  test::write_file(folder_ / "gone", "old");
  const int fd = ::open((folder_ / "gone").c_str(), O_RDONLY);
  ASSERT_EQ(::unlink((folder_ / "gone").c_str()), 0);
  EXPECT_EQ(refusal("/proc/self/fd/" + std::to_string(fd), "No such file or directory"), ENOENT);
  ::close(fd);
  EXPECT_TRUE(names().empty());
}

TEST_F(AtomicFileTest, AFileThatMayNotGrowIsAnErrorThatLeavesNothing) {
  test::write_file(folder_ / "file", "old");
  int code = 0;
  try {
    const test::FileSizeLimit limit(4);
    replace(folder_ / "file", "longer than that");
  } catch (const FileError& error) {
    code = error.code();
  }
  EXPECT_EQ(code, EFBIG);
  EXPECT_EQ(test::read_file(folder_ / "file"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(AtomicFileTest, AKilledWriterLeavesNothing) {
  const int nameless = ::open(folder_.path().c_str(), O_TMPFILE | O_RDWR, 0600);
  if (nameless < 0) GTEST_SKIP() << "no files without a name in " << folder_.path();
  ::close(nameless);
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder_ / "file");
    file.write(bytes_of("half"));
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(names().empty()) << names().front();
}

}  // namespace
}  // namespace serene::weights
