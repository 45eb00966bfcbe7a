// Making tensors: from lists, filled, ranges, identity.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "ricci/base/scalar.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// A number or a nested list of numbers, as written in braces: {{1.f, 2.f}, {3.f, 4.f}}.
class RICCI_API List {
 public:
  template <class T>
  requires(std::is_arithmetic_v<T> || is_complex_type<T> || is_half_type<T>) List(T value)
      : dtype_(dtype_of<Kept<T>>()) {  // NOLINT: implicit, so that braces nest
    if constexpr (is_half_type<T>)
      scalar_ = Scalar(static_cast<double>(static_cast<float>(value)));
    else if constexpr (is_complex_type<T>)
      scalar_ = Scalar(std::complex<double>(value.real(), value.imag()));
    else if constexpr (std::is_integral_v<T>)
      scalar_ = Scalar(value);
    else
      scalar_ = Scalar(static_cast<double>(value));
  }
  List(std::initializer_list<List> items) : items_(items), is_scalar_(false) {}
  template <class T>
  List(const std::vector<T>& items) : items_(items.begin(), items.end()), is_scalar_(false) {}

  bool is_scalar() const { return is_scalar_; }
  const Scalar& scalar() const { return scalar_; }
  DType dtype() const { return dtype_; }
  const std::vector<List>& items() const { return items_; }

 private:
  // Unsigned numbers are kept in the signed dtype of their size; one that it can't hold is refused.
  template <class T>
  struct Signed : std::make_signed<T> {};
  template <class T>
  using Kept = typename std::conditional_t<std::is_integral_v<T> && !is_element_type<T>, Signed<T>, Tag<T>>::type;

  std::vector<List> items_;
  Scalar scalar_;
  DType dtype_ = DType::f32;
  bool is_scalar_ = true;
};

/// A missing dtype means: the one the values have.
struct CreateOptions {
  std::optional<DType> dtype{};
  Device device{};
  bool requires_grad = false;
};

/// A tensor with these values, copied; its dtype is the promotion of theirs. Throws ShapeError for
/// lists of unequal lengths, DTypeError for a value that does not fit in the dtype.
RICCI_API Tensor tensor(const List& values, const CreateOptions& options = {});
/// The same from n numbers in a vector.
template <class T>
Tensor tensor(const std::vector<T>& values, const CreateOptions& options = {}) {
  return tensor(List(values), options);
}

RICCI_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});
RICCI_API Tensor ones(const Shape& shape, const TensorOptions& options = {});
/// One value everywhere. Throws DTypeError when it does not fit in the dtype.
RICCI_API Tensor full(const Shape& shape, const Scalar& value, const TensorOptions& options = {});
/// The identity of shape (rows, columns), or square.
RICCI_API Tensor eye(std::int64_t rows, std::int64_t columns, const TensorOptions& options = {});
RICCI_API Tensor eye(std::int64_t rows, const TensorOptions& options = {});
/// start, start + step, ... up to, without, stop. int64 if all three are whole numbers and no dtype is given.
/// Throws DTypeError when an end does not fit in the dtype.
RICCI_API Tensor arange(const Scalar& start, const Scalar& stop, const Scalar& step = 1,
                        const CreateOptions& options = {});
RICCI_API Tensor arange(const Scalar& stop, const CreateOptions& options = {});
/// Same shape, dtype and device as `like`; no history.
RICCI_API Tensor zeros_like(const Tensor& like);
RICCI_API Tensor ones_like(const Tensor& like);
RICCI_API Tensor full_like(const Tensor& like, const Scalar& value);
/// Sets every element of a tensor without history, in place. Throws DTypeError when the value does not fit.
RICCI_API void fill(const Tensor& tensor, const Scalar& value);
/// Copies `source`, converted and broadcast, over the elements of `target`, in place. Throws GradError
/// for leaves that require grad, and for views with history.
RICCI_API void copy_into(const Tensor& target, const Tensor& source);

}  // namespace ricci
