#include "ricci/backend/cpu/contract/matvec/matvec.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <type_traits>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/processor.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/fold_axes.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kChunk = 1024;       // results kept at once while the matrix streams past
constexpr std::int64_t kVectors = 8;        // times one matrix; more are worth packing it ...
constexpr std::int64_t kFewVectors = 4;     // ... and fewer where its elements are multiplied one by one
constexpr std::int64_t kHeld = 4096;        // terms of all vectors kept at once
constexpr std::int64_t kLeastWork = 4096;   // elements of the matrix ...
constexpr std::int64_t kFewWork = 65536;    // ... times several vectors, where a product without packing is the rival
constexpr std::int64_t kGatheredRows = 64;  // of a task that first gathers the vector
constexpr std::int64_t kShortestRun = 16;   // adjacent elements of the matrix that are worth a call
constexpr std::int64_t kFewestTerms = 4;    // of a sum, for each of several vectors and each other one of them
constexpr std::int64_t kShortestDot = 32;   // bytes of terms, for each of several vectors and each other one of them
constexpr std::int64_t kTaskWork = 131072;  // multiplications

// Largest strides of the matrix first; those of 0, which read the same again, before them.
void sort_by_matrix(Axes& axes) {
  const auto stride = [](const Axis& axis) { return axis.a == 0 ? INT64_MAX : std::abs(axis.a); };
  std::stable_sort(axes.begin(), axes.end(), [&](const Axis& x, const Axis& y) { return stride(x) > stride(y); });
}

// Takes the innermost axes off that are adjacent in the matrix.
Axes take_run(Axes& axes) {
  Axes run;
  for (std::int64_t length = 1; !axes.empty() && axes.back().a == length; axes.pop_back()) {
    length *= axes.back().extent;
    run.insert(run.begin(), axes.back());
  }
  fold_neighbours(run);
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
  order.run = take_run(order.along_terms ? order.contracted : order.left);
  if (order.run.empty()) return {};
  const bool whole = order.along_terms && order.contracted.empty();
  return whole || extent_of(order.run) >= kShortestRun ? std::optional(order) : std::nullopt;
}

// A matrix and a few vectors, `count` of them, with where each and its results begin.
template <class K>
struct Vectors {
  using Sum = accumulator<K>;
  const VectorLoops<K>& loops;
  const K *a, *b;
  K* c;
  Sum alpha, beta;
  bool reads, scales;                  // beta is not 0; the semiring has alpha and beta
  bool conjugates_a, conjugates_both;  // the matrix; the matrix or the vectors, not both
  std::int64_t count = 1;
  std::int64_t from[kVectors] = {}, to[kVectors] = {};

