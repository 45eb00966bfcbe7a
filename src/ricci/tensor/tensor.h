// Tensor: a cheap handle to a view of a storage. Copying a handle shares the elements; only
// clone(), contiguous() and casts copy them. Strides and offsets count elements and may be negative or zero.
#pragma once

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>

#include "ricci/base/dtype.h"
#include "ricci/tensor/shape.h"
#include "ricci/tensor/storage.h"

namespace ricci {

class Tensor;

/// What the tape hangs on a tensor; autograd/ has the only kinds. Tensors just keep them alive.
class RICCI_API History : public RefCounted {};
/// What wraps a tensor; autograd/ has the kinds. A transform (forward mode, vmap) has a level above 0, the
/// inner one a higher; 0 is a value that another framework keeps.
class RICCI_API Wrapper : public RefCounted {
 public:
  explicit Wrapper(std::int64_t l) : level(l) {}
  /// What a transform's is made of; the first holds the elements.
  virtual std::span<const Tensor> parts() const { return {}; }
  /// A transform's tensor without history and tangents.
  virtual Tensor detach() const;
  /// How many tensors it stands for, when it has no elements of its own (vmap); else -1.
  virtual std::int64_t batch() const { return -1; }

  const std::int64_t level;
};

/// The state behind a handle. What a tensor is made of stands in its constructor; the rest is hung on it.
struct RICCI_API TensorImpl : RefCounted, Recycled<TensorImpl> {
  TensorImpl(Ref<Storage> storage, const Shape& shape, const Strides& strides, std::int64_t offset, DType dtype,
             Device device);
  ~TensorImpl() override;
  Ref<Storage> storage;  // null: only shape and dtype are known
  Shape shape;
  Strides strides;
  std::int64_t offset;
  DType dtype;
  Device device;
  bool is_view = false;        // shares its storage with a tensor it was cut from
  bool requires_grad = false;  // a leaf that is differentiated
  Ref<History> history;        // the node that made it
  Ref<RefCounted> hooks;       // called on a leaf's gradient; autograd/ has their kind
  std::unique_ptr<Tensor> grad;
  Ref<Wrapper> wrapper;
};

namespace detail {
/// Throws Error: a member of an undefined tensor was asked for.
[[noreturn, gnu::cold]] RICCI_API void fail_undefined_member(const char* member);
}  // namespace detail

class RICCI_API Tensor {
 public:
  /// An undefined tensor: no shape, no elements. So is one that was moved from. It can be assigned to, copied, and
  /// asked whether it is defined() or requires_grad(); all else throws Error.
  Tensor() = default;
  explicit Tensor(Ref<TensorImpl> impl) : impl_(std::move(impl)) {}

  bool defined() const { return static_cast<bool>(impl_); }
  const Shape& shape() const { return state("shape").shape; }
  const Strides& strides() const { return state("strides").strides; }
  std::int64_t offset() const { return state("offset").offset; }
  std::int64_t ndim() const { return static_cast<std::int64_t>(state("ndim").shape.size()); }
  /// Extent of an axis, counted from the end when negative. Throws ShapeError.
  std::int64_t extent(std::int64_t axis) const;
  std::int64_t numel() const;
  /// Elements times bytes of one.
  std::int64_t nbytes() const;
  DType dtype() const { return state("dtype").dtype; }
  Device device() const { return state("device").device; }
  bool is_contiguous() const;
  const Ref<Storage>& storage() const { return state("storage").storage; }

  /// The first element (not of the storage: of this view), for the host to read and write; data<const T>() to read
  /// alone. A Tensor is a handle, and so a const one, like a const pointer, does not make its elements const. Throws
  /// DTypeError if T is not the dtype, DeviceError for a tensor of a device with memory of its own, and Error for
  /// data<T>() of a tensor that is_read_only().
  template <class T>
  T* data() const {
    check_dtype(dtype_of<std::remove_const_t<T>>());
    if constexpr (std::is_const_v<T>)
      return static_cast<T*>(const_raw_data());
    else
      return static_cast<T*>(raw_data());
  }
  /// The same without a type. Throws GradError inside vmap, where the tensor stands for many, and Error
  /// when only the shape is known.
  void* raw_data() const;
  const void* const_raw_data() const;
  /// Whether it lies in memory that was lent as const: every function that would change it throws Error.
  bool is_read_only() const;

  /// The value of a tensor of one element, converted as C++ converts to T, any type of numbers. Throws ShapeError for
  /// any other number of elements, DTypeError for a complex value where T is real.
  template <class T>
  T item() const;

  /// Whether operations on it are recorded: it is a leaf that asks for it, or was made from one.
  bool requires_grad() const { return defined() && (impl_->requires_grad || impl_->history); }
  bool is_leaf() const { return !state("is_leaf").history; }
  /// Asks for (or stops) differentiation of a leaf; returns the tensor. Throws GradError for integer
  /// dtypes and for tensors with history.
  Tensor& set_requires_grad(bool on = true);
  /// The gradient that backward() added up, or an undefined tensor.
  Tensor grad() const;
  void set_grad(const Tensor& grad) const;
  /// The same elements without history.
  Tensor detach() const;

