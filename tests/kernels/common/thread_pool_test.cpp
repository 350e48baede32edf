#include "kernels/common/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/common/error.h"
#include "tests/support/sanitizers.h"

namespace serene {
namespace {

using namespace std::chrono_literals;

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, RunsEveryIndexOnce) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.size(), GetParam());
  for (int64_t count : {-1, 0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> runs(1000);
    std::atomic<bool> in_range = true;
    pool.parallel_for(count, [&](int64_t index, int worker) {
      if (index < 0 || index >= count || worker < 0 || worker >= pool.size()) {
        in_range = false;
        return;
      }
      ++runs[index];
    });
    EXPECT_TRUE(in_range);
    for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(runs[i], i < count ? 1 : 0) << i << " of " << count;
  }
}

// No loop begins before the last one ended, and what a task wrote is there after it.
TEST_P(ThreadPoolTest, RunsManyLoopsInARow) {
  ThreadPool pool(GetParam());
  std::vector<int64_t> sums(7);
  for (int64_t loop = 0; loop < 2000; ++loop) {
    pool.parallel_for(7, [&](int64_t index, int) { sums[index] += index + loop % 3; });
  }
  for (int64_t i = 0; i < 7; ++i) EXPECT_EQ(sums[i], 2000 * i + 1999);
}

// A worker's scratch is its own: two tasks never run at once with the same number.
TEST_P(ThreadPoolTest, GivesAWorkerOneTaskAtATime) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> inside(static_cast<size_t>(pool.size()));
  std::atomic<bool> alone = true;
  pool.parallel_for(1000, [&](int64_t, int worker) {
    if (inside[worker].fetch_add(1) != 0) alone = false;
    inside[worker].fetch_sub(1);
  });
  EXPECT_TRUE(alone);
}

// Each task waits for all the others, so that one thread cannot have run two: at once after a loop, while
// threads still look for work, and when they have gone to sleep.
TEST_P(ThreadPoolTest, RunsAsManyTasksAtOnceAsItHasThreads) {
  ThreadPool pool(GetParam());
  for (const std::chrono::microseconds rest : {0us, 0us, 5000us, 30us, 5000us, 0us}) {
    std::this_thread::sleep_for(rest);
    std::atomic<int> met = 0;
    std::atomic<bool> all_met = true;
    int ended = 0;
    std::mutex mutex;
    pool.parallel_for(pool.size(), [&](int64_t, int worker) {
      ++met;
      const auto deadline = std::chrono::steady_clock::now() + 60s;
      while (met < pool.size()) {
        std::this_thread::yield();
        if (std::chrono::steady_clock::now() > deadline) {
          all_met = false;
          return;
        }
      }
      // The caller is done first, and has to wait for as long.
      if (worker != 0) std::this_thread::sleep_for(rest);
      std::lock_guard lock(mutex);
      ++ended;
    });
    ASSERT_TRUE(all_met) << met << " of " << pool.size() << " after " << rest.count() << " us";
    ASSERT_EQ(ended, pool.size());
  }
}

// A program that forks inherits the pool without its threads: it may use it and give it back.
TEST_P(ThreadPoolTest, AForkedProcessCanUseAndEndIt) {
  auto pool = std::make_unique<ThreadPool>(GetParam());
  std::atomic<int> sum = 0;
  const auto add = [&](int64_t index, int) { sum += static_cast<int>(index); };
  pool->parallel_for(10, add);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);  // instead of waiting for threads that are not there
    pool->parallel_for(10, add);
    pool.reset();
    _exit(sum == 90 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// The threads of a pool of its own get the stacks, and so the handles, of threads that are not there.
TEST_P(ThreadPoolTest, AForkedProcessCanEndItBesideOneOfItsOwn) {
#if SERENE_THREAD_SANITIZED
  GTEST_SKIP() << "ThreadSanitizer has no threads after a fork";
#endif
  auto pool = std::make_unique<ThreadPool>(GetParam());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);
    std::atomic<int> sum = 0;
    auto own = std::make_unique<ThreadPool>(GetParam());
    pool.reset();
    own->parallel_for(10, [&](int64_t index, int) { sum += static_cast<int>(index); });
    own.reset();
    _exit(sum == 45 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

INSTANTIATE_TEST_SUITE_P(ThreadPool, ThreadPoolTest, testing::Range(1, 6), [](const auto& tested) {
  return std::string("threads").append(std::to_string(tested.param));
});

#if !SERENE_ADDRESS_SANITIZED && !SERENE_THREAD_SANITIZED  // which take terabytes of addresses
// The system starts some of the threads and then no more: those that run are ended.
TEST(ThreadPool, NamesTheThreadThatCannotBeStarted) {
  const auto start_too_many = [] {
    const rlimit limit{1u << 30, 1u << 30};
    setrlimit(RLIMIT_AS, &limit);
    try {
      const ThreadPool pool(4096);
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(error.kind() == ErrorKind::device ? 0 : 1);
    }
    std::_Exit(2);
  };
  EXPECT_EXIT(start_too_many(), testing::ExitedWithCode(0), "cpu: cannot start thread [0-9]+ of 4096: ");
}
#endif

}  // namespace
}  // namespace serene