  // The conjugate of the matrix times y is that of the matrix times the conjugate of y.
  Sum factor(std::int64_t at) const {
    const Sum value = element::convert<Sum>(b[at]);
    return conjugates_both ? element::conjugate(value) : value;
  }
  void write(std::int64_t at, Sum sum) const {
    if (conjugates_a) sum = element::conjugate(sum);
    if (scales && alpha != Sum(1)) sum = element::scaled(alpha, sum);
    if (reads) {
      const Sum old = element::convert<Sum>(c[at]);
      sum = scales ? element::add(sum, element::scaled(beta, old)) : loops.add(old, sum);
    }
    c[at] = element::convert<K>(sum);
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

// Dot products of rows with every vector, several rows at once.
template <class K>
class Dots {
 public:
  using Sum = accumulator<K>;
  /// The products with a piece of `n` terms of each vector, which fill_vectors() gives.
  Dots(const Vectors<K>& v, std::int64_t n) : v_(v), n_(n) {}
  ~Dots() { flush(); }
  Dots(const Dots&) = delete;
  Dots& operator=(const Dots&) = delete;

  void set_vectors(const Sum* first, const std::int64_t* offsets) {
    flush();
    for (std::int64_t k = 0; k < v_.count; ++k) y_[k] = first + offsets[k];
  }
  void add(Sum* sums, const K* x) {
    sums_[rows_] = sums, x_[rows_] = x;
    if (++rows_ == kDotRows || v_.count == 1) flush();
  }

 private:
  void flush() {
    if (rows_ == kDotRows)
      v_.loops.dots(sums_, x_, y_, static_cast<int>(v_.count), n_);
    else
      for (int r = 0; r < rows_; ++r)
        for (std::int64_t k = 0; k < v_.count; ++k) sums_[r][k] = v_.loops.dot(sums_[r][k], x_[r], y_[k], n_);
    rows_ = 0;
  }

  const Vectors<K>& v_;
  std::int64_t n_;
  int rows_ = 0;
  Sum* sums_[kDotRows];
  const K* x_[kDotRows];
  const Sum* y_[kVectors];
};

// n terms of every vector side by side as they are multiplied: at `offsets`, or from `start` on where there are none.
template <class K>
void hold(const Vectors<K>& v, std::int64_t base, const std::int64_t* offsets, std::int64_t start, std::int64_t n,
          accumulator<K>* held) {
  if constexpr (is_half_type<K>)
    if (!offsets) {
      const RowLoop widen = vector_copy(dtype_of<K>(), DType::f32);
      for (std::int64_t k = 0; k < v.count; ++k) widen({n, {v.b + base + v.from[k] + start}, {1}, held + k * n, 1});
      return;
    }
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t at = base + (offsets ? offsets[i] : start + i);
    for (std::int64_t k = 0; k < v.count; ++k) held[k * n + i] = v.factor(at + v.from[k]);
  }
}

// The run is of terms: dot products, added to the sums of the task's results as the matrix has them.
template <class K>
void multiply_rows(const Loops& loops, Order order, const Vectors<K>& v, bool parallel) {
  const std::int64_t length = extent_of(order.run), terms = extent_of(loops.contracted);
  using Sum = accumulator<K>;
  const bool adjacent = order.run.size() == 1 && order.run[0].b == 1;
  const bool gathers = !adjacent || v.conjugates_both || is_half_type<K>;
  // A piece of every vector stays near while all rows of a task go past it.
  const std::int64_t piece = gathers || v.count > 1 ? std::min({kChunk, kHeld / v.count, length}) : length;
  const std::int64_t fewest = gathers ? kGatheredRows : 1, most = kChunk / v.count;
  const Share share(order.left, std::clamp<std::int64_t>(kTaskWork / terms, fewest, most));
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
      std::int64_t kept = v.count;
      for (std::size_t i = left.size(); i-- > 0; kept *= left[i].extent) {
        results[i].a = left[i].c = kept;
        left[i].b = 0;
      }
      all.append(left.begin(), left.end());
      sort_by_matrix(all);
      Sum sums[kChunk], held[kHeld];
      std::int64_t offsets[kChunk], held_at[kVectors];
      std::fill(sums, sums + kept, v.loops.zero());
      for (std::int64_t start = 0; start < length; start += piece) {
        const std::int64_t n = std::min(piece, length - start);
        for (std::int64_t k = 0; k < v.count; ++k) held_at[k] = k * n;
        if (!adjacent) fill_offsets(order.run, &Axis::b, start, n, offsets);
        Dots<K> dots(v, n);
        std::optional<std::int64_t> from;
        walk(all, {base.a + start, base.b, 0}, [&](Offsets o) {
          if (from != o.b) {
            from = o.b;
            if (gathers) {
              dots.set_vectors(held, held_at);
              hold(v, o.b, adjacent ? nullptr : offsets, start, n, held);
            } else if constexpr (std::is_same_v<K, Sum>) {
              dots.set_vectors(v.b + o.b + start, v.from);
            }
          }
          dots.add(sums + o.c, v.a + o.a);
        });
      }
      walk(results, {0, 0, base.c}, [&](Offsets o) {
        for (std::int64_t k = 0; k < v.count; ++k) v.write(o.c + v.to[k], sums[o.a + k]);
      });
    });
  });
}

// The run is of results: multiples of the matrix's pieces are added up.
template <class K>
void multiply_columns(const Loops& loops, const Order& order, const Vectors<K>& v, bool parallel) {
  const std::int64_t length = extent_of(order.run), terms = extent_of(loops.contracted);
  const std::int64_t chunks = ceil_div(length, kChunk / v.count), chunk = ceil_div(length, chunks);
  const std::int64_t count = extent_of(order.left) * chunks;
  const std::int64_t group = std::clamp<std::int64_t>(kTaskWork / std::max<std::int64_t>(1, chunk * terms), 1, count);
  const auto one = [&](Offsets batch, std::int64_t item) {
    const Offsets outer = offsets_at(order.left, item / chunks);
    const std::int64_t first = item % chunks * chunk, n = std::min(chunk, length - first);
    accumulator<K> sums[kChunk], factors[kVectors][4];
    const K* columns[4];
    std::fill(sums, sums + v.count * n, v.loops.zero());
    int held = 0;
    const auto add = [&] {
      for (std::int64_t k = 0; k < v.count; ++k) v.loops.add_columns(sums + k * n, columns, factors[k], held, n);
      held = 0;
    };
    walk(order.contracted, {batch.a + outer.a + first, batch.b, 0}, [&](Offsets o) {
      columns[held] = v.a + o.a;
      for (std::int64_t k = 0; k < v.count; ++k) factors[k][held] = v.factor(o.b + v.from[k]);
      if (++held == 4) add();
    });
    if (held > 0) add();
    std::int64_t offsets[kChunk];
    fill_offsets(order.run, &Axis::c, first, n, offsets);
    for (std::int64_t k = 0; k < v.count; ++k)
      for (std::int64_t i = 0; i < n; ++i) v.write(batch.c + outer.c + offsets[i] + v.to[k], sums[k * n + i]);
  };
  walk(loops.batch, {},
       [&](Offsets batch) { each_in_groups(count, group, parallel, [&](std::int64_t item) { one(batch, item); }); });
}

