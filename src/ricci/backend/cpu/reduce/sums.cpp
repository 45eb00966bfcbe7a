#include "ricci/backend/cpu/reduce/sums.h"

#include <cstdlib>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kRows = 128;      // results whose partial sums are kept at once
constexpr std::int64_t kColumns = 1024;  // the same where results are nearer than terms
constexpr std::int64_t kRun = 4096;      // elements added before sums are added to sums
constexpr std::int64_t kTask = 65536;    // elements of one task

// Loops over one element after another, with any steps.
template <Semiring S, class T>
struct PlainLoops {
  using Sum = accumulator<T>;
  using Ring = element::Ring<S, Sum>;

  static void rows(Sum* sums, const Terms<T>& terms) {
    const std::int64_t n = terms.count, step = terms.step;
    for (std::int64_t r = 0; r < terms.results; ++r) {
      const T* x = terms.x + r * terms.result_step;
      Sum sum = element::convert<Sum>(x[0]);
      for (std::int64_t i = 1; i < n; ++i) sum = Ring::add(sum, element::convert<Sum>(x[i * step]));
      sums[r] = Ring::add(sum, Ring::zero());
    }
  }
  static void columns(Sum* sums, const Terms<T>& terms, bool begins) {
    const std::int64_t n = terms.results, step = terms.result_step;
    if (begins) std::fill(sums, sums + n, Ring::zero());
    for (std::int64_t i = 0; i < terms.count; ++i) {
      const T* x = terms.x + i * terms.step;
      for (std::int64_t r = 0; r < n; ++r) sums[r] = Ring::add(sums[r], element::convert<Sum>(x[r * step]));
    }
  }
  static void join(Sum* sums, const Sum* parts, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) sums[i] = Ring::add(parts[i], sums[i]);
  }
  static constexpr SumLoops<T> kLoops{rows, columns, join};
};

// Null where the semiring has no meaning for T.
template <class T>
const SumLoops<T>* plain_loops(Semiring semiring) {
  return element::visit_semiring(semiring, []<Semiring S>() -> const SumLoops<T>* {
    if constexpr (!sums_exponentials(S) && element::Ring<S, accumulator<T>>::exists)
      return &PlainLoops<S, T>::kLoops;
    else
      return nullptr;
  });
}

/// Sums of some results, their parts added pairwise: the error grows with the logarithm of their number.
template <class T>
class PairwiseSums {
 public:
  using Sum = accumulator<T>;
  PairwiseSums(const SumLoops<T>& loops, std::int64_t results) : loops_(loops), results_(results) {}

  Sum* next() { return count_ & 1 ? part_ : levels_[0]; }  // to be filled, then added
  void add() {
    std::size_t level = 0;
    for (std::int64_t n = count_++; n & 1; n >>= 1, ++level) loops_.join(part_, levels_[level], results_);
    if (level > 0) std::copy(part_, part_ + results_, levels_[level]);
  }
  Sum* total() {
    bool any = false;
    for (std::size_t level = 0; level < kLevels; ++level) {
      if (!(count_ >> level & 1)) continue;
      if (any)
        loops_.join(part_, levels_[level], results_);
      else
        std::copy(levels_[level], levels_[level] + results_, part_);
      any = true;
    }
    return part_;
  }

 private:
  static constexpr std::size_t kLevels = 48;
  const SumLoops<T>& loops_;
  std::int64_t results_, count_ = 0;
  Sum part_[kRows], levels_[kLevels][kRows];
};

bool reads_nearer(const Axis& x, const Axis& y) { return x.a != 0 && (y.a == 0 || std::abs(x.a) < std::abs(y.a)); }

// The two axes that loops run along, and the others.
struct SumRoles {
  Axes outer, kept;  // of terms and of results
  Axis term, result;

  explicit SumRoles(const Loops& loops) : outer(loops.contracted), kept(loops.left) {
    term = outer.back();
    outer.pop_back();
    result = take(kept, reads_nearer);
  }
  bool is_adjacent() const { return term.a == 1 || (result.a == 1 && result.extent > 1); }
};

template <class T>
class Reducer {
 public:
  using Sum = accumulator<T>;

  Reducer(const ReduceStep& step, const SumRoles& roles, const SumLoops<T>& loops, bool in_vectors)
      : step_(step),
        roles_(roles),
        loops_(loops),
        in_vectors_(in_vectors),
        store_(find_store(step.c.dtype)),
        alpha_(element::from_scalar<Sum>(step.alpha)),
        beta_(element::from_scalar<Sum>(step.beta)),
        scales_(is_linear(step.semiring) && !std::is_same_v<Sum, bool>),
        is_plain_(step.alpha.is(1) && step.beta.is(0) && !step.a.conjugated) {
    (void)element::loader<Sum>({nullptr, step.c.dtype});
  }

  void run() const {
    const std::int64_t term = roles_.term.a, result = roles_.result.a;
    const bool nearer = in_vectors_ ? term != 1 : result != 0 && std::abs(result) < std::abs(term);
    nearer ? run_columns() : run_rows();
  }

