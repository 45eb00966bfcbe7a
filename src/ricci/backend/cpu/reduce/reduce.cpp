#include "ricci/backend/cpu/reduce/reduce.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/naive.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/reduce/sums.h"
#include "ricci/backend/cpu/scratch.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/reference/reference.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kPieces = 16;  // of a long sum over few results
constexpr std::int64_t kFewResults = 256;

// A permutation, diagonal or broadcast: nothing is added.
void copy(const ReduceStep& step) {
  MapStep map;
  map.map = step.a.conjugated ? Map::conj : Map::copy;
  map.inputs = {{step.a.data, step.a.dtype, {}}};
  map.out = step.c;
  for (const Axes* axes : {&step.loops.left, &step.loops.broadcast}) add_axes(map, *axes, {&Axis::a});
  cpu::map(map);
}

// Nothing is summed, but c is added to: a map of one row after another.
bool adds_only(const ReduceStep& step) {
  return step.loops.contracted.empty() && step.loops.broadcast.empty() && step.alpha.is(1) && step.beta.is(1) &&
         is_linear(step.semiring) && !step.a.conjugated && step.a.dtype == step.c.dtype;
}

void add(const ReduceStep& step) {
  MapStep map;
  map.map = Map::add;
  map.inputs = {{step.c.data, step.c.dtype, {}}, {step.a.data, step.a.dtype, {}}};
  map.out = step.c;
  add_axes(map, step.loops.left, {&Axis::c, &Axis::a});
  cpu::map(map);
}

// c of the positions of `broadcast` after the first: copies of it, axis by axis.
void spread(const ReduceStep& step) {
  ReduceStep copies = step;
  copies.alpha = 1;
  copies.loops.contracted.clear();
  copies.loops.broadcast.clear();
  copies.a = {step.c.data, step.c.dtype, false};
  for (Axis& axis : copies.loops.left) axis.a = axis.c;
  for (const Axis& axis : step.loops.broadcast) {
    copies.c.data = moved(step.c.data, step.c.dtype, axis.c);
    copies.loops.broadcast = {{axis.extent - 1, 0, 0, axis.c}};
    copy(copies);
    copies.loops.left.push_back({axis.extent, axis.c, 0, axis.c});
  }
}

// How a long sum over few results is cut: pieces of the outermost summed axis.
struct SumPieces {
  std::int64_t length, count, bytes;  // bytes of the sums of all pieces

  explicit SumPieces(const ReduceStep& step) {
    const std::int64_t extent = step.loops.contracted.front().extent;
    length = ceil_div(extent, kPieces);
    count = ceil_div(extent, length);
    bytes = count * extent_of(step.loops.left) * static_cast<std::int64_t>(size_of(accumulator_of(step.a.dtype)));
  }
};

// Few results of many terms: pieces at once, then their sum.
void sum_in_pieces(const ReduceStep& step) {
  const DType dtype = accumulator_of(step.a.dtype);
  const Axis cut = step.loops.contracted.front();
  const SumPieces pieces(step);
  Scratch scratch(pieces.bytes);
  ReduceStep part = step;
  part.alpha = 1;
  part.beta = 0;
  part.a.conjugated = false;
  const std::int64_t results = lay_densely(part.loops.left);
  parallel_for(pieces.count, [&](std::int64_t i) {
    const std::int64_t first = i * pieces.length;
    ReduceStep one = part;
    one.loops.contracted.front().extent = std::min(pieces.length, cut.extent - first);
    one.a.data = moved(step.a.data, step.a.dtype, first * cut.a);
    one.c = {moved(scratch.data(), dtype, i * results), dtype};
    add_up(one);
  });
  ReduceStep last = step;
  last.a = {scratch.data(), dtype, step.a.conjugated};
  last.loops.contracted = {{pieces.count, results, 0, 0}};
  for (std::size_t i = 0; i < last.loops.left.size(); ++i) last.loops.left[i].a = part.loops.left[i].c;
  add_up(last);
}

// Sums at the first position of `broadcast`, then copies of them.
void sum_and_spread(const ReduceStep& step) {
  add_up(step);
  spread(step);
}
void sum_in_pieces_and_spread(const ReduceStep& step) {
  sum_in_pieces(step);
  spread(step);
}

bool copies_only(const ReduceStep& step) {
  return step.loops.contracted.empty() && step.beta.is(0) && step.alpha.is(1);
}

// Exponentials are summed under their maximum, which takes two passes.
bool is_naive(const ReduceStep& step) {
  return extent_of(step.loops.contracted) == 0 || step.loops.contracted.empty() || sums_exponentials(step.semiring) ||
         (!step.loops.broadcast.empty() && !step.beta.is(0));
}

bool is_long_sum(const ReduceStep& step) {
  return extent_of(step.loops.left) <= kFewResults && extent_of(step.loops.contracted) >= 65536;
}

// How a step that writes no diagonal runs: the first of these that takes it.
struct Way {
  std::string_view name;
  bool (*takes)(const ReduceStep&);
  void (*run)(const ReduceStep&);
};
constexpr Way kWays[] = {
    {"copy", copies_only, copy},
    {"add", adds_only, add},
    {"naive loop", is_naive, reduce_naively},
    {"sum in pieces", is_long_sum, sum_in_pieces_and_spread},
    {"sum", [](const ReduceStep&) { return true; }, sum_and_spread},
};

class ReduceKernel final : public Kernel {
 public:
  ReduceKernel(const ReduceStep& step, bool may_split) : step_(step), beta_(step.beta) {
    if (step.loops.writes_diagonal && !beta_.is(0)) step_.beta = 1;  // what lies off the diagonal has had its own
    for (const Way& way : kWays)
      if (!way_ && (may_split || way.takes != is_long_sum) && way.takes(step_)) way_ = &way;
  }
  void run(const void* a, const void*, void* c) const override {
    ReduceStep step = step_;
    step.a.data = a, step.c.data = c;
    reference::fill_off_diagonal(step.loops, step.c, beta_, step.semiring);
    step.loops.writes_diagonal = false;
    if (!is_empty()) way_->run(step);
  }
  std::int64_t scratch_bytes(std::int64_t) const override {
    return way_->takes == is_long_sum && !is_empty() ? Scratch::charged(SumPieces(step_).bytes) : 0;
  }
  std::string name() const override { return std::string(way_->name); }

 private:
  bool is_empty() const { return extent_of(step_.loops.left) == 0 || extent_of(step_.loops.broadcast) == 0; }

  ReduceStep step_;
  Scalar beta_;
  const Way* way_ = nullptr;
};

}  // namespace

const Kernel* make_reduce(const ReduceStep& step, KernelSlot& slot, bool may_split) {
  return slot.make<ReduceKernel>(step, may_split);
}

void reduce(const ReduceStep& step, bool may_split) {
  ReduceKernel(step, may_split).run(step.a.data, nullptr, step.c.data);
}

}  // namespace ricci::cpu
