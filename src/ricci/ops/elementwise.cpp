#include "ricci/ops/elementwise.h"

#include <cmath>
#include <numbers>

#include "ricci/autograd/accumulate.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"

namespace ricci {
namespace {

using Rule = LinearMap (*)(std::size_t i, Operands in, const Tensor& out);

// A function by name with its rule beside it; no rule: no derivative.
struct Function {
  std::string_view name;
  Map map;
  Reads (*reads)(std::size_t i);
  Rule rule;
};

constexpr Reads nothing(std::size_t) { return kReadsNothing; }
constexpr Reads the_output(std::size_t) { return kReadsOutput; }
constexpr Reads the_inputs(std::size_t) { return {}; }
constexpr Reads inputs_and_output(std::size_t) { return {~std::uint64_t{0}, true}; }
constexpr Reads the_condition(std::size_t) { return {1, false}; }

Shape broadcast_of(Operands in) {
  Shape shape = in[0].shape();
  for (const Tensor& t : in.subspan(1)) shape = broadcast_shapes(shape, t.shape());
  return shape;
}

bool gives_bool(Map map) {
  return map >= Map::equal && map <= Map::greater_equal
             ? true
             : map == Map::logical_not || map == Map::is_nan || map == Map::is_finite;
}

DType result_dtype(Map map, Operands in) {
  if (gives_bool(map)) return DType::b8;
  if (map == Map::real || map == Map::imag || map == Map::absolute) return real_of(in[0].dtype());
  return in.back().dtype();
}

class MapOp final : public Op {
 public:
  explicit MapOp(const Function& function) : function_(function) {}
  std::string_view name() const override { return function_.name; }
  Tensor run(Operands in) const override {
    return run_map(function_.map, in, broadcast_of(in), result_dtype(function_.map, in));
  }
  LinearMap derivative(std::size_t i, Operands in, const Tensor& out) const override {
    return function_.rule(i, in, out);
  }
  Reads reads(std::size_t i) const override { return function_.reads(i); }
  Tensor batched(Operands in, const Batch& batch) const override;
  bool differentiable() const override { return function_.rule != nullptr; }

 private:
  const Function& function_;
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
  return call_new<MapOp>(Operands(aligned.data(), aligned.size()), function_);
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

LinearMap keep(const Tensor& in, const Tensor& out) {
  LinearMap same = identity_map();
  return elementwise_map(in, out, std::move(same.apply), std::move(same.transpose));
}

LinearMap flip(const Tensor& in, const Tensor& out) { return elementwise_map(in, out, negative, negative); }

// 1 where the condition holds, else 0, in the dtype of `like`.
Tensor mask(const Tensor& condition, const Tensor& like) { return to(condition, like.dtype()); }

constexpr Function kNegative{"negative", Map::negative, nothing,
                             [](std::size_t, Operands in, const Tensor& y) { return flip(in[0], y); }};
constexpr Function kExp{"exp", Map::exp, the_output,
                        [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, y); }};
constexpr Function kLog{"log", Map::log, the_inputs,
                        [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, reciprocal(in[0])); }};
constexpr Function kSqrt{"sqrt", Map::sqrt, the_output,
                         [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, divide(0.5, y)); }};
constexpr Function kTanh{"tanh", Map::tanh, the_output,
                         [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, 1 - y * y); }};
constexpr Function kSigmoid{"sigmoid", Map::sigmoid, the_output,
                            [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, y * (1 - y)); }};
constexpr Function kRelu{"relu", Map::relu, the_inputs, [](std::size_t, Operands in, const Tensor& y) {
                           return scale(in[0], y, mask(greater(in[0], 0), in[0]));
                         }};
constexpr Function kSin{"sin", Map::sin, the_inputs,
                        [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, cos(in[0])); }};
constexpr Function kCos{"cos", Map::cos, the_inputs, [](std::size_t, Operands in, const Tensor& y) {
                          return scale(in[0], y, negative(sin(in[0])));
                        }};
constexpr Function kErf{"erf", Map::erf, the_inputs, [](std::size_t, Operands in, const Tensor& y) {
                          return scale(in[0], y, 2 * std::numbers::inv_sqrtpi * exp(negative(in[0] * in[0])));
                        }};
constexpr Function kLog1p{"log1p", Map::log1p, the_inputs, [](std::size_t, Operands in, const Tensor& y) {
                            return scale(in[0], y, reciprocal(1 + in[0]));
                          }};
