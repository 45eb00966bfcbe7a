#include "ricci/transform/forward.h"

#include "ricci/autograd/node.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

// The same tensor under a new name on the tape, so that its gradient can be asked for apart.
class Alias final : public Op {
 public:
  std::string_view name() const override { return "alias"; }
  Tensor run(Operands in) const override { return in[0].detach(); }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return identity_map(); }
  Reads reads(std::size_t) const override { return kReadsNothing; }
};

Tensor differentiable(const Tensor& x) {
  if (x.requires_grad() && recording()) return call_new<Alias>({&x, 1});
  return with_history(x, nullptr).set_requires_grad();
}

}  // namespace

Jvp jvp(const Function& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& tangents) {
  if (xs.size() != tangents.size())
    fail<ShapeError>("jvp: ", xs.size(), " points but ", tangents.size(), " tangents; one for each is needed");
  const LevelScope scope;
  std::vector<Tensor> duals;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Tensor& t = tangents[i];
    if (t.defined() && (t.shape() != xs[i].shape() || t.dtype() != xs[i].dtype()))
      fail_at<ShapeError>({.operand = static_cast<int>(i)}, "jvp: tangent ", i + 1, " is ", t.dtype(), " of shape ",
                          t.shape(), ", its point ", xs[i].dtype(), " of shape ", xs[i].shape());
    duals.push_back(make_dual(scope.level(), xs[i], t));
  }
  const Tensor y = f(duals);
  if (!y.defined()) fail("jvp: the function returned an undefined tensor");
  if (const Dual* dual = dual_of(y, scope.level())) return {dual->primal, dual->tangent};
  return {y, zeros_like(y)};
}

Vjp vjp(const Function& f, const std::vector<Tensor>& xs) {
  std::vector<Tensor> inputs;
  for (const Tensor& x : xs) inputs.push_back(differentiable(x));
  // An outer derivative of the xs, on this level or below, goes through the pullback too.
  bool outer = false, same_level = false;
  for (const Tensor& x : xs) {
    outer = outer || is_differentiated(x);
    same_level = same_level || x.requires_grad();
  }
  Tensor y;
  {
    const RecordingScope scope(true);
    y = f(inputs);
  }
  if (!y.defined()) fail("vjp: the function returned an undefined tensor");
  const auto pullback = [y, inputs, outer](const Tensor& seed) {
    if (!y.requires_grad()) {
      std::vector<Tensor> zero;
      for (const Tensor& x : inputs) zero.push_back(zeros_like(x));
      return zero;
    }
    const bool create = recording() && (outer || is_differentiated(seed));
    std::vector<Tensor> gradients =
        grad(y, inputs, {.gradient = seed, .retain_graph = true, .create_graph = create, .allow_unused = true});
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!gradients[i].defined()) gradients[i] = zeros_like(inputs[i]);
    return gradients;
  };
  return {same_level ? y : with_history(y, nullptr), pullback};
}

}  // namespace ricci