 private:
  const T* operand(std::int64_t at) const { return static_cast<const T*>(step_.a.data) + at; }

  // f(base, count) for blocks of results, `most` of them along their axis, in tasks.
  template <class F>
  void each_block(std::int64_t most, F&& f) const {
    const Axis& result = roles_.result;
    const std::int64_t terms = extent_of(step_.loops.contracted);
    const std::int64_t piece = std::min(most, result.extent), pieces = ceil_div(result.extent, piece);
    const std::int64_t all = pieces * extent_of(roles_.kept);
    each_in_groups(all, std::max<std::int64_t>(1, kTask / (piece * terms)), true, [&](std::int64_t i) {
      const std::int64_t first = i % pieces * piece;
      Offsets at = offsets_at(roles_.kept, i / pieces);
      at.a += first * result.a, at.c += first * result.c;
      f(at, std::min(piece, result.extent - first));
    });
  }

  void run_rows() const {
    const Axis& term = roles_.term;
    each_block(kRows, [&](Offsets at, std::int64_t results) {
      Terms<T> terms{operand(at.a), results, roles_.result.a, term.extent, term.a};
      if (roles_.outer.empty() && term.extent <= kRun) {
        Sum sums[kRows];
        loops_.rows(sums, terms);
        return write(at.c, sums, results);
      }
      PairwiseSums<T> sums(loops_, results);
      walk(roles_.outer, at, [&](Offsets o) {
        for (std::int64_t first = 0; first < term.extent; first += kRun) {
          terms.x = operand(o.a + first * term.a);
          terms.count = std::min(kRun, term.extent - first);
          loops_.rows(sums.next(), terms);
          sums.add();
        }
      });
      write(at.c, sums.total(), results);
    });
  }

  void run_columns() const {
    each_block(kColumns, [&](Offsets at, std::int64_t results) {
      Sum sums[kColumns];
      bool begins = true;
      walk(roles_.outer, at, [&](Offsets o) {
        loops_.columns(sums, {operand(o.a), results, roles_.result.a, roles_.term.extent, roles_.term.a}, begins);
        begins = false;
      });
      write(at.c, sums, results);
    });
  }

  // Uses the sums up.
  void write(std::int64_t at, Sum* sums, std::int64_t n) const { (this->*store_)(at, sums, n); }

  using Store = void (Reducer::*)(std::int64_t, Sum*, std::int64_t) const;
  static Store find_store(DType dtype) {
    return visit_dtype(dtype, []<class C>(Tag<C>) -> Store {
      if constexpr (std::is_same_v<accumulator<C>, Sum>)
        return &Reducer::store<C>;
      else
        return nullptr;
    });
  }
  template <class C>
  void store(std::int64_t at, Sum* sums, std::int64_t n) const {
    C* c = static_cast<C*>(step_.c.data) + at;
    const std::int64_t stride = roles_.result.c;
    if (!is_plain_) finish(c, sums, n);
    if constexpr (std::is_same_v<C, Sum>) {
      if (stride == 1) return (void)std::copy(sums, sums + n, c);
    } else if (stride == 1 && in_vectors_) {
      return vector_copy(dtype_of<Sum>(), dtype_of<C>())({n, {sums}, {1}, c, 1});
    }
    for (std::int64_t i = 0; i < n; ++i) c[i * stride] = element::convert<C>(sums[i]);
  }
  template <class C>
  void finish(const C* c, Sum* sums, std::int64_t n) const {
    const auto each = [&](auto&& value) {
      for (std::int64_t i = 0; i < n; ++i) sums[i] = value(i);
    };
    if (step_.a.conjugated) each([&](std::int64_t i) { return element::conjugate(sums[i]); });
    if (scales_) each([&](std::int64_t i) { return element::scaled(alpha_, sums[i]); });
    if (step_.beta.is(0)) return;
    Sum old[kColumns];
    for (std::int64_t i = 0; i < n; ++i) old[i] = element::convert<Sum>(c[i * roles_.result.c]);
    if (scales_)
      each([&](std::int64_t i) { return element::add(sums[i], element::scaled(beta_, old[i])); });
    else
      loops_.join(sums, old, n);
  }

  const ReduceStep& step_;
  const SumRoles& roles_;
  const SumLoops<T>& loops_;
  bool in_vectors_;
  Store store_;
  Sum alpha_, beta_;
  bool scales_, is_plain_;
};

template <class T>
void add_up_as(const ReduceStep& step) {
  const SumRoles roles(step.loops);
  if constexpr (std::is_floating_point_v<accumulator<T>>)
    if (roles.is_adjacent() && step.c.dtype == step.a.dtype)
      return Reducer<T>(step, roles, std::get<SumLoops<T>>(vector_sums(step.semiring)), true).run();
  if (const SumLoops<T>* loops = plain_loops<T>(step.semiring)) return Reducer<T>(step, roles, *loops, false).run();
  reference::reduce(step);  // says what is wrong
}

}  // namespace

void add_up(const ReduceStep& step) {
  visit_dtype(step.a.dtype, []<class T>(Tag<T>) { return add_up_as<T>; })(step);
}

}  // namespace ricci::cpu