constexpr Function kReciprocal{
    "reciprocal", Map::reciprocal, the_output,
    [](std::size_t, Operands in, const Tensor& y) { return scale(in[0], y, negative(y * y)); }};
LinearMap no_slope(const Tensor& in, const Tensor& out) {
  const auto zero = [](const Tensor& t) { return zeros_like(t); };
  return elementwise_map(in, out, zero, zero);
}
constexpr Function kSign{"sign", Map::sign, nothing,
                         [](std::size_t, Operands in, const Tensor& y) { return no_slope(in[0], y); }};
// |z|: its derivative is Re(conj(z) dz) / |z|, and 0 at 0.
constexpr Function kAbs{"abs", Map::absolute, inputs_and_output, [](std::size_t, Operands in, const Tensor& y) {
                          if (!is_complex(in[0].dtype())) return scale(in[0], y, sign(in[0]));
                          const Tensor unit = divide(in[0], where(equal(y, 0), 1, y));
                          return elementwise_map(
                              in[0], y, [unit](const Tensor& dz) { return real(multiply(conj(unit), dz)); },
                              [unit](const Tensor& g) { return multiply(unit, g); });
                        }};
constexpr Function kConj{"conj", Map::conj, nothing, [](std::size_t, Operands in, const Tensor& y) {
                           return elementwise_map(in[0], y, conj, conj);
                         }};
constexpr Function kReal{"real", Map::real, nothing, [](std::size_t, Operands in, const Tensor& y) {
                           return elementwise_map(in[0], y, real,
                                                  [t = in[0].dtype()](const Tensor& g) { return to(g, t); });
                         }};
constexpr Function kImag{"imag", Map::imag, nothing, [](std::size_t, Operands in, const Tensor& y) {
                           return elementwise_map(
                               in[0], y, imag, [](const Tensor& g) { return multiply(std::complex<double>(0, 1), g); });
                         }};
constexpr Function kLogicalNot{"logical_not", Map::logical_not, nothing, nullptr};
constexpr Function kIsNan{"isnan", Map::is_nan, nothing, nullptr};
constexpr Function kIsFinite{"isfinite", Map::is_finite, nothing, nullptr};

constexpr Function kAdd{"add", Map::add, nothing,
                        [](std::size_t i, Operands in, const Tensor& y) { return keep(in[i], y); }};
constexpr Function kSubtract{"subtract", Map::subtract, nothing, [](std::size_t i, Operands in, const Tensor& y) {
                               return i == 0 ? keep(in[0], y) : flip(in[1], y);
                             }};
constexpr Function kMultiply{"multiply", Map::multiply, reads_all_but,
                             [](std::size_t i, Operands in, const Tensor& y) { return scale(in[i], y, in[1 - i]); }};
constexpr Function kDivide{"divide", Map::divide, the_inputs, [](std::size_t i, Operands in, const Tensor& y) {
                             const Tensor inverse = reciprocal(in[1]);
                             return scale(in[i], y, i == 0 ? inverse : negative(in[0] * inverse * inverse));
                           }};
constexpr Function kFloorDivide{"floor_divide", Map::floor_divide, nothing,
                                [](std::size_t i, Operands in, const Tensor& y) { return no_slope(in[i], y); }};
// a % b = a - floor(a / b) b, where the floor has no slope.
constexpr Function kRemainder{"remainder", Map::remainder, the_inputs, [](std::size_t i, Operands in, const Tensor& y) {
                                return i == 0 ? keep(in[0], y) : scale(in[1], y, negative(floor_divide(in[0], in[1])));
                              }};
// d a^b = b a^(b-1) da + a^b log(a) db. Where b is 0 the exponent b-1 is replaced, so that 0 * 0^-1 is 0
// in every order; where a is 0 so is the second term.
constexpr Function kPower{"power", Map::power, inputs_and_output, [](std::size_t i, Operands in, const Tensor& y) {
                            const Tensor &a = in[0], &b = in[1];
                            if (i == 0) return scale(a, y, b * power(a, where(equal(b, 0), 1, b - 1)));
                            return scale(b, y, y * log(where(equal(a, 0), 1, a)));
                          }};

