#include "ricci/backend/cpu/reduce/reduce.h"

#include <cstdlib>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/naive.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/reduce/sums.h"
#include "ricci/backend/cpu/scratch.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

using element::Ring;

constexpr std::int64_t kChunk = 1024;  // sums that one task keeps
constexpr std::int64_t kRun = 4096;    // elements added before sums are added to sums
constexpr std::int64_t kPieces = 16;   // of a long sum over few results
constexpr std::int64_t kFewResults = 256;

/// Folds elements stored as E into sums of T.
template <Semiring S, class T, class E>
struct Folder {
  using R = Ring<S, T>;

  static T row(const E* x, std::int64_t n, std::int64_t stride) {
    T sum = element::convert<T>(x[0]);
    for (std::int64_t i = 1; i < n; ++i) sum = R::add(sum, element::convert<T>(x[i * stride]));
    return sum;
  }

  static void rows(T* sums, const E* x, std::int64_t n, std::int64_t stride) {
    for (std::int64_t i = 0; i < n; ++i) sums[i] = R::add(sums[i], element::convert<T>(x[i * stride]));
  }
};

/// The sum over nothing, then pieces added pairwise: the error grows with the logarithm of their number.
template <Semiring S, class T>
class PairwiseSum {
 public:
  void add(T value) {
    std::size_t level = 0;
    for (std::int64_t n = count_++; n & 1; n >>= 1, ++level) value = Ring<S, T>::add(levels_[level], value);
    levels_[level] = value;
  }
  T total() const {
    T sum = Ring<S, T>::zero();
    for (std::size_t level = 0; level < 63; ++level)
      if (count_ >> level & 1) sum = Ring<S, T>::add(levels_[level], sum);
    return sum;
  }

 private:
  T levels_[63];
  std::int64_t count_ = 0;
};

template <Semiring S, class T>
class Writer {
 public:
  explicit Writer(const ReduceStep& step)
      : load_(element::loader<T>({step.c.data, step.c.dtype})),
        store_(element::storer<T>(step.c.dtype)),
        data_(step.c.data),
        alpha_(element::from_scalar<T>(step.alpha)),
        beta_(element::from_scalar<T>(step.beta)),
        conjugated_(step.a.conjugated),
        reads_(!step.beta.is(0)),
        plain_(step.alpha.is(1) && !reads_ && !conjugated_) {}

  void operator()(std::int64_t at, T sum) const {
    if (!plain_) {
      if (conjugated_) sum = element::conjugate(sum);
      if constexpr (S == Semiring::sum_product && !std::is_same_v<T, bool>) {
        sum = element::multiply(alpha_, sum);
        if (reads_) sum = element::add(sum, element::multiply(beta_, load_(data_, at)));
      } else if (reads_) {
        sum = Ring<S, T>::add(load_(data_, at), sum);
      }
    }
    store_(data_, at, sum);
  }

 private:
  element::Load<T> load_;
  element::Store<T> store_;
  void* data_;
  T alpha_, beta_;
  bool conjugated_, reads_, plain_;
};

// Sums whose terms lie closer together than their results: each result by itself.
template <Semiring S, class T, class E>
void sum_rows(const ReduceStep& step, const E* a) {
  const Writer<S, T> write(step);
  Axes outer = step.loops.contracted;
  const Axis inner = outer.back();
  outer.pop_back();
  Axes kept = step.loops.left;
  const Axis along = kept.empty() ? Axis{} : kept.back();
  if (!kept.empty()) kept.pop_back();
  const std::int64_t terms = extent_of(step.loops.contracted);
  const std::int64_t piece = std::clamp<std::int64_t>(65536 / std::max<std::int64_t>(1, terms), 1, along.extent);
  const std::int64_t pieces = ceil_div(along.extent, piece);
  const bool parallel = terms * along.extent * extent_of(kept) > 65536;
  walk(kept, {}, [&](Offsets base) {
    each(pieces, parallel, [&](std::int64_t task) {
      for (std::int64_t i = task * piece; i < std::min(along.extent, (task + 1) * piece); ++i) {
        PairwiseSum<S, T> sum;
        walk(outer, {base.a + i * along.a, 0, 0}, [&](Offsets o) {
          for (std::int64_t first = 0; first < inner.extent; first += kRun)
            sum.add(Folder<S, T, E>::row(a + o.a + first * inner.a, std::min(kRun, inner.extent - first), inner.a));
        });
        write(base.c + i * along.c, sum.total());
      }
    });
  });
}

// Results that lie closer together than their terms: many at once, term by term.
template <Semiring S, class T, class E>
void sum_columns(const ReduceStep& step, const E* a, std::size_t axis) {
  const Writer<S, T> write(step);
  Axes kept = step.loops.left;
  const Axis along = kept[axis];
  kept.erase(kept.begin() + axis);
  const std::int64_t chunks = ceil_div(along.extent, kChunk), chunk = ceil_div(along.extent, chunks);
  const std::int64_t positions = extent_of(kept);
  SmallVector<Offsets, 8> bases;
  bases.reserve(static_cast<std::size_t>(positions));
  walk(kept, {}, [&](Offsets o) { bases.push_back(o); });
  const bool parallel = extent_of(step.loops.contracted) * along.extent * positions > 65536;
  each(positions * chunks, parallel, [&](std::int64_t task) {
    const Offsets base = bases[static_cast<std::size_t>(task / chunks)];
    const std::int64_t first = task % chunks * chunk, n = std::min(chunk, along.extent - first);
    T sums[kChunk];
    std::fill(sums, sums + n, Ring<S, T>::zero());
    walk(step.loops.contracted, {base.a + first * along.a, 0, 0},
         [&](Offsets o) { Folder<S, T, E>::rows(sums, a + o.a, n, along.a); });
    for (std::int64_t i = 0; i < n; ++i) write(base.c + (first + i) * along.c, sums[i]);
  });
}

