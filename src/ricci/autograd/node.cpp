#include "ricci/autograd/node.h"

#include <atomic>
#include <vector>

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

Saved save(const Tensor& value, bool read) {
  if (!read) return {metadata_of(value), 0};
  return {value, value.storage()->version()};
}

}  // namespace

Node::Node(Ref<Op> op, Operands inputs, const Tensor& output)
    : sequence_(next_sequence()), name_(op->name()), op_(std::move(op)), output_metadata_(metadata_of(output)) {
  Reads reads = kReadsNothing;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    edges_.push_back(edge_to(inputs[i]));
    if (edges_[i].wanted()) reads = reads | op_->reads(i);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs_.push_back(save(inputs[i], reads.input(i)));
  output_ = save(output, reads.output);
}

// A chain of nodes is taken down by a list: recursion would need a stack as deep as the tape.
Node::~Node() {
  thread_local std::vector<Ref<Node>>* pending = nullptr;
  const bool outermost = pending == nullptr;
  std::vector<Ref<Node>> list;
  if (outermost) pending = &list;
  for (Edge& edge : edges_)
    if (edge.node) pending->push_back(std::move(edge.node));
  // Saved inputs hold the same nodes: they must go before the list is worked off.
  for (Saved& saved : inputs_)
    if (Ref<Node> node = node_of(saved.value)) pending->push_back(std::move(node));
  inputs_.clear();
  output_ = {};
  if (!outermost) return;
  while (!list.empty()) {
    Ref<Node> next = std::move(list.back());
    list.pop_back();
  }
  pending = nullptr;
}

Tensor Node::unpack(const Saved& saved) const {
  if (saved.value.storage() && saved.value.storage()->version() != saved.version)
    fail<GradError>(name_, ": a value of shape ", saved.value.shape(),
                    " that its gradient needs was changed in place after it was used",
                    "\n  change a clone() instead, or call backward() before the change");
  return saved.value;
}

Tensors Node::pullback(const Tensor& seed, std::span<const bool> wanted) {
  Ref<Op> op;
  Tensors inputs;
  Tensor output;
  {
    const std::lock_guard lock(mutex_);
    if (!op_)
      fail<GradError>(name_, ": backward a second time through a graph that the first one freed",
                      "\n  pass retain_graph=True to the first backward() or grad()");
    op = op_;
    for (const Saved& saved : inputs_) inputs.push_back(unpack(saved));
    output = unpack(output_);
  }
  if (output.storage()) output = with_history(output, Ref<History>(this));
  return op->pullback(Operands(inputs.data(), inputs.size()), output, seed, wanted);
}

void Node::free() {
  // Taken out under the lock, destroyed after it: a foreign storage's release may call anything.
  Ref<Op> op;
  SmallVector<Saved, 3> inputs;
  Saved output;
  const std::lock_guard lock(mutex_);
  std::swap(op, op_);
  std::swap(inputs, inputs_);
  std::swap(output, output_);
}

Ref<Node> node_of(const Tensor& tensor) {
  return tensor.defined() ? Ref<Node>(static_cast<Node*>(tensor.impl()->history.get())) : Ref<Node>();
}

Tensor with_history(const Tensor& tensor, Ref<History> history) {
  const TensorImpl& from = *tensor.impl();
  auto impl = make_ref<TensorImpl>();
  impl->storage = from.storage;
  impl->shape = from.shape;
  impl->strides = from.strides;
  impl->offset = from.offset;
  impl->dtype = from.dtype;
  impl->device = from.device;
  impl->is_view = from.is_view;
  impl->wrapper = from.wrapper;
  impl->history = std::move(history);
  return Tensor(std::move(impl));
}

}  // namespace ricci
