// Elementwise functions: operands broadcast as NumPy does and promote by torch's rules (an integer with
// a float takes the float's dtype; plain numbers are weak). Each has its derivative beside it.
#pragma once

#include "ricci/base/scalar.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// A tensor, or a number that takes the other operand's dtype where it can.
class RICCI_API Value {
 public:
  Value(const Tensor& tensor) : tensor_(tensor), is_tensor_(true) {}
  template <class T>
  requires(std::is_arithmetic_v<T>) Value(T number) : number_(make(number)), bool_(std::is_same_v<T, bool>) {}
  Value(std::complex<double> number) : number_(number), complex_(true) {}
  Value(std::complex<float> number) : Value(std::complex<double>(number)) {}

  /// Whether it was made of a tensor, even of one that is undefined.
  bool is_tensor() const { return is_tensor_; }
  const Tensor& tensor() const { return tensor_; }
  const Scalar& number() const { return number_; }
  bool is_complex_number() const { return complex_; }
  bool is_bool() const { return bool_; }

 private:
  template <class T>
  static Scalar make(T number) {
    if constexpr (std::is_integral_v<T>)
      return Scalar(number);
    else
      return Scalar(static_cast<double>(number));
  }
  Tensor tensor_;
  Scalar number_;
  bool is_tensor_ = false, complex_ = false, bool_ = false;
};

RICCI_API Tensor add(const Value& a, const Value& b);
RICCI_API Tensor subtract(const Value& a, const Value& b);
RICCI_API Tensor multiply(const Value& a, const Value& b);
/// True division: integers give float32.
RICCI_API Tensor divide(const Value& a, const Value& b);
/// The largest whole number not past a / b, in the operands' dtype; it has the gradient 0. Throws
/// DTypeError for complex dtypes and bool, Error for integers over 0.
RICCI_API Tensor floor_divide(const Value& a, const Value& b);
/// a - floor_divide(a, b) * b, which has the sign of b.
RICCI_API Tensor remainder(const Value& a, const Value& b);
RICCI_API Tensor power(const Value& a, const Value& b);
/// The larger; ties halve the gradient; NaN wins. Not for complex dtypes.
RICCI_API Tensor maximum(const Value& a, const Value& b);
RICCI_API Tensor minimum(const Value& a, const Value& b);
/// Comparisons give bool and have no gradient; the four order relations are not for complex dtypes.
RICCI_API Tensor equal(const Value& a, const Value& b);
RICCI_API Tensor not_equal(const Value& a, const Value& b);
RICCI_API Tensor less(const Value& a, const Value& b);
RICCI_API Tensor less_equal(const Value& a, const Value& b);
RICCI_API Tensor greater(const Value& a, const Value& b);
RICCI_API Tensor greater_equal(const Value& a, const Value& b);
/// a where the condition (bool) holds, else b.
RICCI_API Tensor where(const Tensor& condition, const Value& a, const Value& b);

RICCI_API Tensor negative(const Tensor& x);
RICCI_API Tensor exp(const Tensor& x);
RICCI_API Tensor log(const Tensor& x);
RICCI_API Tensor sqrt(const Tensor& x);
RICCI_API Tensor tanh(const Tensor& x);
RICCI_API Tensor sigmoid(const Tensor& x);
/// max(x, 0); its derivative at 0 is 0.
RICCI_API Tensor relu(const Tensor& x);
/// |x|; complex gives the modulus, real. Its derivative at 0 is 0.
RICCI_API Tensor abs(const Tensor& x);
RICCI_API Tensor sin(const Tensor& x);
RICCI_API Tensor cos(const Tensor& x);
/// 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; real dtypes only.
RICCI_API Tensor erf(const Tensor& x);
/// log(1 + x), accurate near 0; real dtypes only.
RICCI_API Tensor log1p(const Tensor& x);
RICCI_API Tensor sign(const Tensor& x);
RICCI_API Tensor reciprocal(const Tensor& x);
/// The conjugate; real tensors are returned as they are.
RICCI_API Tensor conj(const Tensor& x);
RICCI_API Tensor real(const Tensor& x);
/// The imaginary part, real; zeros for a real tensor.
RICCI_API Tensor imag(const Tensor& x);
RICCI_API Tensor logical_not(const Tensor& x);
RICCI_API Tensor isnan(const Tensor& x);
RICCI_API Tensor isfinite(const Tensor& x);

template <class T>
concept Number = std::is_arithmetic_v<T> || is_complex_type<T>;

inline Tensor operator-(const Tensor& x) { return negative(x); }
template <Number T>
Tensor operator+(T a, const Tensor& b) {
  return add(a, b);
}
template <Number T>
Tensor operator-(T a, const Tensor& b) {
  return subtract(a, b);
}
template <Number T>
Tensor operator*(T a, const Tensor& b) {
  return multiply(a, b);
}
template <Number T>
Tensor operator/(T a, const Tensor& b) {
  return divide(a, b);
}
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
template <Number T>
Tensor operator+(const Tensor& a, T b) {
  return add(a, b);
}
template <Number T>
Tensor operator-(const Tensor& a, T b) {
  return subtract(a, b);
}
template <Number T>
Tensor operator*(const Tensor& a, T b) {
  return multiply(a, b);
}
template <Number T>
Tensor operator/(const Tensor& a, T b) {
  return divide(a, b);
}

}  // namespace ricci
