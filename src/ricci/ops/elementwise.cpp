#include "ricci/ops/elementwise.h"

#include <cmath>
#include <numbers>

#include "ricci/autograd/accumulate.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

using Rule = LinearMap (*)(std::size_t i, Operands in, const Tensor& out);

// The derivative with respect to operand i, and what it reads; without a rule there is none.
struct Derivative {
  Reads (*reads)(std::size_t i);
  Rule rule = nullptr;
};

constexpr Reads nothing(std::size_t) { return kReadsNothing; }
constexpr Reads the_output(std::size_t) { return kReadsOutput; }
constexpr Reads the_inputs(std::size_t) { return {}; }
constexpr Reads inputs_and_output(std::size_t) { return {~std::uint64_t{0}, true}; }
constexpr Reads the_condition(std::size_t) { return {1, false}; }

constexpr Derivative kNoDerivative{nothing};

Shape broadcast_of(Operands in) {
  Shape shape = in[0].shape();
  for (const Tensor& t : in.subspan(1)) shape = broadcast_shapes(shape, t.shape());
  return shape;
}

class MapOp final : public Op {
 public:
  MapOp(Map map, const Derivative& derivative) : map_(map), derivative_(derivative) {}
  std::string_view name() const override { return name_of(map_); }
  TensorType output_type(Operands in) const override {
    return {broadcast_of(in), result_dtype(map_, in.back().dtype())};
  }
  void run_into(Operands in, const Tensor& out) const override { map_into(map_, in, out); }
  LinearMap derivative(std::size_t i, Operands in, const Tensor& out) const override {
    return derivative_.rule(i, in, out);
  }
  Reads reads(std::size_t i) const override { return derivative_.reads(i); }
  Tensor batched(Operands in, const Batch& batch) const override;
  bool differentiable() const override { return derivative_.rule != nullptr; }

 private:
  Map map_;
  Derivative derivative_;
};

// Operands broadcast from the right, so axes of 1 go between the batch and the axes of a shorter one.
Tensor MapOp::batched(Operands in, const Batch& batch) const {
  std::size_t rank = 0;
  for (std::size_t i = 0; i < in.size(); ++i)
    rank = std::max(rank, in[i].shape().size() - static_cast<std::size_t>(batch.has[i]));
  Tensors aligned(in.begin(), in.end());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!batch.has[i]) continue;
    Shape shape{batch.extent};
    while (shape.size() + in[i].shape().size() < rank + 2) shape.push_back(1);
    shape.append(in[i].shape().begin() + 1, in[i].shape().end());
    aligned[i] = reshape(in[i], shape);
  }
  return call_new<MapOp>(Operands(aligned.data(), aligned.size()), map_, derivative_);
}

// Sums the axes along which a tensor of `shape` was broadcast: the adjoint of broadcasting.
Tensor sum_to(const Tensor& g, const Shape& shape) {
  if (g.shape() == shape) return g;
  ReduceOptions options;
  const std::size_t lead = g.shape().size() - shape.size();
  for (std::size_t i = 0; i < g.shape().size(); ++i)
    if (i < lead || (shape[i - lead] == 1 && g.shape()[i] != 1)) options.axes.push_back(static_cast<std::int64_t>(i));
  return options.axes.empty() ? reshape(g, shape) : reshape(sum(g, options), shape);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) { return x.shape() == shape ? x : expand(x, shape); }

// dx -> f(dx), elementwise and linear, with its adjoint; broadcasting on both ways is added here.
LinearMap elementwise_map(const Tensor& in, const Tensor& out, std::function<Tensor(const Tensor&)> apply,
                          std::function<Tensor(const Tensor&)> transpose) {
  return {
      [apply = std::move(apply), shape = out.shape()](const Tensor& dx) { return broadcast_to(apply(dx), shape); },
      [transpose = std::move(transpose), shape = in.shape()](const Tensor& g) { return sum_to(transpose(g), shape); }};
}

// dx -> factor * dx.
LinearMap scale(const Tensor& in, const Tensor& out, const Tensor& factor) {
  return elementwise_map(
      in, out, [factor](const Tensor& dx) { return multiply(factor, dx); },
      [factor](const Tensor& g) { return multiply(conj(factor), g); });
}

// The rules, for operand i.
LinearMap keep(std::size_t i, Operands in, const Tensor& y) {
  LinearMap same = identity_map();
  return elementwise_map(in[i], y, std::move(same.apply), std::move(same.transpose));
}

LinearMap flip(std::size_t i, Operands in, const Tensor& y) { return elementwise_map(in[i], y, negative, negative); }

