// Cached things and recycled memory: what threads share without a lock, and what they don't.
#include "ricci/base/small_cache.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "ricci/base/recycled.h"

namespace ricci {
namespace {

struct Counted : RefCounted, Recycled<Counted> {
  Counted() { ++alive; }
  ~Counted() override { --alive; }
  static inline std::atomic<int> alive{0};
};

// What the warnings of g++ 12 can't see: it is not null.
const RefCounted* add_one(SmallCache& kept) {
  const Ref<const RefCounted> thing = make_ref<Counted>();
  return thing ? kept.add(thing) : nullptr;
}

TEST(SmallCache, HoldsAFewAndLetsGoOfThemWithItsOwner) {
  {
    SmallCache kept;
    EXPECT_EQ(kept.get(0), nullptr);
    for (std::size_t i = 0; i < SmallCache::kMost; ++i) {
      const RefCounted* added = add_one(kept);
      EXPECT_EQ(kept.get(i), added);
    }
    EXPECT_EQ(add_one(kept), nullptr);
    EXPECT_EQ(Counted::alive, static_cast<int>(SmallCache::kMost));
    SmallCache copy = kept;
    EXPECT_EQ(copy.get(0), nullptr) << "a copy makes its own";
    add_one(copy);
    copy = kept;
    EXPECT_EQ(copy.get(0), nullptr);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(SmallCache, ManyThreadsAddAndRead) {
  {
    SmallCache kept;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int again = 0; again < 1000; ++again) {
          add_one(kept);
          for (std::size_t i = 0; i < SmallCache::kMost; ++i) {
            const RefCounted* thing = kept.get(i);
            EXPECT_TRUE(!thing || thing->owners() >= 1);
          }
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(Counted::alive, static_cast<int>(SmallCache::kMost));
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Recycled, ObjectsMadeInOneThreadMayGoInAnother) {
  std::vector<Ref<Counted>> things;
  for (int i = 0; i < 500; ++i) things.push_back(make_ref<Counted>());
  std::thread([gone = std::move(things)]() mutable {
    gone.clear();
    std::set<const Counted*> places;
    std::vector<Ref<Counted>> again;
    for (int i = 0; i < 500; ++i) places.insert(again.emplace_back(make_ref<Counted>()).get());
    EXPECT_EQ(places.size(), 500u) << "no place twice";
  }).join();
  EXPECT_EQ(Counted::alive, 0);
}

}  // namespace
}  // namespace ricci
