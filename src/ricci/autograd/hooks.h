// Hooks: functions called on the gradient of a tensor while backward runs, once all of it has arrived.
#pragma once

#include <cstdint>
#include <functional>

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Sees the gradient; what it returns takes its place, an undefined tensor leaves it as it is.
using GradientHook = std::function<Tensor(const Tensor&)>;

/// What register_hook() gives: removes the hook; doing it twice does no harm.
class RICCI_API HookHandle {
 public:
  HookHandle(Ref<RefCounted> hooks, std::uint64_t id) : hooks_(std::move(hooks)), id_(id) {}
  void remove();
  const Ref<RefCounted>& hooks() const { return hooks_; }

 private:
  Ref<RefCounted> hooks_;
  std::uint64_t id_;
};

/// Calls `hook` on the gradient of t whenever backward() or grad() has worked it out. Throws GradError
/// for a tensor that does not require grad. `held` is kept with the hook, for it to borrow from; see Owner.
RICCI_API HookHandle register_hook(const Tensor& t, GradientHook hook, Ref<RefCounted> held = {});
/// The gradient of t after its hooks, in the order they were registered. Throws GradError for a replacement of another
/// shape or dtype.
RICCI_API Tensor run_hooks(const Tensor& t, Tensor gradient);

}  // namespace ricci
