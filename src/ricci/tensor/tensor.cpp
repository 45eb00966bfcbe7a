#include "ricci/tensor/tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

#include "ricci/base/at_fork.h"
#include "ricci/base/checked.h"
#include "ricci/tensor/defined.h"
#include "ricci/tensor/device_memory.h"
#include "ricci/tensor/recorded_gradients.h"

namespace ricci {

namespace {
constexpr std::string_view kUndefined =
    " is undefined (a default-constructed or moved-from Tensor)\n  give it a value first; a gradient has none before "
    "backward()";
}  // namespace

std::string undefined_operand(std::string_view function, std::size_t operand) {
  return concat(function, ": operand ", operand + 1, kUndefined);
}

void detail::fail_undefined_member(const char* member) { fail(member, "(): the tensor", kUndefined); }

Tensor Wrapper::detach() const { return {}; }

TensorImpl::TensorImpl(Ref<Storage> storage_, const Shape& shape_, const Strides& strides_, std::int64_t offset_,
                       DType dtype_, Device device_)
    : storage(std::move(storage_)), shape(shape_), strides(strides_), offset(offset_), dtype(dtype_), device(device_) {}
TensorImpl::~TensorImpl() = default;

std::int64_t Tensor::extent(std::int64_t axis) const {
  const Shape& all = state("extent").shape;
  return all[static_cast<std::size_t>(normalize_axis(axis, all.size(), "extent"))];
}

std::int64_t Tensor::numel() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : state("numel").shape) n *= extent;
  return n;
}

std::int64_t Tensor::nbytes() const { return static_cast<std::int64_t>(size_of(state("nbytes").dtype)) * numel(); }

bool Tensor::is_contiguous() const {
  const TensorImpl& impl = state("is_contiguous");
  return ricci::is_contiguous(impl.shape, impl.strides);
}

void* address_of(const Tensor& tensor) {
  check_defined("address_of", tensor);
  const TensorImpl& impl = *tensor.impl();
  if (impl.wrapper && impl.wrapper->batch() >= 0)
    fail<GradError>("vmap: this tensor of shape ", impl.shape, " stands for ", impl.wrapper->batch(),
                    ", one for each element of the batch, so there is no one value to read or to change in place",
                    "\n  use where() instead of if, and functions of ricci instead of item(), bool() and arrays");
  std::byte* const start = impl.storage ? impl.storage->address() : nullptr;
  if (start) return start + impl.offset * static_cast<std::int64_t>(size_of(impl.dtype));
  if (tensor.numel() == 0) return nullptr;
  fail("the values of a tensor of shape ", impl.shape, " are not known here, only its shape",
       "\n  what is traced by another framework has no values until it runs");
}

void* Tensor::raw_data() const {
  state("raw_data");
  check_not_read_only("data", *this);
  return const_cast<void*>(const_raw_data());
}

const void* Tensor::const_raw_data() const {
  state("const_raw_data");
  const void* const address = address_of(*this);
  if (address && !memory_of(device()).is_host())
    fail<DeviceError>("the elements of a tensor on ", name_of(device()), " can't be read in place",
                      "\n  copy them to the host first: to(\"cpu\")");
  return address;
}

bool Tensor::is_read_only() const {
  const Ref<Storage>& elements = state("is_read_only").storage;
  return elements && elements->is_read_only();
}

void check_not_read_only(std::string_view function, const Tensor& target) {
  check_defined(function, target);
  if (target.is_read_only())
    fail(function, ": the tensor lies in memory that was lent as const, so it can't be changed",
         "\n  clone() it first, or lend the memory as one that may be written; data<const T>() reads it");
}

void Tensor::check_dtype(DType asked) const {
  if (asked != state("data").dtype)
    fail<DTypeError>("data<", asked, ">() of a tensor of ", dtype(), "; cast it with to()");
}

void Tensor::read_item(void* value) const {
  state("item");
  if (numel() != 1) fail<ShapeError>("item(): a tensor of shape ", shape(), " has ", numel(), " elements, not one");
  copy_bytes({}, value, device(), address_of(*this), static_cast<std::int64_t>(size_of(dtype())));
}

