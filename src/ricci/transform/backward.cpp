#include "ricci/transform/backward.h"

#include <algorithm>
#include <mutex>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/gradient_cycles.h"
#include "ricci/autograd/hooks.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/node.h"
#include "ricci/autograd/record.h"
#include "ricci/base/at_fork.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

struct LeafGradient {
  Tensor leaf, gradient;
};

struct BySequence {
  bool operator()(const Ref<Node>& a, const Ref<Node>& b) const { return a->sequence() < b->sequence(); }
};

// The nodes from which one of the targets can be reached; without targets, all are.
class Needed {
 public:
  Needed() = default;
  Needed(const Ref<Node>& root, const std::vector<Tensor>& targets) : prune_(true) {
    for (const Tensor& t : targets) {
      if (const Ref<Node> node = node_of(t))
        nodes_.insert(node.get());
      else
        leaves_.insert(t.impl().get());
    }
    mark(root);
  }
  bool node(const Node* n) const { return !prune_ || nodes_.contains(n); }
  bool leaf(const Tensor& t) const { return !prune_ || leaves_.contains(t.impl().get()); }
  bool edge(const Edge& e) const { return e.node ? node(e.node.get()) : e.leaf.defined() && leaf(e.leaf); }

 private:
  // Depth first with a stack of its own: a node is decided after all it leads to.
  void mark(const Ref<Node>& root) {
    struct Frame {
      Node* node;
      std::size_t next;
    };
    std::unordered_set<const Node*> seen{root.get()};
    std::vector<Frame> stack{{root.get(), 0}};
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const auto& edges = frame.node->edges();
      if (frame.next < edges.size()) {
        Node* child = edges[frame.next++].node.get();
        if (child && seen.insert(child).second) stack.push_back({child, 0});
        continue;
      }
      for (const Edge& e : edges)
        if (edge(e)) nodes_.insert(frame.node);
      stack.pop_back();
    }
  }

  bool prune_ = false;
  std::unordered_set<const Node*> nodes_;
  std::unordered_set<const TensorImpl*> leaves_;
};

std::string made_at(const Node& node) {
  const Origin* origin = node.origin();
  if (!origin) return "\n  it was made outside anomaly mode, so where is not known";
  return origin->where.empty() ? "" : concat("\n  made at ", origin->where);
}

void check_finite(const Node& node, const Tensors& gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (gradients[i].defined() && !all_finite(gradients[i]))
      fail_at<GradError>({.operand = static_cast<int>(i)}, "backward: the gradient that ", node.name(),
                         " gives its operand ", i + 1, " has a NaN or an infinity", made_at(node));
}

// In anomaly mode a value that is no number is told before its gradients: the first operation that made one.
void check_value(const Tensor& y) {
  if (!detecting_anomalies() || all_finite(y)) return;
  std::vector<Ref<Node>> stack;
  std::unordered_set<const Node*> seen;
  const auto visit = [&](const Ref<Node>& node) {
    if (node && seen.insert(node.get()).second) stack.push_back(node);
  };
  visit(node_of(y));
  Ref<Node> first;
  while (!stack.empty()) {
    const Ref<Node> node = std::move(stack.back());
    stack.pop_back();
    if (node->origin() && !node->origin()->finite && (!first || node->sequence() < first->sequence())) first = node;
    for (const Edge& edge : node->edges()) visit(edge.node);
  }
  if (first)
    fail<GradError>("backward: the value has a NaN or an infinity; the first was made by ", first->name(),
                    made_at(*first));
  fail<GradError>("backward: the value has a NaN or an infinity\n  it was made outside anomaly mode");
}

// One backward pass: a heap of nodes, latest first, with the gradients that wait for them.
class Sweep {
 public:
  Sweep(Needed needed, bool retain) : needed_(std::move(needed)), retain_(retain) {}

  void seed(const Tensor& y, const Tensor& gradient) { send({node_of(y), node_of(y) ? Tensor() : y}, gradient); }
  void run() {
    while (!heap_.empty()) {
      const Ref<Node> node = heap_.top();
      heap_.pop();
      visit(*node);
    }
    for (LeafGradient& item : leaves_order_) item.gradient = run_hooks(item.leaf, item.gradient);
  }

  /// Keeps what arrives at this node, for xs that are not leaves.
  void watch(const Ref<Node>& node) { watched_[node.get()] = Tensor(); }
  Tensor arrived(const Tensor& x) const {
    if (const Ref<Node> node = node_of(x)) return watched_.at(node.get());
    const auto found = leaves_.find(x.impl().get());
    return found == leaves_.end() ? Tensor() : leaves_order_[found->second].gradient;
  }
  std::vector<LeafGradient> take_leaves() { return std::move(leaves_order_); }

 private:
  void visit(Node& node) {
    const Tensor gradient = run_hooks(node.hooks(), std::move(pending_.extract(&node).mapped()));
    if (const auto watched = watched_.find(&node); watched != watched_.end()) watched->second = gradient;
    SmallVector<bool, 4> wanted;
    bool any = false;
    for (const Edge& e : node.edges()) {
      wanted.push_back(needed_.edge(e));
      any = any || wanted.back();
    }
    if (!any) return;
    const Tensors gradients = node.pullback(gradient, {wanted.data(), wanted.size()}, retain_);
    if (detecting_anomalies()) check_finite(node, gradients);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i]) send(node.edges()[i], gradients[i]);
  }

  void send(const Edge& edge, const Tensor& gradient) {
    if (edge.node) {
      const auto [at, first] = pending_.try_emplace(edge.node.get(), gradient);
      if (first)
        heap_.push(edge.node);
      else
        at->second = accumulate(at->second, gradient);
      return;
    }
    const auto [at, first] = leaves_.try_emplace(edge.leaf.impl().get(), leaves_order_.size());
    if (first)
      leaves_order_.push_back({edge.leaf, gradient});
    else
      leaves_order_[at->second].gradient = accumulate(leaves_order_[at->second].gradient, gradient);
  }

  Needed needed_;
  bool retain_;
  std::priority_queue<Ref<Node>, std::vector<Ref<Node>>, BySequence> heap_;
  std::unordered_map<const Node*, Tensor> pending_;
  std::unordered_map<const Node*, Tensor> watched_;
  std::unordered_map<const TensorImpl*, std::size_t> leaves_;
  std::vector<LeafGradient> leaves_order_;
};

