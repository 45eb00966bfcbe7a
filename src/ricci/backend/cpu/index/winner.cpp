#include "ricci/backend/cpu/index/winner.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/fold_axes.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kResults = 64;     // of one run: four vectors of AVX-512 floats
constexpr std::int64_t kTerms = 1 << 18;  // of one task
constexpr std::int64_t kNoPosition = -1;

// The same axes in fewer; their order, which decides ties, stays.
Axes folded(const Axes& axes) {
  Axes out;
  std::copy_if(axes.begin(), axes.end(), std::back_inserter(out), [](const Axis& axis) { return axis.extent != 1; });
  fold_neighbours(out);
  return out;
}

bool steps_by_one_or_none(const Axis& axis) {
  return (axis.a == 0 || axis.a == 1) && (axis.b == 0 || axis.b == 1) && axis.a + axis.b > 0;
}

template <class T>
class WinnerScan {
 public:
  explicit WinnerScan(const WinnerStep& step)
      : step_(step),
        rows_(step.kept),
        outer_(folded(step.contracted)),
        loop_(std::get<WinnerLoop<T>>(winner_loops(step.semiring))) {
    fold(rows_);
    if (!outer_.empty()) {
      inner_ = outer_.back();
      outer_.pop_back();
    }
  }

  // Whether the results are adjacent along an axis, in runs worth a vector.
  bool find_lanes() {
    std::size_t widest = rows_.size();
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (steps_by_one_or_none(rows_[i]) && (widest == rows_.size() || rows_[i].extent > rows_[widest].extent))
        widest = i;
    if (widest == rows_.size() || rows_[widest].extent < 4) return false;
    lanes_ = rows_[widest];
    rows_.erase(rows_.begin() + widest);
    return extent_of(outer_) * inner_.extent <= std::numeric_limits<Position<T>>::max();
  }

  void run() const {
    const std::int64_t rows = extent_of(rows_), terms = extent_of(outer_) * inner_.extent;
    const std::int64_t runs = ceil_div(lanes_.extent, kResults);
    const std::int64_t piece = std::clamp<std::int64_t>(kTerms / (kResults * terms), 1, rows),
                       pieces = ceil_div(rows, piece);
    // All rows of a task read the same columns of b, which stay in the caches.
    each(runs * pieces, terms * rows * lanes_.extent > kTerms, [&](std::int64_t task) {
      const std::int64_t first = task / pieces * kResults, row = task % pieces * piece;
      for (std::int64_t i = row; i < std::min(rows, row + piece); ++i)
        run_results(offsets_at(rows_, i), first, std::min(kResults, lanes_.extent - first));
    });
  }

 private:
  void run_results(Offsets at, std::int64_t first, std::int64_t n) const {
    at.a += first * lanes_.a, at.b += first * lanes_.b, at.c += first * lanes_.c;
    T y[kResults];
    Position<T> found[kResults];
    const T* known = static_cast<const T*>(step_.y) + at.c;
    for (std::int64_t i = 0; i < n; ++i) y[i] = known[i * lanes_.c], found[i] = kNoPosition;
    scan(at, y, n, found);
    for (std::int64_t i = 0; i < n; ++i) {
      if (found[i] == kNoPosition) found[i] = first_nan(at.a + i * lanes_.a, at.b + i * lanes_.b, y[i]);
      step_.at[at.c + i * lanes_.c] = found[i];
    }
  }

  // Backwards, so that of equal terms the first is written last.
  void scan(Offsets at, const T* y, std::int64_t n, Position<T>* found) const {
    WinnerRun<T> run{.count = inner_.extent, .y = y, .n = n};
    const bool swaps = lanes_.b == 0;
    for (std::int64_t o = extent_of(outer_); o-- > 0;) {
      const Offsets from = offsets_at(outer_, o);
      run.a = static_cast<const T*>(step_.a) + at.a + from.a, run.a_step = inner_.a;
      run.b = static_cast<const T*>(step_.b) + at.b + from.b, run.b_step = inner_.b;
      if (swaps) std::swap(run.a, run.b), std::swap(run.a_step, run.b_step);
      run.a_adjacent = !swaps && lanes_.a == 1;
      run.first = static_cast<Position<T>>(o * inner_.extent);
      loop_(run, found);
    }
  }

  Position<T> first_nan(std::int64_t a, std::int64_t b, T y) const {
    std::int64_t at = 0;
    const Axes result{{1, 0, 0, 0}};
    WinnerStep one = step_;
    one.kept = result;
    one.a = static_cast<const T*>(step_.a) + a;
    one.b = static_cast<const T*>(step_.b) + b;
    one.y = &y;
    one.at = &at;
    reference::winner(one);
    return static_cast<Position<T>>(at);
  }

  const WinnerStep& step_;
  Axes rows_, outer_;
  Axis lanes_, inner_;
  WinnerLoop<T> loop_;
};

// The naive loop, its outermost kept axis cut into pieces that run at once.
void run_naive(const WinnerStep& step) {
  if (step.kept.empty()) return reference::winner(step);
  const Axis axis = step.kept.front();
  const bool parallel = extent_of(step.kept) * extent_of(step.contracted) > kTerms;
  each_piece(axis.extent, 64, parallel, [&](std::int64_t first, std::int64_t count) {
    WinnerStep part = step;
    part.kept.front().extent = count;
    part.a = moved(step.a, step.dtype, first * axis.a);
    part.b = moved(step.b, step.dtype, first * axis.b);
    part.y = moved(step.y, accumulator_of(step.dtype), first * axis.c);
    part.at = step.at + first * axis.c;
    reference::winner(part);
  });
}

template <class T>
bool run_vectors(const WinnerStep& step) {
  WinnerScan<T> winner(step);
  if (!winner.find_lanes()) return false;
  winner.run();
  return true;
}

}  // namespace

void winner(const WinnerStep& step) {
  if (extent_of(step.kept) == 0) return;
  if (step.dtype == DType::f32 && run_vectors<float>(step)) return;
  if (step.dtype == DType::f64 && run_vectors<double>(step)) return;
  run_naive(step);
}

}  // namespace ricci::cpu