void detail::fail_complex_item(DType dtype) {
  fail<DTypeError>("item(): a ", dtype, " value is not a real number; take real() first");
}

Tensor& Tensor::set_requires_grad(bool on) {
  if (!defined()) fail<GradError>("requires_grad: the tensor", kUndefined);
  if (on && !is_float(dtype()))
    fail<GradError>("requires_grad: a tensor of ", dtype(), " has no derivatives",
                    "\n  convert it to a float or complex dtype first");
  if (impl_->history)
    fail<GradError>("requires_grad: this tensor was computed from others; only leaves can be changed",
                    "\n  detach() gives a leaf with the same elements");
  impl_->requires_grad = on;
  return *this;
}

namespace {
// Handles are read and changed by any thread that runs backward; a lock for each would be much for each tensor.
struct GradLocks {
  std::array<std::mutex, 64> all;
  std::array<std::vector<Ref<TensorImpl>>, 64> watched;  // each under the lock of its gradients
  GradLocks() { hold_across_fork(ForkRank::gradients, all); }

  // Never destroyed: tensors may be let go while the process ends.
  static GradLocks& instance() {
    static GradLocks& locks = *new GradLocks;
    return locks;
  }
  static std::size_t place_of(const TensorImpl* impl) {
    return std::hash<const void*>{}(impl) / alignof(std::max_align_t) % 64;
  }
  Ref<TensorImpl> unwatch(const TensorImpl* impl) {
    std::vector<Ref<TensorImpl>>& leaves = watched[place_of(impl)];
    for (Ref<TensorImpl>& leaf : leaves) {
      if (leaf.get() != impl) continue;
      std::swap(leaf, leaves.back());
      const Ref<TensorImpl> out = std::move(leaves.back());
      leaves.pop_back();
      return out;
    }
    return {};
  }
};

std::mutex& grad_lock(const TensorImpl* impl) { return GradLocks::instance().all[GradLocks::place_of(impl)]; }

// The gradient that the leaf had, which goes after the lock, since a foreign release may call anything. The leaf itself
// has an owner still: the caller.
void replace_grad(TensorImpl* impl, std::unique_ptr<Tensor>& grad) {
  const std::lock_guard lock(grad_lock(impl));
  std::swap(impl->grad, grad);
  if (grad && grad->requires_grad() && !(impl->grad && impl->grad->requires_grad()))
    GradLocks::instance().unwatch(impl);
}
}  // namespace

void watch_gradient(const Tensor& leaf) {
  check_defined("watch_gradient", leaf);
  const std::lock_guard lock(grad_lock(leaf.impl().get()));
  std::vector<Ref<TensorImpl>>& leaves = GradLocks::instance().watched[GradLocks::place_of(leaf.impl().get())];
  if (std::find(leaves.begin(), leaves.end(), leaf.impl()) == leaves.end()) leaves.push_back(leaf.impl());
}

HeldGradients::HeldGradients() {
  for (std::mutex& mutex : GradLocks::instance().all) mutex.lock();
}
HeldGradients::~HeldGradients() {
  for (std::mutex& mutex : GradLocks::instance().all) mutex.unlock();
}

std::vector<TensorImpl*> HeldGradients::watched() const {
  std::vector<TensorImpl*> out;
  for (const std::vector<Ref<TensorImpl>>& leaves : GradLocks::instance().watched)
    for (const Ref<TensorImpl>& leaf : leaves) out.push_back(leaf.get());
  return out;
}

HeldGradients::Given HeldGradients::give_up(TensorImpl* leaf) {
  return {GradLocks::instance().unwatch(leaf), std::move(leaf->grad)};
}

Tensor Tensor::grad() const {
  state("grad");
  const std::lock_guard lock(grad_lock(impl_.get()));
  return impl_->grad ? *impl_->grad : Tensor();
}

void Tensor::set_grad(const Tensor& grad) const {
  state("set_grad");
  std::unique_ptr<Tensor> fresh;
  if (!grad.defined()) return replace_grad(impl_.get(), fresh);
  if (grad.shape() != shape() || grad.dtype() != dtype() || !(grad.device() == device()))
    fail<GradError>("grad: a ", grad.dtype(), " tensor of shape ", grad.shape(), " can't be the gradient of a ",
                    dtype(), " tensor of shape ", shape());
  fresh = std::make_unique<Tensor>(grad);
  replace_grad(impl_.get(), fresh);
}

