#include "doors.h"

#include <algorithm>
#include <optional>

namespace ricci::digest {
namespace {

constexpr std::uint64_t kSeed = 100, kOut = 200, kTangents = 300,
                        kBatched = 400;  // seeds of other things than operands

// A plan's call; in earlier revisions it takes all options of einsum's.
template <class P>
Tensor run_into(const P& plan, std::span<const Tensor> xs, const EinsumOptions& into) {
  if constexpr (requires { plan(xs, into); })
    return plan(xs, into);
  else
    return plan(xs, {.out = into.out, .alpha = into.alpha, .beta = into.beta});
}

class Doors {
 public:
  Doors(const Case& it, Recorder& recorder) : it_(it), row_(it.row), recorder_(recorder) {}

  void all();

 private:
  using Operands = std::vector<Tensor>;

  void in_layout(Layout layout);
  void figures();
  void special_values();
  void into_out(Layout layout);
  void gradients();
  void one_operand_for_all();
  void capped();
  void derivatives();

  Values values() const {
    if (it_.semiring == Semiring::max_product) return Values::natural;
    return it_.semiring == Semiring::sum_product || it_.semiring == Semiring::log_sum_exp ? Values::any : Values::few;
  }
  OperandKind kind(Layout layout) const { return {it_.dtype, values(), layout}; }
  Operands operands(Layout layout, bool recorded = false) const { return operands(kind(layout), recorded); }
  Operands operands(const OperandKind& kind, bool recorded) const {
    Operands out;
    for (std::size_t i = 0; i < row_.shapes.size(); ++i) {
      out.push_back(make_operand(row_.shapes[i], kind, i));
      if (recorded) out.back().set_requires_grad();
    }
    return out;
  }
  Tensor like(const Tensor& y, std::uint64_t seed, Layout layout = Layout::contiguous) const {
    return make_operand(y.shape(), {y.dtype(), values(), layout}, seed);
  }
  EinsumOptions options() const {
    EinsumOptions out;
    out.semiring = it_.semiring;
    out.sizes = row_.sizes;
    return out;
  }
  Plan planned(bool gradients, std::optional<std::int64_t> max_bytes = {}) const {
    PlanOptions out;
    out.dtype = it_.dtype;
    out.semiring = it_.semiring;
    out.sizes = row_.sizes;
    out.gradients = gradients;
    out.max_bytes = max_bytes;
    return plan(row_.equation, row_.shapes, out);
  }
  Tensor value(const Operands& xs) const { return einsum(row_.equation, xs, options()); }
  void add_backward(Hash& hash, const OperandKind& kind, const EinsumOptions& options) const;
  void door(Layout layout, std::string_view name, auto&& body) { recorder_.door(digest::name_of(layout), name, body); }
  void door(std::string_view name, auto&& body) { recorder_.door("contiguous", name, body); }

