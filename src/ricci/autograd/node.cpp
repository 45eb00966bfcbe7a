#include "ricci/autograd/node.h"

#include <atomic>
#include <utility>

#include "ricci/autograd/region.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

std::uint64_t next_sequence() {
  static std::atomic<std::uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

Edge edge_to(const Tensor& input) {
  if (Ref<Node> node = node_of(input)) return {std::move(node), {}};
  if (input.requires_grad()) return {{}, input};
  return {};
}

// The node that made a value, which forgets it.
Ref<Node> take_node(const Tensor& value) {
  const Ref<History> history = std::exchange(value.impl()->history, {});
  return Ref<Node>(static_cast<Node*>(history.get()));
}

// An input that no rule reads stands for its shape, which its edge knows.
Saved save_shape(const Tensor& input, const Edge& edge) { return edge.wanted() ? Saved{} : Saved{metadata_of(input)}; }

Tensor unpack_input(const Saved& saved, const Edge& edge, std::string_view owner) {
  if (saved.value.defined()) return unpack(saved, owner);
  return edge.node ? edge.node->outline() : metadata_of(edge.leaf);
}

}  // namespace

Node::Node(Ref<Op> op, Operands inputs, const Tensor& output, Ref<RefCounted> kept)
    : sequence_(next_sequence()),
      name_(op->name()),
      op_(std::move(op)),
      shape_(output.shape()),
      dtype_(output.dtype()),
      device_(output.device()),
      kept_(std::move(kept)) {
  Reads reads = kReadsNothing;
  Region* region = Region::current();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    edges_.push_back(edge_to(inputs[i]));
    if (edges_[i].wanted()) reads = reads | op_->reads(i);
    if (region && !edges_[i].node) region->note(inputs[i]);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs_.push_back(reads.input(i) ? save(inputs[i]) : save_shape(inputs[i], edges_[i]));
  if (reads.output) output_ = save(output);
  if (detecting_anomalies()) origin_ = std::make_unique<Origin>(origin_of(output));
}

// A chain of nodes is taken down by a list: recursion would need a stack as deep as the tape. It runs through the nodes
// themselves, as taking down must not allocate; a node that has other owners is theirs to take down.
Node::~Node() {
  thread_local Ref<Node>* pending = nullptr;
  const bool outermost = pending == nullptr;
  Ref<Node> list;
  if (outermost) pending = &list;
  const auto defer = [](Ref<Node> node) {
    if (!node || node->owners() > 1) return;
    node->next_pending_ = std::move(*pending);
    *pending = std::move(node);
  };
  for (Edge& edge : edges_) defer(std::move(edge.node));
  // Saved inputs hold the same nodes: they must go before the list is worked off.
  for (Saved& saved : inputs_) {
    const Tensor value = std::exchange(saved.value, {});  // the last of those that share it finds it alone
    if (value.defined() && value.impl()->owners() == 1) defer(take_node(value));
  }
  output_ = {};
  if (!outermost) return;
  while (list) {
    const Ref<Node> last = std::move(list);
    list = std::move(last->next_pending_);
  }
  pending = nullptr;
}

Tensors Node::pullback(const Tensor& seed, std::span<const bool> wanted, bool retain) {
  State state = retain ? copy() : take();
  if (!state.op)
    fail<GradError>(name_, ": backward a second time through a graph that the first one freed",
                    "\n  pass retain_graph=True to the first backward() or grad()");
  Tensors inputs;
  for (std::size_t i = 0; i < edges_.size(); ++i) inputs.push_back(unpack_input(state.inputs[i], edges_[i], name_));
  state.inputs.clear();
  const Tensor output =
      state.output.value.defined() ? with_history(unpack(state.output, name_), Ref<History>(this)) : outline();
  state.output = {};
  return state.op->pullback(Operands(inputs.data(), inputs.size()), output, seed, wanted, std::move(state.kept));
}

Ref<RefCounted> Node::hooks(const Ref<RefCounted>& fresh) {
  const std::lock_guard lock(mutex_);
  if (!hooks_) hooks_ = fresh;
  return hooks_;
}

Tensor Node::outline() const { return make_metadata(shape_, dtype_, device_); }

void Node::visit_owned(OwnedVisitor visit) const {
  for (const Edge& edge : edges_) {
    visit(edge.node.get());
    visit(edge.leaf.impl().get());
  }
  for (const Saved& saved : inputs_) saved.visit_owned(visit);
  output_.visit_owned(visit);
  visit(op_.get());
  visit(kept_.get());
  visit(hooks_.get());
}

Node::State Node::copy() {
  const std::lock_guard lock(mutex_);
  return {op_, inputs_, output_, kept_, {}};
}

// Taken out under the lock, destroyed after it: a foreign storage's release may call anything.
Node::State Node::take() {
  State state;
  const std::lock_guard lock(mutex_);
  std::swap(state.op, op_);
  std::swap(state.inputs, inputs_);
  std::swap(state.output, output_);
  std::swap(state.kept, kept_);
  std::swap(state.hooks, hooks_);
  return state;
}

Ref<Node> node_of(const Tensor& tensor) {
  return tensor.defined() ? Ref<Node>(static_cast<Node*>(tensor.impl()->history.get())) : Ref<Node>();
}

}  // namespace ricci