Tensor Tensor::detach() const {
  if (const Wrapper* wrapper = state("detach").wrapper.get(); wrapper && wrapper->level > 0) return wrapper->detach();
  Tensor out = make_view(*this, shape(), strides(), offset());
  out.impl_->is_view = impl_->is_view;
  return out;
}

Tensor empty(const Shape& shape, const TensorOptions& options) {
  const std::int64_t count = element_count(shape);
  const auto bytes = checked_mul(count, static_cast<std::int64_t>(size_of(options.dtype)));
  if (!bytes) fail<ShapeError>("shape ", shape, " of ", options.dtype, ": its bytes pass 2^63 - 1");
  Tensor out(make_ref<TensorImpl>(Storage::allocate(*bytes, options.device), shape, contiguous_strides(shape), 0,
                                  options.dtype, options.device));
  if (options.requires_grad) out.set_requires_grad();
  return out;
}

Tensor make_view(const Tensor& base, const Shape& shape, const Strides& strides, std::int64_t offset) {
  check_defined("make_view", base);
  auto impl = make_ref<TensorImpl>(base.storage(), shape, strides, offset, base.dtype(), base.device());
  impl->is_view = true;
  return Tensor(std::move(impl));
}

Tensor metadata_of(const Tensor& tensor) {
  check_defined("metadata_of", tensor);
  return Tensor(make_ref<TensorImpl>(nullptr, tensor.shape(), tensor.strides(), 0, tensor.dtype(), tensor.device()));
}

Tensor make_metadata(const Shape& shape, DType dtype, Device device) {
  return Tensor(make_ref<TensorImpl>(nullptr, shape, contiguous_strides(shape), 0, dtype, device));
}

bool may_overlap(const Tensor& a, const Tensor& b) {
  check_defined("may_overlap", a, b);
  const Storage &x = *a.storage(), &y = *b.storage();
  const std::less<> before;
  return before(x.address(), y.address() + y.bytes()) && before(y.address(), x.address() + x.bytes()) &&
         &memory_of(a.device()) == &memory_of(b.device());
}

namespace {

// `Lent`: void or const void, as the caller may write there or not.
template <class Lent>
Tensor borrow(Lent* data, DType dtype, const Shape& shape, const MemoryOptions& options,
              std::function<void()> release) {
  using Byte = std::conditional_t<std::is_const_v<Lent>, const std::byte, std::byte>;
  const std::int64_t count = element_count(shape);
  const Strides strides = options.strides.empty() ? contiguous_strides(shape) : options.strides;
  if (strides.size() != shape.size())
    fail<ShapeError>("from_memory: ", strides.size(), " strides for ", shape.size(), " axes; one for each is needed");
  if (count > 0 && data == nullptr) fail("from_memory: the pointer is null but the shape ", shape, " has elements");
  const Reach reach = count > 0 ? reach_of(shape, strides) : Reach{};
  const auto width = static_cast<std::int64_t>(size_of(dtype));
  // The storage begins at the lowest element a negative stride reaches.
  auto impl = make_ref<TensorImpl>(nullptr, shape, strides, -reach.low, dtype, options.device);
  // The last that can fail: where it does, the memory is still the caller's to release.
  impl->storage = Storage::borrow(static_cast<Byte*>(data) + reach.low * width,
                                  count > 0 ? (reach.high - reach.low + 1) * width : 0, std::move(release));
  return Tensor(std::move(impl));
}

}  // namespace

Tensor from_memory(void* data, DType dtype, const Shape& shape, const MemoryOptions& options,
                   std::function<void()> release) {
  return borrow(data, dtype, shape, options, std::move(release));
}

Tensor from_memory(const void* data, DType dtype, const Shape& shape, const MemoryOptions& options,
                   std::function<void()> release) {
  return borrow(data, dtype, shape, options, std::move(release));
}

}  // namespace ricci
