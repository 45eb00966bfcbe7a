#include "ricci/transform/gradcheck.h"

#include <cmath>

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

using Complex = std::complex<double>;
using Values = std::vector<Complex>;

Values values_of(const Tensor& t) {
  const Tensor wide = on_host(contiguous(to(t.detach(), DType::c128)));
  const Complex* first = wide.data<const Complex>();
  return {first, first + wide.numel()};
}

// "(1, 2)" for the element number `at` in row-major order.
Shape position_of(std::int64_t at, const Shape& shape) {
  Shape out = shape;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    out[axis] = at % shape[axis];
    at /= shape[axis];
  }
  return out;
}

// x with `step` added to one element; a copy of its own.
Tensor moved(const Tensor& x, std::int64_t element, Complex step) {
  const Tensor out = clone(on_host(x.detach()));
  if (is_complex(x.dtype()))
    out.data<Complex>()[element] += step;
  else
    out.data<double>()[element] += step.real();
  return copy_to(out, x.device());
}

// Zero but for one element.
Tensor unit(const Tensor& like, std::int64_t element, Complex value) { return moved(zeros_like(like), element, value); }

void check_returned(std::string_view function, const Tensor& y) {
  if (!y.defined()) fail(function, ": the function returned an undefined tensor");
}

class Check {
 public:
  Check(const TensorFunction& f, const std::vector<Tensor>& xs, const GradcheckOptions& options)
      : f_(f), options_(options) {
    check_all_defined("gradcheck", xs);
    for (const Tensor& x : xs) {
      if (x.dtype() != DType::f64 && x.dtype() != DType::c128)
        fail<DTypeError>("gradcheck: an argument is ", x.dtype(), "; differences need float64 or complex128",
                         "\n  convert it, or let the function hold what has no derivative");
      xs_.push_back(clone(x.detach()));
    }
    const NoGrad inside;
    y_ = f_(xs_);
    check_returned("gradcheck", y_);
    if (!is_float(y_.dtype()))
      fail<GradError>("gradcheck: the function returned ", y_.dtype(), ", which has no derivatives");
  }

  void run() {
    const std::vector<Values> rows = pulled_back();
    for (std::size_t i = 0; i < xs_.size(); ++i) {
      for (std::int64_t element = 0; element < xs_[i].numel(); ++element)
        for (const Complex unit_step : steps(xs_[i])) compare(i, element, unit_step, rows);
    }
  }

 private:
  // The directions in which one element can be moved.
  static std::vector<Complex> steps(const Tensor& t) {
    return is_complex(t.dtype()) ? std::vector<Complex>{1, Complex(0, 1)} : std::vector<Complex>{1};
  }

  // The gradients for every unit seed: by seed, then for all arguments one after the other.
  std::vector<Values> pulled_back() const {
    const Vjp at = vjp(f_, xs_);
    std::vector<Values> rows;
    for (std::int64_t element = 0; element < y_.numel(); ++element)
      for (const Complex step : steps(y_)) {
        Values row;
        for (const Tensor& g : at.pullback(unit(y_, element, step)))
          for (const Complex value : values_of(g)) row.push_back(value);
        rows.push_back(std::move(row));
      }
    return rows;
  }

  void compare(std::size_t i, std::int64_t element, Complex step, const std::vector<Values>& rows) const {
    const Values difference = differences(i, element, step);
    const Values tangent = options_.forward_mode ? pushed_forward(i, element, step) : Values();
    std::size_t row = 0;
    for (std::int64_t out = 0; out < y_.numel(); ++out)
      for (const Complex seed : steps(y_)) {
        const auto at = static_cast<std::size_t>(out);
        const Complex gradient = rows[row++][first_of(i) + static_cast<std::size_t>(element)];
        const double numeric = std::real(std::conj(seed) * difference[at]);
        hold("reverse mode", i, element, out, std::real(std::conj(step) * gradient), numeric);
        if (options_.forward_mode)
          hold("forward mode", i, element, out, std::real(std::conj(seed) * tangent[at]), numeric);
      }
  }

  void hold(std::string_view mode, std::size_t i, std::int64_t element, std::int64_t out, double derivative,
            double numeric) const {
    if (std::abs(derivative - numeric) <= options_.atol + options_.rtol * std::abs(numeric)) return;
    fail_at<GradError>({.operand = static_cast<int>(i)}, "gradcheck: input ", i + 1, ", element ",
                       position_of(element, xs_[i].shape()), ", of output element ", position_of(out, y_.shape()),
                       ": the derivative is ", derivative, " in ", mode, " but ", numeric, " by central differences");
  }

  Values differences(std::size_t i, std::int64_t element, Complex step) const {
    const NoGrad inside;
    const Values ahead = values_of(f_(with(i, moved(xs_[i], element, step * options_.eps)))),
                 behind = values_of(f_(with(i, moved(xs_[i], element, -step * options_.eps))));
    Values out;
    for (std::size_t k = 0; k < ahead.size(); ++k) out.push_back((ahead[k] - behind[k]) / (2 * options_.eps));
    return out;
  }

  Values pushed_forward(std::size_t i, std::int64_t element, Complex step) const {
    std::vector<Tensor> tangents(xs_.size());
    tangents[i] = unit(xs_[i], element, step);
    return values_of(jvp(f_, xs_, tangents).tangent);
  }

  std::vector<Tensor> with(std::size_t i, const Tensor& x) const {
    std::vector<Tensor> out = xs_;
    out[i] = x;
    return out;
  }

  std::size_t first_of(std::size_t i) const {
    std::size_t first = 0;
    for (std::size_t k = 0; k < i; ++k) first += static_cast<std::size_t>(xs_[k].numel());
    return first;
  }

  const TensorFunction& f_;
  GradcheckOptions options_;
  std::vector<Tensor> xs_;
  Tensor y_;
};

}  // namespace

bool gradcheck(const TensorFunction& f, const std::vector<Tensor>& xs, const GradcheckOptions& options) {
  Check(f, xs, options).run();
  return true;
}

bool gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& xs, const GradcheckOptions& options) {
  check_all_defined("gradgradcheck", xs);
  Tensor seed;
  {
    const NoGrad inside;
    const Tensor y = f(xs);
    check_returned("gradgradcheck", y);
    seed = randn(y.shape(), {.dtype = y.dtype(), .device = y.device(), .seed = 0});
  }
  std::vector<Tensor> all = xs;
  all.push_back(seed);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const TensorFunction gradient = [&f, i](const std::vector<Tensor>& at) {
      return vjp(f, {at.begin(), at.end() - 1}).pullback(at.back())[i];
    };
    Check(gradient, all, options).run();
  }
  return true;
}

}  // namespace ricci
