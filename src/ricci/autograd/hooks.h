// Hooks: functions called on the gradient of a tensor while backward runs, once all of it has arrived.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Sees the gradient; what it returns takes its place, an undefined tensor leaves it as it is.
using GradientHook = std::function<Tensor(const Tensor&)>;

class RICCI_API Hooks : public RefCounted {
 public:
  std::uint64_t add(GradientHook hook);
  void remove(std::uint64_t id);
  /// The gradient after all hooks, in the order they were registered. Throws GradError for a
  /// replacement of another shape or dtype.
  Tensor run(Tensor gradient) const;

 private:
  struct Entry {
    std::uint64_t id;
    GradientHook hook;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::uint64_t next_ = 0;
};

/// What register_hook() gives: removes the hook; doing it twice does no harm.
class RICCI_API HookHandle {
 public:
  HookHandle(Ref<Hooks> hooks, std::uint64_t id) : hooks_(std::move(hooks)), id_(id) {}
  void remove() { hooks_->remove(id_); }

 private:
  Ref<Hooks> hooks_;
  std::uint64_t id_;
};

/// Calls `hook` on the gradient of t whenever backward() or grad() has worked it out. Throws GradError
/// for a tensor that does not require grad.
RICCI_API HookHandle register_hook(const Tensor& t, GradientHook hook);
/// The gradient of t after its hooks.
RICCI_API Tensor run_hooks(const Tensor& t, Tensor gradient);

}  // namespace ricci
