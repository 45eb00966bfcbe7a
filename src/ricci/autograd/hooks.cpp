#include "ricci/autograd/hooks.h"

#include <mutex>
#include <vector>

#include "ricci/autograd/node.h"
#include "ricci/base/at_fork.h"
#include "ricci/base/error.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

class Hooks final : public RefCounted, public Owner {
 public:
  std::uint64_t add(GradientHook hook, Ref<RefCounted> held) {
    const std::lock_guard lock(mutex_);
    entries_.push_back({next_, std::move(hook), std::move(held)});
    return next_++;
  }

  void remove(std::uint64_t id) {
    Entry gone;  // destroyed after the lock: it may hold anything
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->id != id) continue;
      gone = std::move(*entry);
      entries_.erase(entry);
      return;
    }
  }

  Tensor run(Tensor gradient) const {
    std::vector<Entry> entries;
    {
      const std::lock_guard lock(mutex_);
      entries = entries_;
    }
    for (const Entry& entry : entries) {
      const Tensor changed = entry.hook(gradient);
      if (!changed.defined()) continue;
      if (changed.shape() != gradient.shape() || changed.dtype() != gradient.dtype())
        fail<GradError>("a hook got a ", gradient.dtype(), " gradient of shape ", gradient.shape(), " and returned ",
                        changed.dtype(), " of shape ", changed.shape(), "\n  they must be the same");
      gradient = changed;
    }
    return gradient;
  }

  void visit_owned(OwnedVisitor visit) const override {
    for (const Entry& entry : entries_) visit(entry.held.get());
  }

 private:
  struct Entry {
    std::uint64_t id = 0;
    GradientHook hook{};
    Ref<RefCounted> held{};
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::uint64_t next_ = 0;
};

// Held while a handle is copied.
struct OfLeaves {
  std::mutex mutex;
  OfLeaves() { hold_across_fork(ForkRank::gradients, mutex); }
};

// The Hooks of t, kept with the node that made it or with the leaf; `fresh` where there were none.
Ref<RefCounted> hooks_of(const Tensor& t, const Ref<RefCounted>& fresh = {}) {
  if (const Ref<Node> node = node_of(t)) return node->hooks(fresh);
  static OfLeaves of_leaves;
  const std::lock_guard lock(of_leaves.mutex);
  if (!t.impl()->hooks) t.impl()->hooks = fresh;
  return t.impl()->hooks;
}

}  // namespace

void HookHandle::remove() { static_cast<Hooks&>(*hooks_).remove(id_); }

HookHandle register_hook(const Tensor& t, GradientHook hook, Ref<RefCounted> held) {
  check_defined_at<GradError>("register_hook", 0, t);
  if (!t.requires_grad())
    fail<GradError>("register_hook: the tensor does not require grad, so no gradient will come to it",
                    "\n  set requires_grad on it, or register the hook on a tensor computed from one that does");
  const Ref<Hooks> hooks(static_cast<Hooks*>(hooks_of(t, make_ref<Hooks>()).get()));
  return {hooks, hooks->add(std::move(hook), std::move(held))};
}

Tensor run_hooks(const Tensor& t, Tensor gradient) {
  check_defined("run_hooks", t, gradient);
  return run_hooks(hooks_of(t), std::move(gradient));
}

Tensor run_hooks(const Ref<RefCounted>& hooks, Tensor gradient) {
  return hooks ? static_cast<const Hooks*>(hooks.get())->run(std::move(gradient)) : gradient;
}

}  // namespace ricci
