#include "ricci/backend/cpu/gemv.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/blocking.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kChunk = 1024;       // results kept at once while the matrix streams past
constexpr std::int64_t kShortestRun = 16;   // adjacent elements of the matrix that are worth a call
constexpr std::int64_t kTaskWork = 131072;  // multiplications

// The step with the matrix as operand a and the vector as b; of c the axes `left` remain.
ContractStep with_matrix_first(ContractStep step) {
  if (!step.loops.right.empty()) {
    std::swap(step.a, step.b);
    std::swap(step.loops.left, step.loops.right);
    for (Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.contracted}) swap_operands(*axes);
  }
  return step;
}

// Largest strides of the matrix first; those of 0, which read the same again, before them.
void sort_by_matrix(Axes& axes) {
  const auto stride = [](const Axis& axis) { return axis.a == 0 ? INT64_MAX : std::abs(axis.a); };
  std::stable_sort(axes.begin(), axes.end(), [&](const Axis& x, const Axis& y) { return stride(x) > stride(y); });
}

bool chains(const Axis& outer, const Axis& inner) {
  return outer.b == inner.b * inner.extent && outer.c == inner.c * inner.extent;
}

// Takes the innermost axes off that are adjacent in the matrix, as far as `most` elements.
Axes take_run(Axes& axes, std::int64_t most) {
  Axes run;
  for (std::int64_t length = 1; !axes.empty() && axes.back().a == length && length * axes.back().extent <= most;
       axes.pop_back()) {
    length *= axes.back().extent;
    if (!run.empty() && chains(axes.back(), run[0]))
      run[0].extent *= axes.back().extent;
    else
      run.insert(run.begin(), axes.back());
  }
  return run;
}

// A matrix's loops in the order of its memory: `run` is adjacent in it.
struct Order {
  Axes run, left, contracted;
  bool along_terms = false;  // the run is of contracted axes
};

// Nothing for a matrix of which too few elements are adjacent.
std::optional<Order> order_of(const Loops& loops) {
  Order order{{}, loops.left, loops.contracted};
  sort_by_matrix(order.left);
  sort_by_matrix(order.contracted);
  order.along_terms = !order.contracted.empty() && order.contracted.back().a == 1;
  if (order.along_terms) {
    const Axis& last = order.contracted.back();
    // Of the vector it is read where it lies or, when shorter, gathered first.
    order.run = take_run(order.contracted, last.b == 1 ? std::max(kChunk, last.extent) : kChunk);
  } else {
    order.run = take_run(order.left, INT64_MAX);
  }
  if (order.run.empty()) return {};
  const bool whole = order.along_terms && order.contracted.empty();
  return whole || extent_of(order.run) >= kShortestRun ? std::optional(order) : std::nullopt;
}

template <class T>
struct Vectors {
  const T *a, *b;
  T *c, alpha, beta;
  bool reads;

  void write(std::int64_t at, T sum) const {
    sum *= alpha;
    c[at] = reads ? sum + beta * c[at] : sum;
  }
};

// Results that one task keeps: of the innermost left axes, the first of them perhaps in parts.
struct Share {
  Axes whole;  // walked by the task
  Axis cut;    // of it `part` positions at a time
  std::int64_t part = 1;

  Share(Axes& left, std::int64_t most) {
    std::int64_t results = 1;
    while (!left.empty() && results * left.back().extent <= most) {
      results *= left.back().extent;
      whole.insert(whole.begin(), left.back());
      left.pop_back();
    }
    if (left.empty()) return;
    cut = left.back();
    left.pop_back();
    part = std::max<std::int64_t>(1, most / results);
  }
};

