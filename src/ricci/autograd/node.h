// Node: an operation on the tape, with the values its rule needs and where its gradients go.
// Sequence numbers rise along the tape, so a heap on them is the order of backward: no recursion.
#pragma once

#include <cstdint>
#include <mutex>

#include "ricci/autograd/anomaly.h"
#include "ricci/autograd/op.h"
#include "ricci/autograd/origin.h"
#include "ricci/autograd/saved.h"

namespace ricci {

class Node;

/// Where the gradient of one input goes: to the node that made it, or into a leaf; or nowhere.
struct Edge {
  Ref<Node> node;
  Tensor leaf;
  bool wanted() const { return node || leaf.defined(); }
};

class RICCI_API Node : public History, public Owner {
 public:
  /// Records op(inputs) = output, with what the operation kept of it. The output must be this node's afterwards: see
  /// call().
  Node(Ref<Op> op, Operands inputs, const Tensor& output, Ref<RefCounted> kept = {});
  ~Node() override;

  std::uint64_t sequence() const { return sequence_; }
  /// The operation's name, as messages write it.
  std::string_view name() const { return name_; }
  const SmallVector<Edge, 3>& edges() const { return edges_; }
  /// Shape, dtype and device of the value it made, without elements.
  Tensor outline() const;
  /// The Hooks on that value's gradient; where there are none yet, `fresh` from now on, or null.
  Ref<RefCounted> hooks(const Ref<RefCounted>& fresh = {});
  /// What anomaly mode noted when the node was made, or null.
  const Origin* origin() const { return origin_.get(); }

  /// The gradients of the inputs whose bit is set. Throws GradError when the node was freed or a
  /// saved value has changed since. Without `retain` the node is freed: what it kept goes as it is
  /// used, and a later pullback is an error.
  Tensors pullback(const Tensor& seed, std::span<const bool> wanted, bool retain);
  /// Lets go of the saved values.
  void free() { (void)take(); }
  void visit_owned(OwnedVisitor visit) const override;

 private:
  // What a pullback needs and a freed node has no more.
  struct State {
    Ref<Op> op;
    SmallVector<Saved, 3> inputs;
    Saved output;
    Ref<RefCounted> kept;
    Ref<RefCounted> hooks;  // they may hold the tensor they hang on
  };
  State copy();
  State take();

  std::uint64_t sequence_;
  std::string_view name_;
  Ref<Op> op_;  // null once freed
  SmallVector<Edge, 3> edges_;
  SmallVector<Saved, 3> inputs_;  // undefined where no rule reads the value and the edge knows its shape
  Saved output_;                  // kept without this node, so that there is no cycle; undefined where not read
  Shape shape_;
  DType dtype_;
  Device device_;
  Ref<RefCounted> kept_;  // of the operation's own
  Ref<RefCounted> hooks_;
  std::unique_ptr<Origin> origin_;
  std::mutex mutex_;
  Ref<Node> next_pending_;  // of those that are being taken down
};

/// The node a tensor came from, or null.
RICCI_API Ref<Node> node_of(const Tensor& tensor);
/// The gradient after the hooks of a node, in the order they were registered, or after none. Throws GradError for a
/// replacement of another shape or dtype.
Tensor run_hooks(const Ref<RefCounted>& hooks, Tensor gradient);

}  // namespace ricci