// alpha and beta as integers of K's size have them.
template <class K>
K factor_of(const Scalar& scalar) {
  if constexpr (std::is_integral_v<K>)
    return static_cast<K>(element::from_scalar<std::make_signed_t<K>>(scalar));
  else
    return element::from_scalar<K>(scalar);
}

template <class K>
class Gemv final : public HostKernel {
 public:
  /// Of a step whose operand a is the matrix.
  Gemv(const ContractStep& step, const Order& order, bool swaps)
      : HostKernel(swaps),
        loops_(step.loops),
        order_(order),
        vectors_{vector_loops<K>(step.semiring),
                 nullptr,
                 nullptr,
                 nullptr,
                 factor_of<accumulator<K>>(step.alpha),
                 factor_of<accumulator<K>>(step.beta),
                 !step.beta.is(0),
                 is_linear(step.semiring),
                 step.a.conjugated,
                 step.a.conjugated != step.b.conjugated} {
    vectors_.count = extent_of(loops_.right);
    fill_offsets(loops_.right, &Axis::b, 0, vectors_.count, vectors_.from);
    fill_offsets(loops_.right, &Axis::c, 0, vectors_.count, vectors_.to);
  }
  std::string name() const override { return "matrix-vector " + instruction_set(); }

 private:
  void multiply(WorkingMemory, const void* a, const void* b, void* c) const override {
    Vectors<K> v = vectors_;
    v.a = static_cast<const K*>(a), v.b = static_cast<const K*>(b), v.c = static_cast<K*>(c);
    const double work = static_cast<double>(extent_of(loops_.left)) * static_cast<double>(extent_of(loops_.contracted));
    const bool parallel = work > kParallelWork / 4;
    if (order_.along_terms)
      multiply_rows(loops_, order_, v, parallel);
    else
      multiply_columns(loops_, order_, v, parallel);
  }

  Loops loops_;
  Order order_;
  Vectors<K> vectors_;  // of no data yet
};

// f(Tag<K>) of the type that the matrix's elements are read as; false for dtypes without loops.
template <class F>
bool visit_matrix(DType dtype, F&& f) {
  if (dtype == DType::f16) return f(Tag<float16>{}), true;
  if (dtype == DType::bf16) return f(Tag<bfloat16>{}), true;
  return visit_summed(dtype, f);
}

bool has_loops(const ContractStep& step) {
  return has_vector_semiring(step) && visit_matrix(step.a.dtype, [](auto) {});
}

// Several vectors whose sums have few terms, whose dot products with adjacent terms are short, or that fill much of a
// register side by side: the matrix's elements are better broadcast.
bool suits_broadcasts(const ContractStep& step, const Order& order) {
  if (!has_product_kernels(step)) return false;
  const Axes& right = step.loops.right;
  const auto size = static_cast<std::int64_t>(size_of(step.a.dtype));
  const std::int64_t vectors = extent_of(right), run = extent_of(order.run);
  if (!order.along_terms) return vectors > 1 && extent_of(step.loops.contracted) < vectors * vectors * kFewestTerms;
  if (vectors > 1 && run * size < vectors * vectors * kShortestDot) return true;
  return size >= 8 && right.size() == 1 && right[0].b == 1 && right[0].c == 1;
}

// How the matrix's elements are read; nothing where other kernels suit the step better.
std::optional<Order> plan_matvec(const ContractStep& step) {
  const Loops& loops = step.loops;
  const std::int64_t results = extent_of(loops.left), terms = extent_of(loops.contracted);
  const std::int64_t vectors = extent_of(loops.right);
  if (vectors < 1 || vectors > kVectors || terms < 1) return {};
  // Batches of small ones run better where they are spread over threads.
  const std::int64_t least = vectors > 1 && has_product_kernels(step) ? kFewWork : kLeastWork;
  if (results * terms < least) return {};
  const std::optional<Order> order = order_of(loops);
  const bool many = is_half(step.a.dtype) || has_product_kernels(step);
  if (!order || (vectors > kFewVectors && !(order->along_terms && many))) return {};
  return suits_broadcasts(step, *order) ? std::nullopt : order;
}

}  // namespace

const HostKernel* make_matvec(const ContractStep& step, KernelSlot& slot) {
  if (!has_loops(step)) return nullptr;
  const bool swaps = extent_of(step.loops.right) > extent_of(step.loops.left);
  if (swaps ? extent_of(step.loops.left) > kVectors : extent_of(step.loops.right) > kVectors) return nullptr;
  const ContractStep matrix_first = swaps ? swapped(step) : step;
  const std::optional<Order> order = plan_matvec(matrix_first);
  if (!order) return nullptr;
  const HostKernel* made = nullptr;
  visit_matrix(step.a.dtype, [&]<class K>(Tag<K>) { made = slot.make<Gemv<K>>(matrix_first, *order, swaps); });
  return made;
}

}  // namespace ricci::cpu