LinearMap no_slope(std::size_t i, Operands in, const Tensor& y) {
  const auto zero = [](const Tensor& t) { return zeros_like(t); };
  return elementwise_map(in[i], y, zero, zero);
}

// 1 where the condition holds, else 0, in the dtype of `like`.
Tensor mask(const Tensor& condition, const Tensor& like) { return to(condition, like.dtype()); }

// dy = slope(x) dx, and the same of a slope that is written in y. `slope` is a lambda without captures.
template <class Slope>
constexpr Derivative slope_at_x(Slope) {
  return {the_inputs, [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, Slope()(in[0])); }};
}
template <class Slope>
constexpr Derivative slope_at_y(Slope) {
  return {the_output, [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, Slope()(y)); }};
}

LinearMap difference_rule(std::size_t i, Operands in, const Tensor& y) {
  return i == 0 ? keep(i, in, y) : flip(i, in, y);
}

LinearMap product_rule(std::size_t i, Operands in, const Tensor& y) { return scale(in[i], y, in[1 - i]); }

LinearMap quotient_rule(std::size_t i, Operands in, const Tensor& y) {
  const Tensor inverse = reciprocal(in[1]);
  return scale(in[i], y, i == 0 ? inverse : negative(in[0] * inverse * inverse));
}

// a % b = a - floor(a / b) b, where the floor has no slope.
LinearMap remainder_rule(std::size_t i, Operands in, const Tensor& y) {
  return i == 0 ? keep(i, in, y) : scale(in[1], y, negative(floor_divide(in[0], in[1])));
}

// d a^b = b a^(b-1) da + a^b log(a) db. Where b is 0 the exponent b-1 is replaced, so that 0 * 0^-1 is 0
// in every order; where a is 0 so is the second term.
LinearMap power_rule(std::size_t i, Operands in, const Tensor& y) {
  const Tensor &a = in[0], &b = in[1];
  if (i == 0) return scale(a, y, b * power(a, where(equal(b, 0), 1, b - 1)));
  return scale(b, y, y * log(where(equal(a, 0), 1, a)));
}

// The larger or smaller of two: all of the gradient to the winner, half to each on a tie.
template <bool kLarger>
LinearMap extreme_rule(std::size_t i, Operands in, const Tensor& y) {
  const Tensor &mine = in[i], &other = in[1 - i];
  const Tensor wins = mask(kLarger ? greater(mine, other) : less(mine, other), mine);
  return scale(mine, y, wins + 0.5 * mask(equal(mine, other), mine));
}

// The branch not taken gets zeros, never 0 * inf.
LinearMap where_rule(std::size_t i, Operands in, const Tensor& y) {
  const auto pick = [condition = in[0], i](const Tensor& t) {
    return i == 1 ? where(condition, t, 0) : where(condition, 0, t);
  };
  return elementwise_map(in[i], y, pick, pick);
}

// d|z| = Re(conj(z) dz) / |z|, and 0 at 0.
LinearMap modulus_rule(std::size_t, Operands in, const Tensor& y) {
  if (!is_complex(in[0].dtype())) return scale(in[0], y, sign(in[0]));
  const Tensor unit = divide(in[0], where(equal(y, 0), 1, y));
  return elementwise_map(
      in[0], y, [unit](const Tensor& dz) { return real(multiply(conj(unit), dz)); },
      [unit](const Tensor& g) { return multiply(unit, g); });
}

LinearMap conj_rule(std::size_t, Operands in, const Tensor& y) { return elementwise_map(in[0], y, conj, conj); }

LinearMap real_rule(std::size_t, Operands in, const Tensor& y) {
  return elementwise_map(in[0], y, real, [t = in[0].dtype()](const Tensor& g) { return to(g, t); });
}

LinearMap imag_rule(std::size_t, Operands in, const Tensor& y) {
  return elementwise_map(in[0], y, imag, [](const Tensor& g) { return multiply(std::complex<double>(0, 1), g); });
}

Tensor call_map(Map map, std::initializer_list<Tensor> in, const Derivative& derivative) {
  return call_new<MapOp>(Operands(in.begin(), in.size()), map, derivative);
}

void check_ordered(Map map, DType dtype) {
  if (is_complex(dtype))
    fail<DTypeError>(name_of(map), ": ", dtype, " numbers have no order\n  compare real(), imag() or abs() instead");
}

// What a plain number becomes beside a tensor of dtype t: it keeps t where t can hold its kind.
DType dtype_beside(const Value& number, DType t) {
  if (number.is_complex_number()) return complex_of(t);
  if (number.is_bool()) return t;
  if (!number.number().is_integer) return is_float(t) ? t : DType::f32;
  return t == DType::b8 ? DType::i64 : t;
}