Tensor checked_seed(std::string_view function, const Tensor& y, const Tensor& gradient) {
  check_defined_at<GradError>(function, 0, y);
  if (!y.requires_grad())
    fail<GradError>(function, ": this ", y.dtype(), " tensor of shape ", y.shape(),
                    " depends on nothing that requires grad",
                    "\n  set requires_grad on the leaves before computing it, outside no_grad()");
  if (!gradient.defined()) {
    if (is_complex(y.dtype()))
      fail<GradError>(function,
                      ": a complex value needs a seed\n  give gradient=, or take real() or abs() of it first");
    return ones_like(y);
  }
  if (gradient.shape() != y.shape() || gradient.dtype() != y.dtype())
    fail<GradError>(function, ": the seed is ", gradient.dtype(), " of shape ", gradient.shape(), ", the value ",
                    y.dtype(), " of shape ", y.shape(), "\n  they must be the same");
  return gradient;
}

// A gradient as .grad keeps it: dense and its own, or it would change with somebody else's tensor.
Tensor owned(const Tensor& gradient) {
  const bool shared = gradient.impl()->owners() > 1 || gradient.storage()->owners() > 1 || gradient.impl()->is_view ||
                      !gradient.is_contiguous();
  return shared ? clone(gradient) : gradient;
}

struct LeafLocks {
  std::array<std::mutex, 64> all;
  LeafLocks() { free_in_child(all); }
};

std::mutex& lock_of(const Tensor& leaf) {
  static LeafLocks locks;
  return locks.all[std::hash<const void*>{}(leaf.impl().get()) % locks.all.size()];
}

// Those whose gradient will be recorded itself.
void watch_recorded(const std::vector<LeafGradient>& ready) {
  std::vector<Tensor> leaves;
  for (const LeafGradient& item : ready)
    if (item.gradient.requires_grad()) leaves.push_back(item.leaf);
  if (!leaves.empty()) watch_gradients(leaves);
}

void commit(std::vector<LeafGradient> ready) {
  for (const LeafGradient& item : ready)
    if (level_of({&item.gradient, 1}) > 0 && !item.leaf.impl()->wrapper)
      fail<GradError>("backward: inside jvp() or vmap() the gradient of a leaf from outside has a tangent or a batch,",
                      " which .grad can't keep\n  take it with grad() and return it");
  watch_recorded(ready);
  for (LeafGradient& item : ready) {
    const std::lock_guard lock(lock_of(item.leaf));
    const Tensor before = item.leaf.grad();
    item.leaf.set_grad(before.defined() ? accumulate(before, item.gradient) : owned(item.gradient));
  }
}

}  // namespace

void backward(const Tensor& y, const BackwardOptions& options) {
  const Tensor seed = checked_seed("backward", y, options.gradient);
  check_all_defined("backward: inputs", options.inputs);
  for (const Tensor& x : options.inputs)
    if (!x.requires_grad() || !x.is_leaf()) fail<GradError>("backward: inputs= takes leaves that require grad");
  const Ref<Node> root = node_of(y);
  const auto is_y = [&](const Tensor& x) { return x.impl() == y.impl(); };
  if (!root && !options.inputs.empty() && std::none_of(options.inputs.begin(), options.inputs.end(), is_y)) return;
  const RecordingScope scope(options.create_graph);
  check_value(y);
  Sweep sweep(options.inputs.empty() || !root ? Needed() : Needed(root, options.inputs),
              options.retain_graph.value_or(options.create_graph));
  sweep.seed(y, seed);
  sweep.run();
  commit(sweep.take_leaves());
}

std::vector<Tensor> grad(const Tensor& y, const std::vector<Tensor>& xs, const GradOptions& options) {
  const Tensor seed = checked_seed("grad", y, options.gradient);
  check_all_defined("grad", xs);
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (!xs[i].requires_grad())
      fail_at<GradError>({.operand = static_cast<int>(i)}, "grad: x ", i + 1, " does not require grad",
                         "\n  set requires_grad on it before computing y");
  const RecordingScope scope(options.create_graph);
  check_value(y);
  const Ref<Node> root = node_of(y);
  Sweep sweep(root ? Needed(root, xs) : Needed(), options.retain_graph.value_or(options.create_graph));
  for (const Tensor& x : xs)
    if (const Ref<Node> node = node_of(x)) sweep.watch(node);
  sweep.seed(y, seed);
  sweep.run();
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    out.push_back(sweep.arrived(xs[i]));
    if (!out.back().defined() && !options.allow_unused)
      fail_at<GradError>({.operand = static_cast<int>(i)}, "grad: y does not depend on x ", i + 1,
                         "\n  pass allow_unused=True to get no gradient for it");
  }
  return out;
}

}  // namespace ricci