// The extreme of two: all of the gradient to the winner, half to each on a tie.
LinearMap extreme_rule(std::size_t i, Operands in, const Tensor& y, bool larger) {
  const Tensor &mine = in[i], &other = in[1 - i];
  const Tensor wins = mask(larger ? greater(mine, other) : less(mine, other), mine);
  return scale(mine, y, wins + 0.5 * mask(equal(mine, other), mine));
}
constexpr Function kMaximum{"maximum", Map::maximum, the_inputs,
                            [](std::size_t i, Operands in, const Tensor& y) { return extreme_rule(i, in, y, true); }};
constexpr Function kMinimum{"minimum", Map::minimum, the_inputs,
                            [](std::size_t i, Operands in, const Tensor& y) { return extreme_rule(i, in, y, false); }};
constexpr Function kEqual{"equal", Map::equal, nothing, nullptr};
constexpr Function kNotEqual{"not_equal", Map::not_equal, nothing, nullptr};
constexpr Function kLess{"less", Map::less, nothing, nullptr};
constexpr Function kLessEqual{"less_equal", Map::less_equal, nothing, nullptr};
constexpr Function kGreater{"greater", Map::greater, nothing, nullptr};
constexpr Function kGreaterEqual{"greater_equal", Map::greater_equal, nothing, nullptr};

// The branch not taken gets zeros, never 0 * inf.
constexpr Function kWhere{"where", Map::select, the_condition, [](std::size_t i, Operands in, const Tensor& y) {
                            const auto pick = [condition = in[0], i](const Tensor& t) {
                              return i == 1 ? where(condition, t, 0) : where(condition, 0, t);
                            };
                            return elementwise_map(in[i], y, pick, pick);
                          }};

Tensor call_map(const Function& function, std::initializer_list<Tensor> in) {
  return call_new<MapOp>(Operands(in.begin(), in.size()), function);
}

void check_ordered(const Function& function, DType dtype) {
  if (is_complex(dtype))
    fail<DTypeError>(function.name, ": ", dtype, " numbers have no order\n  compare real(), imag() or abs() instead");
}

// What a plain number becomes beside a tensor of dtype t: it keeps t where t can hold its kind.
DType dtype_beside(const Value& number, DType t) {
  if (number.is_complex_number()) return complex_of(t);
  if (number.is_bool()) return t;
  if (!number.number().is_integer) return is_float(t) ? t : DType::f32;
  return t == DType::b8 ? DType::i64 : t;
}

DType common_dtype(const Value& a, const Value& b) {
  if (a.is_tensor() && b.is_tensor()) return promote(a.tensor().dtype(), b.tensor().dtype());
  if (a.is_tensor()) return dtype_beside(b, a.tensor().dtype());
  if (b.is_tensor()) return dtype_beside(a, b.tensor().dtype());
  return promote(dtype_beside(a, DType::i64), dtype_beside(b, DType::i64));
}

Tensor as_tensor(const Function& function, const Value& v, DType dtype, Device device) {
  if (v.is_tensor()) return to(v.tensor(), dtype);
  check_fits(function.name, v.number(), dtype);
  return full({}, v.number(), {.dtype = dtype, .device = device});
}

Device device_of(const Value& a, const Value& b) {
  return a.is_tensor() ? a.tensor().device() : b.is_tensor() ? b.tensor().device() : Device{};
}

Tensor binary(const Function& function, const Value& a, const Value& b, DType dtype) {
  const Device device = device_of(a, b);
  return call_map(function, {as_tensor(function, a, dtype, device), as_tensor(function, b, dtype, device)});
}

Tensor binary(const Function& function, const Value& a, const Value& b) {
  return binary(function, a, b, common_dtype(a, b));
}

Tensor ordered(const Function& function, const Value& a, const Value& b) {
  const DType dtype = common_dtype(a, b);
  check_ordered(function, dtype);
  return binary(function, a, b, dtype);
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
Tensor compare(const Function& function, const Value& a, const Value& b) {
  DType dtype = common_dtype(a, b);
  for (const Value* v : {&a, &b})
    if (!v->is_tensor() && !fits(v->number(), dtype))
      dtype = DType::i64;
    else if (!v->is_tensor() && overflows(v->number(), dtype))
      dtype = is_complex(dtype) ? DType::c128 : DType::f64;
  if (function.map != Map::equal && function.map != Map::not_equal) check_ordered(function, dtype);
  return binary(function, a, b, dtype);
}

// exp, log and their like: integers are taken as float32.
Tensor smooth(const Function& function, const Tensor& x) {
  return call_map(function, {is_float(x.dtype()) ? x : to(x, DType::f32)});
}

Tensor signed_map(const Function& function, const Tensor& x) {
  if (x.dtype() == DType::b8) fail<DTypeError>(function.name, ": of a bool tensor; convert it with to() first");
  return call_map(function, {x});
}

}  // namespace

