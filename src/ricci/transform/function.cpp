#include "ricci/transform/function.h"

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/transform/vmap.h"

namespace ricci {
namespace {

std::vector<Tensor> listed(Operands tensors) { return {tensors.begin(), tensors.end()}; }
Operands span_of(const std::vector<Tensor>& tensors) { return {tensors.data(), tensors.size()}; }

void check_like(const Function& function, std::string_view rule, std::size_t i, const Tensor& got, const Tensor& like) {
  if (got.shape() != like.shape() || got.dtype() != like.dtype())
    fail_at<GradError>({.operand = static_cast<int>(i)}, function.name(), ": ", rule, " gave ", got.dtype(),
                       " of shape ", got.shape(), " where ", like.dtype(), " of shape ", like.shape(), " is needed");
}

}  // namespace

Tensor Function::jvp(const Context&, const std::vector<Tensor>&) const {
  fail<GradError>(name(), ": it has no jvp(), so forward mode can't go through it\n  write one beside backward()");
}

// The rules as an Op. Under vmap they run on batched tensors, one scope of vmap for each batch.
class FunctionOp final : public Op {
 public:
  explicit FunctionOp(std::shared_ptr<const Function> function) : function_(std::move(function)) {}
  std::string_view name() const override { return function_->name(); }

  Tensor run(Operands in) const override {
    context_ = std::shared_ptr<Context>(function_->context());
    for (const Tensor& x : in) context_->needs_.push_back(x.requires_grad());
    const Tensor y = forward(0, in);
    for (std::size_t k = 0; k < sources_.size(); ++k)
      if (sources_[k] != kOther) context_->saved_[k] = Tensor();  // the tape keeps those
    return y.detach();
  }

  Reads reads(std::size_t) const override {
    Reads out = kReadsNothing;
    for (const int from : sources_) {
      if (from >= 64) return {~std::uint64_t{0}, true};
      if (from >= 0) out.inputs |= std::uint64_t{1} << from;
      out.output = out.output || from == kValue;
    }
    return out;
  }

  LinearMap derivative(std::size_t i, Operands in, const Tensor& y) const override {
    const auto self = Ref<const FunctionOp>(this);
    return {[=, at = listed(in)](const Tensor& dx) {
              std::vector<Tensor> tangents;
              for (std::size_t k = 0; k < at.size(); ++k) tangents.push_back(k == i ? dx : zeros_like(at[k]));
              const std::vector<Tensor> saved = self->saved_at(span_of(at), y);
              return self->jvp(0, saved, tangents, y);
            },
            [=, at = listed(in)](const Tensor& g) {
              SmallVector<bool, 4> wanted(at.size(), false);
              wanted[i] = true;
              return self->pullback(span_of(at), y, g, {wanted.data(), wanted.size()}, {})[i];
            }};
  }