template <Semiring S, class T>
void sum(const ReduceStep& step) {
  const auto run = [&]<class E>(Tag<E>) {
    const E* a = static_cast<const E*>(step.a.data);
    const Axes& left = step.loops.left;
    std::size_t axis = left.size();
    for (std::size_t i = 0; i < left.size(); ++i)
      if (left[i].a != 0 && (axis == left.size() || std::abs(left[i].a) < std::abs(left[axis].a))) axis = i;
    if (axis < left.size() && std::abs(left[axis].a) < std::abs(step.loops.contracted.back().a))
      sum_columns<S, T, E>(step, a, axis);
    else
      sum_rows<S, T, E>(step, a);
  };
  if constexpr (std::is_same_v<T, float>) {
    if (step.a.dtype == DType::f16) return run(Tag<float16>{});
    if (step.a.dtype == DType::bf16) return run(Tag<bfloat16>{});
  }
  run(Tag<T>{});
}

// A permutation, diagonal or broadcast: nothing is added.
void copy(const ReduceStep& step) {
  MapStep map;
  MapStep::Input input{step.a.data, step.a.dtype, {}};
  for (const Axes* axes : {&step.loops.left, &step.loops.broadcast})
    for (const Axis& axis : *axes) {
      map.shape.push_back(axis.extent);
      input.strides.push_back(axis.a);
      map.out_strides.push_back(axis.c);
    }
  map.map = step.a.conjugated ? Map::conj : Map::copy;
  map.inputs.push_back(input);
  map.out = step.c;
  cpu::map(map);
}

// Nothing is summed, but c is added to: a map of one row after another.
bool adds_only(const ReduceStep& step) {
  return step.loops.contracted.empty() && step.loops.broadcast.empty() && step.alpha.is(1) && step.beta.is(1) &&
         step.semiring == Semiring::sum_product && !step.a.conjugated && step.a.dtype == step.c.dtype;
}

void add(const ReduceStep& step) {
  MapStep map{.map = Map::add, .shape = {}, .inputs = {}, .out = step.c, .out_strides = {}};
  MapStep::Input a{step.a.data, step.a.dtype, {}}, c{step.c.data, step.c.dtype, {}};
  for (const Axis& axis : step.loops.left) {
    map.shape.push_back(axis.extent);
    a.strides.push_back(axis.a);
    c.strides.push_back(axis.c);
  }
  map.out_strides = c.strides;
  map.inputs = {c, a};
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
    copies.c.data = const_cast<void*>(moved(step.c.data, step.c.dtype, axis.c));
    copies.loops.broadcast = {{axis.extent - 1, 0, 0, axis.c}};
    copy(copies);
    copies.loops.left.push_back({axis.extent, axis.c, 0, axis.c});
  }
}

void sum_any(const ReduceStep& step);

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
  const std::int64_t results = extent_of(step.loops.left);
  const Axis cut = step.loops.contracted.front();
  const SumPieces cuts(step);
  const std::int64_t piece = cuts.length, pieces = cuts.count;
  Scratch scratch(cuts.bytes);
  ReduceStep part = step;
  part.alpha = 1;
  part.beta = 0;
  part.a.conjugated = false;
  std::int64_t stride = 1;
  for (std::size_t i = part.loops.left.size(); i-- > 0;) {
    part.loops.left[i].c = stride;
    stride *= part.loops.left[i].extent;
  }
  parallel_for(pieces, [&](std::int64_t i) {
    ReduceStep one = part;
    one.loops.contracted.front().extent = std::min(piece, cut.extent - i * piece);
    one.a.data = moved(step.a.data, step.a.dtype, i * piece * cut.a);
    one.c = {const_cast<void*>(moved(scratch.data(), dtype, i * results)), dtype};
    sum_any(one);
  });
  ReduceStep last = step;
  last.a = {scratch.data(), dtype, step.a.conjugated};
  last.loops.contracted = {{pieces, results, 0, 0}};
  for (std::size_t i = 0; i < last.loops.left.size(); ++i) last.loops.left[i].a = part.loops.left[i].c;
  sum_any(last);
}

void sum_any(const ReduceStep& step) {
  if (run_fold(step)) return;
  visit_dtype(accumulator_of(step.a.dtype), [&]<class T>(Tag<T>) {
    element::visit_semiring(step.semiring, [&]<Semiring S>() {
      if constexpr (!is_half_type<T> && Ring<S, T>::exists)
        sum<S, T>(step);
      else
        reference::reduce(step);  // says what is wrong
    });
  });
}

// Sums at the first position of `broadcast`, then copies of them.
void sum_and_spread(const ReduceStep& step) {
  sum_any(step);
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
  return extent_of(step.loops.contracted) == 0 || step.loops.contracted.empty() ||
         step.semiring == Semiring::log_sum_exp || (!step.loops.broadcast.empty() && !step.beta.is(0));
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

class Reduction final : public Kernel {
 public:
  Reduction(const ReduceStep& step, bool may_split) : step_(step), beta_(step.beta) {
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
  return slot.make<Reduction>(step, may_split);
}

void reduce(const ReduceStep& step, bool may_split) {
  Reduction(step, may_split).run(step.a.data, nullptr, step.c.data);
}

}  // namespace ricci::cpu
