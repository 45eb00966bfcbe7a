#include "ricci/transform/forward.h"

#include <algorithm>
#include <unordered_set>

#include "ricci/autograd/dual.h"
#include "ricci/autograd/node.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/tensor/defined.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

// The same tensor under a new name on the tape, so that its gradient can be asked for apart.
class Alias final : public Op {
 public:
  std::string_view name() const override { return "alias"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  Tensor run(Operands in) const override { return in[0].detach(); }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return identity_map(); }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch&) const override { return call_new<Alias>(in); }
};

Tensor differentiable(const Tensor& x) {
  if (x.requires_grad() && recording()) return call_new<Alias>({&x, 1});
  return with_history(x, nullptr).set_requires_grad();
}

// Whether something other than `inputs` that requires grad goes into y.
bool depends_on_others(const Tensor& y, const std::vector<Tensor>& inputs) {
  std::unordered_set<const void*> known;
  for (const Tensor& x : inputs) known.insert(node_of(x) ? static_cast<const void*>(node_of(x).get()) : x.impl().get());
  std::vector<Ref<Node>> stack{node_of(y)};
  while (!stack.empty()) {
    const Ref<Node> node = std::move(stack.back());
    stack.pop_back();
    if (!node) continue;
    for (const Edge& edge : node->edges()) {
      if (edge.leaf.defined() && !known.contains(edge.leaf.impl().get())) return true;
      if (edge.node && known.insert(edge.node.get()).second) stack.push_back(edge.node);
    }
  }
  return false;
}

}  // namespace

Jvp jvp(const TensorFunction& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& tangents) {
  if (xs.size() != tangents.size())
    fail<ShapeError>("jvp: ", xs.size(), " points but ", tangents.size(), " tangents; one for each is needed");
  const LevelScope scope;
  const std::vector<Tensor> duals = make_duals("jvp", scope.level(), xs, tangents);
  const Tensor y = f(duals);
  if (!y.defined()) fail("jvp: the function returned an undefined tensor");
  if (const Dual* dual = dual_of(y, scope.level())) return {dual->primal(), dual->tangent()};
  return {y, zeros_like(y)};
}

Vjp vjp(const TensorFunction& f, const std::vector<Tensor>& xs) {
  check_all_defined("vjp", xs);
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
  // So does one of a tensor that f brings along: of a weight, or of the wrapper inside y.
  if (const Wrapper* wrapper = y.impl()->wrapper.get())
    outer = outer || std::any_of(wrapper->parts().begin(), wrapper->parts().end(), is_differentiated);
  const bool others = depends_on_others(y, inputs);
  outer = outer || others;
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
  return {same_level || others ? y : with_history(y, nullptr), pullback};
}

}  // namespace ricci
