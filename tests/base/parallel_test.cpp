// Spreading work: every index once, nesting, errors, forked children.
#include "ricci/base/parallel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ricci/base/error.h"

namespace ricci {
namespace {

class Parallel : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(before_); }

 private:
  int before_ = num_threads();
};

TEST_P(Parallel, EveryIndexOnce) {
  EXPECT_EQ(num_threads(), GetParam());
  for (const std::int64_t n : {0, 1, 2, 7, 1000, 100003}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(n));
    parallel_for(n, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
    for (const auto& count : seen) ASSERT_EQ(count, 1);
  }
}

TEST_P(Parallel, NestedRegionsKeepToThemselves) {
  // A thread that waits inside one outer task must not start another: its buffer would be overwritten.
  std::atomic<int> wrong{0};
  thread_local std::int64_t busy = -1;
  parallel_for(64, [&](std::int64_t outer) {
    if (busy != -1) ++wrong;
    busy = outer;
    std::atomic<std::int64_t> sum{0};
    parallel_for(50, [&](std::int64_t inner) { sum += inner; });
    if (busy != outer || sum != 1225) ++wrong;
    busy = -1;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Parallel, ErrorsReachTheCaller) {
  EXPECT_THROW(parallel_for(1000,
                            [](std::int64_t i) {
                              if (i == 613) throw std::runtime_error("613");
                            }),
               std::runtime_error);
  std::atomic<int> count{0};
  parallel_for(100, [&](std::int64_t) { ++count; });
  EXPECT_EQ(count, 100);
}

TEST_P(Parallel, CallersOnSeveralThreads) {
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int k = 0; k < 4; ++k)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) parallel_for(40, [&](std::int64_t i) { sum += i; });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 50 * 780);
}

TEST_P(Parallel, AForkedChildRunsInline) {
  std::atomic<int> warm{0};
  parallel_for(100, [&](std::int64_t) { ++warm; });
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(20);
      int count = 0;  // not atomic: a second thread would be a mistake
      parallel_for(1000, [&](std::int64_t) { ++count; });
      _exit(count == 1000 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, ::testing::Values(1, 2, 3, 8));

TEST(NumThreads, AtLeastOne) {
  EXPECT_THROW(set_num_threads(0), Error);
  EXPECT_THROW(set_num_threads(-3), Error);
}

}  // namespace
}  // namespace ricci