// Of operands `first` and the next, counted from 0, which must be defined; numbers always are.
DType common_dtype(Map map, const Value& a, const Value& b, std::size_t first = 0) {
  if (a.is_tensor()) check_defined_at(name_of(map), first, a.tensor());
  if (b.is_tensor()) check_defined_at(name_of(map), first + 1, b.tensor());
  if (a.is_tensor() && b.is_tensor()) return promote(a.tensor().dtype(), b.tensor().dtype());
  if (a.is_tensor()) return dtype_beside(b, a.tensor().dtype());
  if (b.is_tensor()) return dtype_beside(a, b.tensor().dtype());
  return promote(dtype_beside(a, DType::i64), dtype_beside(b, DType::i64));
}

Tensor as_tensor(Map map, const Value& v, DType dtype, Device device) {
  if (v.is_tensor()) return to(v.tensor(), dtype);
  check_fits(name_of(map), v.number(), dtype);
  return full({}, v.number(), {.dtype = dtype, .device = device});
}

Device device_of(const Value& a, const Value& b) {
  return a.is_tensor() ? a.tensor().device() : b.is_tensor() ? b.tensor().device() : Device{};
}

Tensor binary(Map map, const Value& a, const Value& b, DType dtype, const Derivative& derivative) {
  const Device device = device_of(a, b);
  return call_map(map, {as_tensor(map, a, dtype, device), as_tensor(map, b, dtype, device)}, derivative);
}

Tensor binary(Map map, const Value& a, const Value& b, const Derivative& derivative) {
  return binary(map, a, b, common_dtype(map, a, b), derivative);
}

Tensor ordered(Map map, const Value& a, const Value& b, const Derivative& derivative) {
  const DType dtype = common_dtype(map, a, b);
  check_ordered(map, dtype);
  return binary(map, a, b, dtype, derivative);
}

// Whether a finite number would become an infinity in a floating dtype.
bool overflows(const Scalar& number, DType dtype) {
  return visit_dtype(real_of(dtype), [&]<class T>(Tag<T>) {
    const double v = number.value.real();
    if constexpr (is_half_type<T> || std::is_same_v<T, float>)
      return std::isfinite(v) && !std::isfinite(static_cast<float>(T(static_cast<float>(v))));
    else
      return false;
  });
}

// A number that the tensor's dtype can't hold is compared in a wider one: it equals no element.
Tensor compare(Map map, const Value& a, const Value& b) {
  DType dtype = common_dtype(map, a, b);
  for (const Value* v : {&a, &b})
    if (!v->is_tensor() && !fits(v->number(), dtype))
      dtype = DType::i64;
    else if (!v->is_tensor() && overflows(v->number(), dtype))
      dtype = is_complex(dtype) ? DType::c128 : DType::f64;
  if (traits_of(map).domain == Domain::ordered) check_ordered(map, dtype);
  return binary(map, a, b, dtype, kNoDerivative);
}

// exp, log and their like: integers are taken as float32.
Tensor smooth(Map map, const Tensor& x, const Derivative& derivative) {
  check_defined(name_of(map), x);
  return call_map(map, {is_float(x.dtype()) ? x : to(x, DType::f32)}, derivative);
}

Tensor signed_map(Map map, const Tensor& x, const Derivative& derivative) {
  check_defined(name_of(map), x);
  if (x.dtype() == DType::b8) fail<DTypeError>(name_of(map), ": of a bool tensor; convert it with to() first");
  return call_map(map, {x}, derivative);
}

Tensor ordered_map(Map map, const Tensor& x, const Derivative& derivative) {
  check_defined(name_of(map), x);
  check_ordered(map, x.dtype());
  return signed_map(map, x, derivative);
}

bool is_complex(Map map, const Tensor& x) {
  check_defined(name_of(map), x);
  return is_complex(x.dtype());
}

}  // namespace

// The functions, each with its derivative.

