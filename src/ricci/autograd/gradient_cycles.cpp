#include "ricci/autograd/gradient_cycles.h"

#include <atomic>

#include "ricci/autograd/ownership.h"
#include "ricci/tensor/recorded_gradients.h"

namespace ricci {
namespace {

// Leaves that were left by the last collection, and with those that came since. They only say when the next is due.
std::atomic<std::size_t> in_use{0}, watched{0};

// Those that somebody may reach: an object with an owner that is not known, and what it owns.
std::vector<bool> reached(const Ownership& ownership) {
  const auto& all = ownership.objects();
  std::vector<bool> out(all.size(), false);
  std::vector<std::size_t> next;
  const auto reach = [&](std::size_t i) {
    if (out[i]) return;
    out[i] = true;
    next.push_back(i);
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].is_owned()) reach(i);
  while (!next.empty()) {
    const std::size_t i = next.back();
    next.pop_back();
    for (const std::size_t below : all[i].owned) reach(below);
  }
  return out;
}

std::vector<HeldGradients::Given> take_unreached(std::size_t& left) {
  std::vector<HeldGradients::Given> out;
  HeldGradients held;
  const std::vector<TensorImpl*> leaves = held.watched();
  Ownership ownership;
  ownership.assume(leaves);
  ownership.follow();
  const std::vector<bool> alive = reached(ownership);
  out.reserve(leaves.size());
  for (TensorImpl* leaf : leaves)
    if (!alive[ownership.index(leaf)]) out.push_back(held.give_up(leaf));
  left = leaves.size() - out.size();
  return out;
}

}  // namespace

std::size_t collect_gradient_cycles() {
  std::size_t left = 0;
  take_unreached(left);  // what was taken goes after the locks
  in_use.store(left, std::memory_order_relaxed);
  watched.store(left, std::memory_order_relaxed);
  return left;
}

void watch_gradients(Operands leaves) {
  if (watched.load(std::memory_order_relaxed) >= 2 * in_use.load(std::memory_order_relaxed)) collect_gradient_cycles();
  for (const Tensor& leaf : leaves) watch_gradient(leaf);
  watched.fetch_add(leaves.size(), std::memory_order_relaxed);
}

}  // namespace ricci
