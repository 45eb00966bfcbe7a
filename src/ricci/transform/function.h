// Function: an operation with the user's own rule. Derive from it, write forward() and backward() (and
// jvp() for forward mode) in functions of ricci, and call Function::apply: every order and vmap follow.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ricci/autograd/owner.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// What forward() leaves for the rules of one call.
class RICCI_API Context {
 public:
  virtual ~Context() = default;
  /// Keeps tensors for the rules: arguments and the value stay differentiable, others count as constants.
  void save_for_backward(std::vector<Tensor> tensors) { saved_ = std::move(tensors); }
  /// In a rule: what was saved, as it was. Throws GradError when it was changed in place since.
  const std::vector<Tensor>& saved_tensors() const { return saved_; }
  /// For each argument, whether its gradient is asked for.
  const std::vector<bool>& needs_input_grad() const { return needs_; }
  /// Names the counted objects that a context of the user's own kind holds; see Owner.
  virtual void visit_owned(OwnedVisitor) const {}

 private:
  friend class FunctionOp;
  std::vector<Tensor> saved_;
  std::vector<bool> needs_;
};

class RICCI_API Function {
 public:
  virtual ~Function() = default;
  /// As messages name it.
  virtual std::string_view name() const { return "Function"; }
  /// A context of the user's own kind, or a copy of one for a rule.
  virtual std::unique_ptr<Context> context() const { return std::make_unique<Context>(); }
  virtual std::unique_ptr<Context> copy(const Context& context) const { return std::make_unique<Context>(context); }

  /// The value; not recorded.
  virtual Tensor forward(Context& context, const std::vector<Tensor>& xs) const = 0;
  /// The gradient of each argument for the value's gradient g; undefined for none.
  virtual std::vector<Tensor> backward(const Context& context, const Tensor& g) const = 0;
  /// The value's tangent for those of the arguments (zeros where there is none). Throws GradError
  /// unless overridden.
  virtual Tensor jvp(const Context& context, const std::vector<Tensor>& tangents) const;
  /// Names the counted objects that it holds; see Owner.
  virtual void visit_owned(OwnedVisitor) const {}

  /// function->forward(xs), with its rules for its derivatives. Throws GradError when a rule gives the
  /// wrong number of gradients, or one of another shape or dtype.
  static Tensor apply(std::shared_ptr<const Function> function, const std::vector<Tensor>& xs);
  /// The same of a new F(args...): Function::apply<Cube>({x}).
  template <class F, class... Args>
  static Tensor apply(const std::vector<Tensor>& xs, Args&&... args) {
    return apply(std::make_shared<const F>(std::forward<Args>(args)...), xs);
  }
};

}  // namespace ricci