Tensor add(const Value& a, const Value& b) { return binary(Map::add, a, b, {nothing, keep}); }
Tensor subtract(const Value& a, const Value& b) { return binary(Map::subtract, a, b, {nothing, difference_rule}); }
Tensor multiply(const Value& a, const Value& b) { return binary(Map::multiply, a, b, {reads_all_but, product_rule}); }
Tensor divide(const Value& a, const Value& b) {
  const DType dtype = common_dtype(Map::divide, a, b);
  return binary(Map::divide, a, b, is_float(dtype) ? dtype : DType::f32, {the_inputs, quotient_rule});
}
Tensor floor_divide(const Value& a, const Value& b) { return ordered(Map::floor_divide, a, b, {nothing, no_slope}); }
Tensor remainder(const Value& a, const Value& b) { return ordered(Map::remainder, a, b, {the_inputs, remainder_rule}); }
Tensor power(const Value& a, const Value& b) { return binary(Map::power, a, b, {inputs_and_output, power_rule}); }
Tensor maximum(const Value& a, const Value& b) { return ordered(Map::maximum, a, b, {the_inputs, extreme_rule<true>}); }
Tensor minimum(const Value& a, const Value& b) {
  return ordered(Map::minimum, a, b, {the_inputs, extreme_rule<false>});
}
Tensor equal(const Value& a, const Value& b) { return compare(Map::equal, a, b); }
Tensor not_equal(const Value& a, const Value& b) { return compare(Map::not_equal, a, b); }
Tensor less(const Value& a, const Value& b) { return compare(Map::less, a, b); }
Tensor less_equal(const Value& a, const Value& b) { return compare(Map::less_equal, a, b); }
Tensor greater(const Value& a, const Value& b) { return compare(Map::greater, a, b); }
Tensor greater_equal(const Value& a, const Value& b) { return compare(Map::greater_equal, a, b); }

Tensor where(const Tensor& condition, const Value& a, const Value& b) {
  check_defined(name_of(Map::where), condition);
  const DType dtype = common_dtype(Map::where, a, b, 1);
  if (condition.dtype() != DType::b8)
    fail<DTypeError>("where: the condition is ", condition.dtype(), ", not bool\n  compare it first: not_equal(x, 0)");
  const Tensor x = as_tensor(Map::where, a, dtype, condition.device());
  const Tensor y = as_tensor(Map::where, b, dtype, condition.device());
  return call_map(Map::where, {condition, x, y}, {the_condition, where_rule});
}

Tensor exp(const Tensor& x) {
  return smooth(Map::exp, x, slope_at_y([](auto& y) { return y; }));
}
Tensor log(const Tensor& x) {
  return smooth(Map::log, x, slope_at_x([](auto& at) { return reciprocal(at); }));
}
Tensor sqrt(const Tensor& x) {
  return smooth(Map::sqrt, x, slope_at_y([](auto& y) { return divide(0.5, y); }));
}
Tensor tanh(const Tensor& x) {
  return smooth(Map::tanh, x, slope_at_y([](auto& y) { return 1 - y * y; }));
}
Tensor sigmoid(const Tensor& x) {
  return smooth(Map::sigmoid, x, slope_at_y([](auto& y) { return y * (1 - y); }));
}
Tensor sin(const Tensor& x) {
  return smooth(Map::sin, x, slope_at_x([](auto& at) { return cos(at); }));
}
Tensor cos(const Tensor& x) {
  return smooth(Map::cos, x, slope_at_x([](auto& at) { return negative(sin(at)); }));
}
Tensor erf(const Tensor& x) {
  return smooth(Map::erf, x,
                slope_at_x([](auto& at) { return 2 * std::numbers::inv_sqrtpi * exp(negative(at * at)); }));
}
Tensor log1p(const Tensor& x) {
  return smooth(Map::log1p, x, slope_at_x([](auto& at) { return reciprocal(1 + at); }));
}
Tensor reciprocal(const Tensor& x) {
  return smooth(Map::reciprocal, x, slope_at_y([](auto& y) { return negative(y * y); }));
}
Tensor relu(const Tensor& x) {
  return ordered_map(Map::relu, x, slope_at_x([](auto& at) { return mask(greater(at, 0), at); }));
}
Tensor abs(const Tensor& x) { return signed_map(Map::abs, x, {inputs_and_output, modulus_rule}); }
Tensor negative(const Tensor& x) { return signed_map(Map::negative, x, {nothing, flip}); }
Tensor sign(const Tensor& x) { return ordered_map(Map::sign, x, {nothing, no_slope}); }
Tensor conj(const Tensor& x) { return is_complex(Map::conj, x) ? call_map(Map::conj, {x}, {nothing, conj_rule}) : x; }
Tensor real(const Tensor& x) { return is_complex(Map::real, x) ? call_map(Map::real, {x}, {nothing, real_rule}) : x; }
Tensor imag(const Tensor& x) {
  return is_complex(Map::imag, x) ? call_map(Map::imag, {x}, {nothing, imag_rule}) : zeros_like(x);
}
Tensor logical_not(const Tensor& x) {
  check_defined(name_of(Map::logical_not), x);
  return call_map(Map::logical_not, {to(x, DType::b8)}, kNoDerivative);
}
Tensor isnan(const Tensor& x) { return call_map(Map::isnan, {x}, kNoDerivative); }
Tensor isfinite(const Tensor& x) { return call_map(Map::isfinite, {x}, kNoDerivative); }

}  // namespace ricci