  const Ref<TensorImpl>& impl() const { return impl_; }

 private:
  /// What a member reads of a tensor that has it.
  const TensorImpl& state(const char* member) const {
    if (!impl_) [[unlikely]]
      detail::fail_undefined_member(member);
    return *impl_;
  }
  void check_dtype(DType asked) const;
  void read_item(void* value) const;
  Ref<TensorImpl> impl_;
};

namespace detail {
[[noreturn, gnu::cold]] RICCI_API void fail_complex_item(DType dtype);

/// A value of one type of numbers in another.
template <class T, class S>
T converted_item(S value) {
  if constexpr (is_half_type<S>) {
    return converted_item<T>(static_cast<float>(value));
  } else if constexpr (is_complex_type<T> && is_complex_type<S>) {
    return T(static_cast<real_type<T>>(value.real()), static_cast<real_type<T>>(value.imag()));
  } else if constexpr (is_complex_type<T>) {
    return T(static_cast<real_type<T>>(value));
  } else if constexpr (is_complex_type<S>) {
    fail_complex_item(dtype_of<S>());
  } else if constexpr (is_half_type<T>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}
}  // namespace detail

template <class T>
T Tensor::item() const {
  static_assert(std::is_arithmetic_v<T> || is_complex_type<T> || is_half_type<T>, "item<T>(): T is no type of numbers");
  std::byte bytes[sizeof(std::complex<double>)];
  read_item(bytes);
  return visit_dtype(dtype(), [&]<class S>(Tag<S>) -> T {
    S value;
    std::memcpy(static_cast<void*>(&value), bytes, sizeof value);
    return detail::converted_item<T>(value);
  });
}

/// The tensors of one call side by side, as functions read them: borrowed, so that no owner is counted.
template <std::size_t N>
class Borrowed {
 public:
  template <class... T>
  requires(sizeof...(T) == N && (std::derived_from<T, Tensor> && ...)) explicit Borrowed(const T&... tensors) {
    std::size_t i = 0;
    (std::construct_at(at(i++), Ref<TensorImpl>(tensors.impl().get(), Adopt{})), ...);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  operator std::span<const Tensor>() const { return {std::launder(reinterpret_cast<const Tensor*>(bytes_)), N}; }

 private:
  Tensor* at(std::size_t i) { return reinterpret_cast<Tensor*>(bytes_) + i; }
  alignas(Tensor) std::byte bytes_[N * sizeof(Tensor)];  // never destroyed as tensors: they own nothing
};

/// The tensors that a function reads.
using Operands = std::span<const Tensor>;

/// Options of every function that makes a tensor.
struct TensorOptions {
  DType dtype = DType::f32;
  Device device{};
  bool requires_grad = false;
};

/// Where the first element lies in the memory of the tensor's device, as that device's kernels are told it. Above
/// backend/ nobody reads there: on_host() and data() are for that. Errors as raw_data().
RICCI_API void* address_of(const Tensor& tensor);

/// Uninitialised. Shape (d0, d1, ...); throws ShapeError, MemoryError, BudgetError.
RICCI_API Tensor empty(const Shape& shape, const TensorOptions& options = {});
/// A view of the same storage with other geometry; marked as a view, without history.
RICCI_API Tensor make_view(const Tensor& base, const Shape& shape, const Strides& strides, std::int64_t offset);
/// Shape and dtype only, no elements: stands in for operands whose values a rule does not need.
RICCI_API Tensor metadata_of(const Tensor& tensor);
RICCI_API Tensor make_metadata(const Shape& shape, DType dtype, Device device = {});

struct MemoryOptions {
  Strides strides{};  ///< in elements; empty: contiguous
  Device device{};
};
/// Whether the two could share an element: their storages do, or the memory the caller lent for them.
RICCI_API bool may_overlap(const Tensor& a, const Tensor& b);
/// A tensor over the caller's memory, not copied; the caller keeps it alive and unmoved. Over memory that is const it
/// is_read_only().
template <class T>
Tensor from_memory(T* data, const Shape& shape, const MemoryOptions& options = {});
/// The same with the dtype as a value; `release` runs when the last view is gone.
RICCI_API Tensor from_memory(void* data, DType dtype, const Shape& shape, const MemoryOptions& options = {},
                             std::function<void()> release = {});
RICCI_API Tensor from_memory(const void* data, DType dtype, const Shape& shape, const MemoryOptions& options = {},
                             std::function<void()> release = {});

template <class T>
Tensor from_memory(T* data, const Shape& shape, const MemoryOptions& options) {
  using Lent = std::conditional_t<std::is_const_v<T>, const void, void>;
  return from_memory(static_cast<Lent*>(data), dtype_of<std::remove_const_t<T>>(), shape, options);
}

/// "Tensor([[3.0, 4.0], [6.0, 8.0]], grad=None)": values, dtype unless float32, grad when it requires
/// one; past 1000 elements shortened as NumPy does.
RICCI_API std::string to_string(const Tensor& tensor);
RICCI_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace ricci