  const Case& it_;
  const testing::Row& row_;
  Recorder& recorder_;
  std::optional<Plan> plan_;
};

void add_all(Hash& hash, const std::vector<Tensor>& xs) {
  for (const Tensor& x : xs) hash.add(x);
}

void add_figures(Hash& hash, const Plan& plan) {
  hash.add(plan.flops());
  hash.add(plan.peak_bytes());
  hash.add(plan.slice_count());
  for (const auto& slice : plan.slices()) {
    hash.add(static_cast<std::int64_t>(slice.label));
    hash.add(slice.piece);
  }
  for (const auto& merge : plan.path())
    for (const int value : merge) hash.add(static_cast<std::int64_t>(value));
}

// The last cell of each step's row.
std::string kernels_of(const Plan& plan) {
  const std::string text = plan.explain(1000);
  std::string out;
  for (std::size_t first = 0, end; first < text.size(); first = end + 1) {
    end = std::min(text.find('\n', first), text.size());
    const std::string line = text.substr(first, end - first);
    if (line.starts_with('%')) out += (out.empty() ? "" : "; ") + line.substr(line.rfind("  ") + 2);
    if (line.starts_with("sliced") || line.starts_with("for gradients")) out += "; " + line;
  }
  return out;
}

// Gradients need the more, so that less can be taken from them.
std::int64_t part_of(const Plan& plan, bool gradients) { return plan.peak_bytes() * (gradients ? 8 : 6) / 10; }

void Doors::add_backward(Hash& hash, const OperandKind& kind, const EinsumOptions& options) const {
  const Operands xs = operands(kind, true);
  const Tensor y = einsum(row_.equation, xs, options);
  hash.add(y);
  BackwardOptions backwards;
  backwards.gradient = like(y, kSeed, kind.layout);
  backward(y, backwards);
  for (const Tensor& x : xs) hash.add(x.grad());
}

// A call made again finds what the first one left: the plan, and kernels chosen for these strides.
void Doors::in_layout(Layout layout) {
  const Operands xs = operands(layout);
  door(layout, "einsum", [&](Hash& hash) { add_all(hash, {value(xs), value(xs)}); });
  if (plan_) door(layout, "plan", [&](Hash& hash) { add_all(hash, {(*plan_)(xs), (*plan_)(xs)}); });
  door(layout, "backward", [&](Hash& hash) { add_backward(hash, kind(layout), options()); });
}

void Doors::figures() {
  door("figures", [&](Hash& hash) { add_figures(hash, *plan_); });
  recorder_.text("peak_bytes", std::to_string(plan_->peak_bytes()));
  recorder_.text("kernels", kernels_of(*plan_));
}

void Doors::special_values() {
  const OperandKind special{it_.dtype, Values::special, Layout::contiguous};
  door("special values", [&](Hash& hash) { hash.add(value(operands(special, false))); });
  door("special values backward", [&](Hash& hash) { add_backward(hash, special, options()); });
}

void Doors::into_out(Layout layout) {
  const Operands xs = operands(Layout::contiguous);
  const auto run = [&](std::string_view name, std::optional<Scalar> alpha, std::optional<Scalar> beta) {
    door(layout, name, [&](Hash& hash) {
      Tensor out = like(value(xs), kOut, layout);
      EinsumOptions into = options();
      into.out = &out;
      into.alpha = alpha;
      into.beta = beta;
      hash.add(einsum(row_.equation, xs, into));
      hash.add(out);
      hash.add(run_into(*plan_, xs, into));
    });
  };
  const Scalar half = is_complex(it_.dtype) ? Scalar(std::complex<double>(0.5, 2)) : Scalar(0.5);
  run("out", {}, {});
  run("out beta", {}, Scalar(1));
  run("out alpha beta", is_float(it_.dtype) ? half : Scalar(3), is_float(it_.dtype) ? Scalar(-1.5) : Scalar(2));
}

void Doors::gradients() {
  const Operands xs = operands(Layout::contiguous), turned = operands(Layout::reversed);
  const auto run = [&](std::string_view name, const Operands& on, const std::vector<int>& wrt, bool seeded) {
    door(name, [&](Hash& hash) {
      const auto all = plan_->gradients(on, seeded ? like((*plan_)(on), kSeed) : Tensor(), wrt);
      hash.add(all.value);
      add_all(hash, all.gradients);
    });
  };
  run("gradients", xs, {}, true);
  run("gradients of ones", xs, {}, false);
  run("gradients of reversed", turned, {}, true);
  run("gradients of the last", xs, {static_cast<int>(xs.size()) - 1}, true);
}

void Doors::one_operand_for_all() {
  for (const auto& shape : row_.shapes)
    if (!std::equal(shape.begin(), shape.end(), row_.shapes[0].begin(), row_.shapes[0].end())) return;
  const Operands xs(row_.shapes.size(), operands(Layout::contiguous)[0]);
  if (xs.size() < 2) return;
  door("one operand", [&](Hash& hash) { add_all(hash, {value(xs), (*plan_)(xs)}); });
  door("one operand backward", [&](Hash& hash) {
    const Operands leaf(xs.size(), operands(Layout::contiguous, true)[0]);
    const Tensor y = value(leaf);
    BackwardOptions backwards;
    backwards.gradient = like(y, kSeed);
    backward(y, backwards);
    hash.add(leaf[0].grad());
  });
}

// Within less than all of it takes: in slices, or refused with figures.
void Doors::capped() {
  const Operands xs = operands(Layout::contiguous);
  const auto capped_plan = [&](Hash& hash, bool gradients) {
    const Plan whole = planned(gradients);
    add_figures(hash, whole);
    const Plan part = planned(gradients, part_of(whole, gradients));
    add_figures(hash, part);
    return part;
  };
  door("capped plan", [&](Hash& hash) {
    const Plan part = capped_plan(hash, false);
    add_all(hash, {part(xs), part(xs)});
  });
  door("capped gradients", [&](Hash& hash) {
    const Plan part = capped_plan(hash, true);
    const auto all = part.gradients(xs, like((*plan_)(xs), kSeed));
    hash.add(all.value);
    add_all(hash, all.gradients);
  });
  EinsumOptions within = options();
  within.max_bytes = part_of(*plan_, false);
  door("capped einsum", [&](Hash& hash) { hash.add(einsum(row_.equation, xs, within)); });
  door("capped backward", [&](Hash& hash) {
    within.max_bytes = part_of(planned(true), true);
    add_backward(hash, kind(Layout::contiguous), within);
  });
}

void Doors::derivatives() {
  const TensorFunction f = [this](const Operands& xs) { return value(xs); };
  door("second derivative", [&](Hash& hash) {
    Operands xs = operands(Layout::contiguous, true);
    const Tensor y = value(xs);
    Tensor seed = like(y, kSeed);
    seed.set_requires_grad();
    GradOptions first, second;
    first.gradient = seed;
    first.create_graph = true;
    const Operands gradients = grad(y, xs, first);
    add_all(hash, gradients);
    xs.push_back(seed);
    second.allow_unused = true;
    second.retain_graph = true;
    for (const Tensor& g : {gradients.front(), gradients.back()}) {
      second.gradient = like(g, kSeed + 1);
      add_all(hash, grad(g, xs, second));
    }
  });
  door("jvp", [&](Hash& hash) {
    Operands tangents;
    const Operands xs = operands(Layout::contiguous);
    for (std::size_t i = 0; i < xs.size(); ++i) tangents.push_back(like(xs[i], kTangents + i));
    const Jvp both = jvp(f, xs, tangents);
    hash.add(both.value);
    hash.add(both.tangent);
  });
  door("vmap", [&](Hash& hash) {
    Operands xs = operands(Layout::contiguous);
    VmapOptions axes;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const bool batched = i % 2 == 0;
      axes.in_axes.push_back(batched ? std::optional<std::int64_t>(0) : std::nullopt);
      Shape shape{3};
      shape.append(xs[i].shape().begin(), xs[i].shape().end());
      if (batched) xs[i] = make_operand(shape, kind(Layout::contiguous), kBatched + i);
    }
    hash.add(vmap(f, axes)(xs));
  });
}

void Doors::all() {
  door("planning", [&](Hash& hash) { plan_ = planned(false), add_figures(hash, *plan_); });
  for (const Layout layout : kLayouts) in_layout(layout);
  if (!plan_) return;
  figures();
  special_values();
  into_out(Layout::contiguous);
  into_out(Layout::backwards);
  gradients();
  one_operand_for_all();
  capped();
  if (it_.small) derivatives();
}

}  // namespace

void record(const Case& it, Recorder& recorder) { Doors(it, recorder).all(); }

}  // namespace ricci::digest