Tensor add(const Value& a, const Value& b) { return binary(kAdd, a, b); }
Tensor subtract(const Value& a, const Value& b) { return binary(kSubtract, a, b); }
Tensor multiply(const Value& a, const Value& b) { return binary(kMultiply, a, b); }
Tensor divide(const Value& a, const Value& b) {
  const DType dtype = common_dtype(a, b);
  return binary(kDivide, a, b, is_float(dtype) ? dtype : DType::f32);
}
Tensor floor_divide(const Value& a, const Value& b) { return ordered(kFloorDivide, a, b); }
Tensor remainder(const Value& a, const Value& b) { return ordered(kRemainder, a, b); }
Tensor power(const Value& a, const Value& b) { return binary(kPower, a, b); }
Tensor maximum(const Value& a, const Value& b) { return ordered(kMaximum, a, b); }
Tensor minimum(const Value& a, const Value& b) { return ordered(kMinimum, a, b); }
Tensor equal(const Value& a, const Value& b) { return compare(kEqual, a, b); }
Tensor not_equal(const Value& a, const Value& b) { return compare(kNotEqual, a, b); }
Tensor less(const Value& a, const Value& b) { return compare(kLess, a, b); }
Tensor less_equal(const Value& a, const Value& b) { return compare(kLessEqual, a, b); }
Tensor greater(const Value& a, const Value& b) { return compare(kGreater, a, b); }
Tensor greater_equal(const Value& a, const Value& b) { return compare(kGreaterEqual, a, b); }

Tensor where(const Tensor& condition, const Value& a, const Value& b) {
  if (condition.dtype() != DType::b8)
    fail<DTypeError>("where: the condition is ", condition.dtype(), ", not bool\n  compare it first: not_equal(x, 0)");
  const DType dtype = common_dtype(a, b);
  return call_map(kWhere, {condition, as_tensor(kWhere, a, dtype, condition.device()),
                           as_tensor(kWhere, b, dtype, condition.device())});
}

Tensor negative(const Tensor& x) { return signed_map(kNegative, x); }
Tensor exp(const Tensor& x) { return smooth(kExp, x); }
Tensor log(const Tensor& x) { return smooth(kLog, x); }
Tensor sqrt(const Tensor& x) { return smooth(kSqrt, x); }
Tensor tanh(const Tensor& x) { return smooth(kTanh, x); }
Tensor sigmoid(const Tensor& x) { return smooth(kSigmoid, x); }
Tensor sin(const Tensor& x) { return smooth(kSin, x); }
Tensor cos(const Tensor& x) { return smooth(kCos, x); }
Tensor erf(const Tensor& x) { return smooth(kErf, x); }
Tensor log1p(const Tensor& x) { return smooth(kLog1p, x); }
Tensor reciprocal(const Tensor& x) { return smooth(kReciprocal, x); }
Tensor relu(const Tensor& x) {
  check_ordered(kRelu, x.dtype());
  return signed_map(kRelu, x);
}
Tensor abs(const Tensor& x) { return signed_map(kAbs, x); }
Tensor sign(const Tensor& x) {
  check_ordered(kSign, x.dtype());
  return signed_map(kSign, x);
}
Tensor conj(const Tensor& x) { return is_complex(x.dtype()) ? call_map(kConj, {x}) : x; }
Tensor real(const Tensor& x) { return is_complex(x.dtype()) ? call_map(kReal, {x}) : x; }
Tensor imag(const Tensor& x) { return is_complex(x.dtype()) ? call_map(kImag, {x}) : zeros_like(x); }
Tensor logical_not(const Tensor& x) { return call_map(kLogicalNot, {to(x, DType::b8)}); }
Tensor isnan(const Tensor& x) { return call_map(kIsNan, {x}); }
Tensor isfinite(const Tensor& x) { return call_map(kIsFinite, {x}); }

}  // namespace ricci