  Tensors pullback(Operands in, const Tensor& y, const Tensor& g, std::span<const bool> wanted,
                   Ref<RefCounted>) const override {
    const std::vector<Tensor> all = backward(0, in, saved_at(in, y), g, wanted);
    Tensors out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!wanted[i]) continue;
      out[i] = all[i].defined() ? all[i] : zeros_like(in[i]);
      check_like(*function_, "backward()", i, out[i], in[i]);
    }
    return out;
  }

  Tensor batched(Operands in, const Batch& batch) const override {
    auto outer = make_ref<FunctionOp>(function_);
    outer->batches_ = batches_;
    outer->batches_.insert(outer->batches_.begin(), batch);
    const Tensor y = call(outer, in);
    context_ = outer->context_;  // the rules of this level are the same function's
    sources_ = outer->sources_;
    return y;
  }

 private:
  enum Source { kOther = -1, kValue = -2 };

  // Takes the batch number `depth` out of the arguments (or their tangents) that have it.
  std::vector<Tensor> wrapped(VmapScope& scope, std::size_t depth, Operands tensors) const {
    std::vector<Tensor> out;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      out.push_back(batches_[depth].has[i] ? scope.wrap(tensors[i], 0) : tensors[i]);
    return out;
  }

  Tensor forward(std::size_t depth, Operands in) const {
    if (depth == batches_.size()) {
      const std::vector<Tensor> inside = listed(in);
      const Tensor y = function_->forward(*context_, inside);
      if (!y.defined()) fail<GradError>(name(), ": forward() returned an undefined tensor");
      inner_sources(inside, y);
      return y;
    }
    VmapScope scope;
    const std::vector<Tensor> inside = wrapped(scope, depth, in);
    return scope.unwrap(forward(depth + 1, span_of(inside)), 0);
  }

  // Where each saved tensor comes from: an argument, the value, or neither.
  void inner_sources(const std::vector<Tensor>& in, const Tensor& y) const {
    for (const Tensor& saved : context_->saved_) {
      int from = saved.impl() == y.impl() ? kValue : kOther;
      for (std::size_t i = 0; i < in.size(); ++i)
        if (saved.impl() == in[i].impl()) from = static_cast<int>(i);
      if (from == kOther && !batches_.empty() && saved.impl()->wrapper)
        fail<GradError>(name(), ": under vmap forward() can save its arguments and its value only",
                        "\n  work the other tensors out again in backward()");
      sources_.push_back(from);
    }
  }

  // The saved tensors as the tape has them, with their history; at the outermost batch.
  std::vector<Tensor> saved_at(Operands in, const Tensor& y) const {
    std::vector<Tensor> out = context_->saved_;
    for (std::size_t k = 0; k < sources_.size(); ++k)
      if (sources_[k] != kOther) out[k] = sources_[k] == kValue ? y : in[static_cast<std::size_t>(sources_[k])];
    return out;
  }

  std::vector<Tensor> wrapped_saved(VmapScope& scope, std::size_t depth, const std::vector<Tensor>& saved) const {
    std::vector<Tensor> out;
    for (std::size_t k = 0; k < saved.size(); ++k) {
      const int from = sources_[k];
      const bool has = from == kValue || (from >= 0 && batches_[depth].has[static_cast<std::size_t>(from)]);
      out.push_back(has ? scope.wrap(saved[k], 0) : saved[k]);
    }
    return out;
  }

  std::unique_ptr<Context> context_with(const std::vector<Tensor>& saved) const {
    std::unique_ptr<Context> out = function_->copy(*context_);
    out->saved_ = saved;
    return out;
  }

  std::vector<Tensor> backward(std::size_t depth, Operands in, const std::vector<Tensor>& saved, const Tensor& g,
                               std::span<const bool> wanted) const {
    if (depth == batches_.size()) {
      const std::unique_ptr<Context> context = context_with(saved);
      context->needs_.assign(wanted.begin(), wanted.end());
      std::vector<Tensor> all = function_->backward(*context, g);
      if (all.size() != in.size())
        fail<GradError>(name(), ": backward() gave ", all.size(), " gradients for ", in.size(), " arguments",
                        "\n  return one for each, or nothing where there is none");
      return all;
    }
    VmapScope scope;
    const Tensor seed = scope.wrap(g, 0);
    const std::vector<Tensor> all = backward(depth + 1, in, wrapped_saved(scope, depth, saved), seed, wanted);
    std::vector<Tensor> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Tensor whole = all[i].defined() ? scope.unwrap(all[i], 0) : Tensor();
      out.push_back(whole.defined() && !batches_[depth].has[i] ? sum(whole, {.axes = {0}}) : whole);
    }
    return out;
  }

  Tensor jvp(std::size_t depth, const std::vector<Tensor>& saved, const std::vector<Tensor>& tangents,
             const Tensor& y) const {
    if (depth == batches_.size()) {
      const Tensor dy = function_->jvp(*context_with(saved), tangents);
      if (!dy.defined()) fail<GradError>(name(), ": jvp() returned an undefined tensor");
      return dy;
    }
    VmapScope scope;
    const std::vector<Tensor> inside = wrapped(scope, depth, span_of(tangents));
    const Tensor dy = scope.unwrap(jvp(depth + 1, wrapped_saved(scope, depth, saved), inside, y), 0);
    if (depth == 0) check_like(*function_, "jvp()", 0, dy, y);
    return dy;
  }

  std::shared_ptr<const Function> function_;
  std::vector<Batch> batches_;  // outermost first
  mutable std::shared_ptr<Context> context_;
  mutable std::vector<int> sources_;  // of the saved tensors
};

Tensor Function::apply(std::shared_ptr<const Function> function, const std::vector<Tensor>& xs) {
  if (xs.empty()) fail<GradError>(function->name(), ": it needs at least one tensor");
  return call(make_ref<FunctionOp>(std::move(function)), span_of(xs));
}

}  // namespace ricci
