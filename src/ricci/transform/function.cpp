#include "ricci/transform/function.h"

#include "ricci/autograd/op.h"
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

// The rules as an Op, which forward() makes: before it has run nobody knows what they read. Under vmap both run on
// batched tensors, one scope of vmap for each batch.
class FunctionOp final : public Op, public Owner {
 public:
  // What forward() leaves for the rules.
  struct Left {
    std::unique_ptr<Context> context{};
    std::vector<int> sources{};  // of the saved tensors
  };
  explicit FunctionOp(std::shared_ptr<const Function> function, std::vector<Batch> batches = {},
                      std::shared_ptr<const Left> left = {})
      : function_(std::move(function)), batches_(std::move(batches)), left_(std::move(left)) {}
  std::string_view name() const override { return function_->name(); }

  TensorType output_type(Operands) const override { fail<GradError>(name(), ": only forward() knows its shape"); }

  Tensor run(Operands in) const override {
    Record record;
    return run_recorded(in, record);
  }

  Tensor run_recorded(Operands in, Record& record) const override {
    const auto left = std::make_shared<Left>();
    left->context = function_->context();
    for (const Tensor& x : in) left->context->needs_.push_back(x.requires_grad());
    const Tensor y = forward(0, in, *left);
    for (std::size_t k = 0; k < left->sources.size(); ++k)
      if (left->sources[k] != kOther) left->context->saved_[k] = Tensor();  // the tape keeps those
    record.rules = make_ref<FunctionOp>(function_, batches_, left);
    return y.detach();
  }

  Reads reads(std::size_t) const override {
    Reads out = kReadsNothing;
    for (const int from : left_->sources) {
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
    Record record;
    return batched_recorded(in, batch, record);
  }

  // The rules of this level are those of the run on the whole.
  Tensor batched_recorded(Operands in, const Batch& batch, Record& record) const override {
    std::vector<Batch> batches = batches_;
    batches.insert(batches.begin(), batch);
    Ref<Op> whole;
    const Tensor y = call_recorded(make_ref<FunctionOp>(function_, std::move(batches)), in, whole);
    record.rules = make_ref<FunctionOp>(function_, batches_, static_cast<const FunctionOp&>(*whole).left_);
    return y;
  }

  // What operations share is not followed.
  void visit_owned(OwnedVisitor visit) const override {
    if (function_.use_count() == 1) function_->visit_owned(visit);
    if (left_.use_count() != 1) return;
    for (const Tensor& saved : left_->context->saved_) visit(saved.impl().get());
    left_->context->visit_owned(visit);
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

  Tensor forward(std::size_t depth, Operands in, Left& left) const {
    if (depth == batches_.size()) {
      const std::vector<Tensor> inside = listed(in);
      const Tensor y = function_->forward(*left.context, inside);
      if (!y.defined()) fail<GradError>(name(), ": forward() returned an undefined tensor");
      left.sources = sources_of(left.context->saved_, inside, y);
      return y;
    }
    VmapScope scope;
    const std::vector<Tensor> inside = wrapped(scope, depth, in);
    return scope.unwrap(forward(depth + 1, span_of(inside), left), 0);
  }

  // Where each saved tensor comes from: an argument, the value, or neither.
  std::vector<int> sources_of(const std::vector<Tensor>& all, const std::vector<Tensor>& in, const Tensor& y) const {
    std::vector<int> out;
    for (const Tensor& saved : all) {
      int from = saved.impl() == y.impl() ? kValue : kOther;
      for (std::size_t i = 0; i < in.size(); ++i)
        if (saved.impl() == in[i].impl()) from = static_cast<int>(i);
      if (from == kOther && !batches_.empty() && saved.impl()->wrapper)
        fail<GradError>(name(), ": under vmap forward() can save its arguments and its value only",
                        "\n  work the other tensors out again in backward()");
      out.push_back(from);
    }
    return out;
  }

  // The saved tensors as the tape has them, with their history; at the outermost batch.
  std::vector<Tensor> saved_at(Operands in, const Tensor& y) const {
    std::vector<Tensor> out = left_->context->saved_;
    for (std::size_t k = 0; k < out.size(); ++k) {
      const int from = left_->sources[k];
      if (from != kOther) out[k] = from == kValue ? y : in[static_cast<std::size_t>(from)];
    }
    return out;
  }

  std::vector<Tensor> wrapped_saved(VmapScope& scope, std::size_t depth, const std::vector<Tensor>& saved) const {
    std::vector<Tensor> out;
    for (std::size_t k = 0; k < saved.size(); ++k) {
      const int from = left_->sources[k];
      const bool has = from == kValue || (from >= 0 && batches_[depth].has[static_cast<std::size_t>(from)]);
      out.push_back(has ? scope.wrap(saved[k], 0) : saved[k]);
    }
    return out;
  }

  std::unique_ptr<Context> context_with(const std::vector<Tensor>& saved) const {
    std::unique_ptr<Context> out = function_->copy(*left_->context);
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
  std::vector<Batch> batches_;        // outermost first
  std::shared_ptr<const Left> left_;  // null before forward() has run
};

Tensor Function::apply(std::shared_ptr<const Function> function, const std::vector<Tensor>& xs) {
  if (xs.empty()) fail<GradError>(function->name(), ": it needs at least one tensor");
  return call(make_ref<FunctionOp>(std::move(function)), span_of(xs));
}

}  // namespace ricci
