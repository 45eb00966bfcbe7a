// Op: one differentiable operation. Its rule is a LinearMap written in public operations, so the rule
// can itself be differentiated: forward mode applies the map, reverse mode its transpose.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "ricci/tensor/tensor.h"

namespace ricci {

using Tensors = SmallVector<Tensor, 3>;

/// The derivative of an operation with respect to one input, at a point: a real-linear map.
/// apply: a tangent of that input -> its part of the output's tangent (jvp).
/// transpose: a seed of the output's shape -> the input's gradient, under Re<.,.> (vjp).
struct LinearMap {
  std::function<Tensor(const Tensor&)> apply;
  std::function<Tensor(const Tensor&)> transpose;
};

/// The map that leaves everything as it is, its own transpose.
RICCI_API LinearMap identity_map();

/// Which values a rule reads; the others reach it as shape and dtype only, and are not kept alive.
struct Reads {
  std::uint64_t inputs = ~std::uint64_t{0};  // bit i: input i
  bool output = false;
  bool input(std::size_t i) const { return i >= 64 || (inputs >> i & 1); }
  friend Reads operator|(const Reads& a, const Reads& b) { return {a.inputs | b.inputs, a.output || b.output}; }
};
inline constexpr Reads kReadsNothing{0, false};
inline constexpr Reads kReadsOutput{0, true};
/// All inputs but number i: what a linear function of each input alone reads.
constexpr Reads reads_all_but(std::size_t i) { return {i < 64 ? ~(std::uint64_t{1} << i) : ~std::uint64_t{0}, false}; }

/// What is known of a value before it is computed.
struct TensorType {
  Shape shape;
  DType dtype = DType::f32;
};

/// The batch that vmap runs an operation on: which inputs have it as their first axis, and its extent.
struct Batch {
  SmallVector<bool, 4> has;
  std::int64_t extent = 0;
};

class Op;

/// What a run leaves for the rules, where they will be asked for: on the tape, and in forward mode.
struct Record {
  Ref<Op> rules{};         // the operation that has them; null: the one that ran
  Ref<RefCounted> kept{};  // what its pullback() reads beside inputs and output
};

/// Const in truth: any thread may run it, and what a run leaves is in its Record.
class RICCI_API Op : public RefCounted {
 public:
  /// As messages name it: "einsum", "exp".
  virtual std::string_view name() const = 0;
  /// Of the value; of the inputs only shapes and dtypes are looked at.
  virtual TensorType output_type(Operands inputs) const = 0;
  /// The value, without history. Inputs are plain tensors of the dtypes the operation works in. An operation has this,
  /// run_into(), or both: one is made of the other.
  virtual Tensor run(Operands inputs) const;
  /// The same written into `out`, which is dense, of the output's type, and overlaps no input.
  virtual void run_into(Operands inputs, const Tensor& out) const;
  /// run() where the rules will be asked for.
  virtual Tensor run_recorded(Operands inputs, Record& record) const;
  /// The rule for input i.
  virtual LinearMap derivative(std::size_t i, Operands inputs, const Tensor& output) const = 0;
  /// What the rule for input i reads.
  virtual Reads reads(std::size_t i) const;
  /// All wanted gradients of the inputs for one seed; undefined where not wanted. Overridden where
  /// computing them together is cheaper than one by one. It is the last to read `seed`, whose memory it
  /// may use where is_unshared(seed). `kept` is what run_recorded() kept, or null.
  virtual Tensors pullback(Operands inputs, const Tensor& output, const Tensor& seed, std::span<const bool> wanted,
                           Ref<RefCounted> kept) const;
  /// The operation on a batch: inputs with a flag have it as one more first axis, and so has the result.
  /// Written in public operations, so that it is recorded, wrapped and batched in turn.
  virtual Tensor batched(Operands inputs, const Batch& batch) const = 0;
  /// batched() where the rules of this operation will be asked for, which is not of the batch.
  virtual Tensor batched_recorded(Operands inputs, const Batch& batch, Record& record) const;
  /// Whether the inputs' dtype has derivatives is known; this says the value does too (argmax: no).
  virtual bool differentiable() const { return true; }
};

/// The one door: runs `op` at the highest wrapper level among the inputs (forward mode's duals and
/// vmap's batches are taken apart here), then, if recording and an input has history, puts a node on the tape.
RICCI_API Tensor call(const Ref<Op>& op, Operands inputs);
/// The same where the rules will be asked for: `rules` becomes the operation that has them.
RICCI_API Tensor call_recorded(const Ref<Op>& op, Operands inputs, Ref<Op>& rules);

template <class O, class... Args>
Tensor call_new(Operands inputs, Args&&... args) {
  return call(Ref<Op>(new O(std::forward<Args>(args)...)), inputs);
}

}  // namespace ricci
