#include "ricci/backend/cpu/reduce/sums.h"

#include <cstdlib>
#include <optional>

#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kRows = 128;      // results whose partial sums are kept at once
constexpr std::int64_t kColumns = 1024;  // the same where results are adjacent
constexpr std::int64_t kRun = 4096;      // elements added before sums are added to sums
constexpr std::int64_t kTask = 65536;    // elements of one task

std::optional<Fold> fold_of(Semiring semiring) {
  switch (semiring) {
    case Semiring::sum_product: return Fold::sum;
    case Semiring::max_plus:
    case Semiring::max_product: return Fold::maximum;
    case Semiring::min_plus: return Fold::minimum;
    default: return {};
  }
}

/// Sums of some results, their parts added pairwise: the error grows with the logarithm of their number.
template <class T>
class PairwiseRows {
 public:
  PairwiseRows(Fold fold, std::int64_t rows) : loops_(fold_loops<T>(fold)), rows_(rows) {}

  T* next() { return part_; }  // to be filled, then added
  void add() {
    std::size_t level = 0;
    for (std::int64_t n = count_++; n & 1; n >>= 1, ++level) loops_.columns(part_, levels_[level], 1, 0, rows_);
    std::copy(part_, part_ + rows_, levels_[level]);
  }
  const T* total() {
    bool any = false;
    for (std::size_t level = 0; level < kLevels; ++level) {
      if (!(count_ >> level & 1)) continue;
      if (any)
        loops_.columns(part_, levels_[level], 1, 0, rows_);
      else
        std::copy(levels_[level], levels_[level] + rows_, part_);
      any = true;
    }
    return part_;
  }

 private:
  static constexpr std::size_t kLevels = 48;
  const FoldLoops<T>& loops_;
  std::int64_t rows_, count_ = 0;
  T part_[kRows], levels_[kLevels][kRows];
};

template <class T>
struct Folding {
  using Sum = accumulator<T>;
  const ReduceStep& step;
  Fold fold;
  const FoldLoops<T>& loops;
  Axes outer, kept;  // contracted and left without the two axes that the loops run along
  Axis term, along;
  Sum alpha, beta;

  Folding(const ReduceStep& step_, Fold fold_)
      : step(step_),
        fold(fold_),
        loops(fold_loops<T>(fold_)),
        outer(step_.loops.contracted),
        kept(step_.loops.left),
        alpha(element::from_scalar<Sum>(step_.alpha)),
        beta(element::from_scalar<Sum>(step_.beta)) {
    term = outer.back();
    outer.pop_back();
    std::size_t least = 0;
    for (std::size_t i = 1; i < kept.size(); ++i)
      if (kept[i].a != 0 && (kept[least].a == 0 || std::abs(kept[i].a) < std::abs(kept[least].a))) least = i;
    if (kept.empty()) return;
    along = kept[least];
    kept.erase(kept.begin() + least);
  }

  const T* operand() const { return static_cast<const T*>(step.a.data); }

  void write(std::int64_t at, const Sum* sums, std::int64_t n) const {
    T* c = static_cast<T*>(step.c.data) + at;
    const bool reads = !step.beta.is(0), scales = fold == Fold::sum && !step.alpha.is(1);
    if (!reads && !scales && along.c == 1) {
      if constexpr (is_half_type<T>)
        vector_copy(dtype_of<Sum>(), dtype_of<T>())({n, {sums}, {1}, c, 1});
      else
        std::copy(sums, sums + n, c);
      return;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      T& to = c[i * along.c];
      Sum sum = scales ? alpha * sums[i] : sums[i];
      if (reads && fold == Fold::sum) sum += beta * element::convert<Sum>(to);
      if (reads && fold != Fold::sum) loops.columns(&sum, &to, 1, 0, 1);
      to = element::convert<T>(sum);
    }
  }

  // f(base, first, count) for pieces of `along` of at most `most` everywhere in `kept`, in tasks.
  template <class F>
  void each_piece(std::int64_t most, F&& f) const {
    const std::int64_t terms = extent_of(step.loops.contracted);
    const std::int64_t piece = std::min(most, along.extent), pieces = ceil_div(along.extent, piece);
    const std::int64_t all = pieces * extent_of(kept), group = std::max<std::int64_t>(1, kTask / (piece * terms));
    each(ceil_div(all, group), true, [&](std::int64_t task) {
      for (std::int64_t i = task * group; i < std::min(all, (task + 1) * group); ++i) {
        const std::int64_t first = i % pieces * piece;
        Offsets at = offsets_at(kept, i / pieces);
        at.a += first * along.a, at.c += first * along.c;
        f(at, std::min(piece, along.extent - first));
      }
    });
  }

  // Adjacent terms: a row of them for each result.
  void run_rows() const {
    each_piece(kRows, [&](Offsets at, std::int64_t count) {
      if (outer.empty() && term.extent <= kRun) {
        Sum sums[kRows];
        loops.rows(sums, operand() + at.a, count, along.a, term.extent);
        return write(at.c, sums, count);
      }
      PairwiseRows<Sum> sums(fold, count);
      walk(outer, at, [&](Offsets o) {
        for (std::int64_t first = 0; first < term.extent; first += kRun) {
          loops.rows(sums.next(), operand() + o.a + first, count, along.a, std::min(kRun, term.extent - first));
          sums.add();
        }
      });
      write(at.c, sums.total(), count);
    });
  }

  // Adjacent results: a row of terms for all of them.
  void run_columns() const {
    each_piece(kColumns, [&](Offsets at, std::int64_t count) {
      Sum sums[kColumns];
      bool first = true;
      walk(outer, at, [&](Offsets o) {
        const T* x = operand() + o.a;
        if (first) loops.begin(sums, x, count);
        loops.columns(sums, x + (first ? term.a : 0), term.extent - first, term.a, count);
        first = false;
      });
      write(at.c, sums, count);
    });
  }

  bool run() const {
    if (term.a == 1)
      run_rows();
    else if (along.a == 1 && along.extent > 1)
      run_columns();
    else
      return false;
    return true;
  }
};

}  // namespace

bool run_fold(const ReduceStep& step) {
  const std::optional<Fold> fold = fold_of(step.semiring);
  if (!fold || step.c.dtype != step.a.dtype || step.loops.contracted.empty()) return false;
  switch (step.a.dtype) {
    case DType::f16: return Folding<float16>(step, *fold).run();
    case DType::bf16: return Folding<bfloat16>(step, *fold).run();
    case DType::f32: return Folding<float>(step, *fold).run();
    case DType::f64: return Folding<double>(step, *fold).run();
    default: return false;
  }
}

}  // namespace ricci::cpu