// The run is of terms: dot products, added to the sums of the task's results as the matrix has them.
template <class T>
void multiply_rows(const Loops& loops, Order order, const Vectors<T>& v, bool parallel) {
  const std::int64_t length = extent_of(order.run), terms = extent_of(loops.contracted);
  const bool gathers = order.run.size() > 1 || order.run[0].b != 1;
  std::int64_t offsets[kChunk];
  if (gathers) fill_offsets(order.run, &Axis::b, 0, length, offsets);
  const Share share(order.left, std::clamp<std::int64_t>(kTaskWork / terms, 1, kChunk));
  const std::int64_t parts = ceil_div(share.cut.extent, share.part);
  walk(loops.batch, {}, [&](Offsets batch) {
    each(extent_of(order.left) * parts, parallel, [&](std::int64_t task) {
      const Offsets outer = offsets_at(order.left, task / parts);
      const std::int64_t first = task % parts * share.part;
      Axes left = share.whole;
      left.insert(left.begin(), share.cut);
      left[0].extent = std::min(share.part, share.cut.extent - first);
      Offsets base{batch.a + outer.a + first * share.cut.a, batch.b, batch.c + outer.c + first * share.cut.c};
      // The task's results as they are kept, and where they go.
      Axes results = left, all = order.contracted;
      std::int64_t kept = 1;
      for (std::size_t i = left.size(); i-- > 0; kept *= left[i].extent) {
        results[i].a = left[i].c = kept;
        left[i].b = 0;
      }
      all.append(left.begin(), left.end());
      sort_by_matrix(all);
      T sums[kChunk], held[kChunk];
      std::fill(sums, sums + kept, T(0));
      std::int64_t held_from = -1;
      walk(all, {base.a, base.b, 0}, [&](Offsets o) {
        if (gathers && o.b != held_from) {
          for (std::int64_t i = 0; i < length; ++i) held[i] = v.b[o.b + offsets[i]];
          held_from = o.b;
        }
        sums[o.c] += vector_loops<T>().dot(v.a + o.a, gathers ? held : v.b + o.b, length);
      });
      walk(results, {0, 0, base.c}, [&](Offsets o) { v.write(o.c, sums[o.a]); });
    });
  });
}

// The run is of results: multiples of the matrix's pieces are added up.
template <class T>
void multiply_columns(const Loops& loops, const Order& order, const Vectors<T>& v, bool parallel) {
  const std::int64_t length = extent_of(order.run), terms = extent_of(loops.contracted);
  const std::int64_t chunks = ceil_div(length, kChunk), chunk = ceil_div(length, chunks);
  const std::int64_t count = extent_of(order.left) * chunks;
  const std::int64_t group = std::clamp<std::int64_t>(kTaskWork / std::max<std::int64_t>(1, chunk * terms), 1, count);
  const auto one = [&](Offsets batch, std::int64_t item) {
    const Offsets outer = offsets_at(order.left, item / chunks);
    const std::int64_t first = item % chunks * chunk, n = std::min(chunk, length - first);
    T sums[kChunk], factors[4];
    const T* columns[4];
    std::fill(sums, sums + n, T(0));
    std::size_t held = 0;
    walk(order.contracted, {batch.a + outer.a + first, batch.b, 0}, [&](Offsets o) {
      columns[held] = v.a + o.a;
      factors[held] = v.b[o.b];
      if (++held < 4) return;
      vector_loops<T>().add_four(sums, columns, factors, n);
      held = 0;
    });
    for (std::size_t k = 0; k < held; ++k)
      for (std::int64_t i = 0; i < n; ++i) sums[i] += columns[k][i] * factors[k];
    std::int64_t offsets[kChunk];
    fill_offsets(order.run, &Axis::c, first, n, offsets);
    for (std::int64_t i = 0; i < n; ++i) v.write(batch.c + outer.c + offsets[i], sums[i]);
  };
  walk(loops.batch, {}, [&](Offsets batch) {
    each(ceil_div(count, group), parallel, [&](std::int64_t task) {
      for (std::int64_t item = task * group; item < std::min(count, (task + 1) * group); ++item) one(batch, item);
    });
  });
}

template <class T>
void run(const ContractStep& step) {
  const Vectors<T> v{static_cast<const T*>(step.a.data), static_cast<const T*>(step.b.data),
                     static_cast<T*>(step.c.data),       element::from_scalar<T>(step.alpha),
                     element::from_scalar<T>(step.beta), !step.beta.is(0)};
  const Loops& loops = step.loops;
  const bool parallel =
      static_cast<double>(extent_of(loops.left)) * static_cast<double>(extent_of(loops.contracted)) > kParallelWork / 4;
  const Order order = *order_of(loops);
  if (order.along_terms)
    multiply_rows(loops, order, v, parallel);
  else
    multiply_columns(loops, order, v, parallel);
}

}  // namespace

bool is_gemv(const ContractStep& original) {
  const DType dtype = original.a.dtype;
  if ((dtype != DType::f32 && dtype != DType::f64) || original.b.dtype != dtype || original.c.dtype != dtype)
    return false;
  if (original.semiring != Semiring::sum_product) return false;
  if (!original.loops.left.empty() && !original.loops.right.empty()) return false;
  const ContractStep step = with_matrix_first(original);
  const Loops& loops = step.loops;
  const std::int64_t results = extent_of(loops.left), terms = extent_of(loops.contracted);
  // Batches of small ones run better where they are spread over threads.
  if (terms < 1 || results * terms < 4096) return false;
  return order_of(loops).has_value();
}

void gemv(const ContractStep& step) {
  if (step.a.dtype == DType::f32)
    run<float>(with_matrix_first(step));
  else
    run<double>(with_matrix_first(step));
}

}  // namespace ricci::cpu
