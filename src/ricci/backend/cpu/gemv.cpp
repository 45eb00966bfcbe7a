#include "ricci/backend/cpu/gemv.h"

#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kChunk = 1024;  // results kept at once while the matrix streams past

// The step with the matrix as operand a and the vector as b; of c the axes `left` remain.
ContractStep with_matrix_first(ContractStep step) {
  if (!step.loops.right.empty()) {
    std::swap(step.a, step.b);
    std::swap(step.loops.left, step.loops.right);
    for (Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.contracted})
      for (Axis& axis : *axes) std::swap(axis.a, axis.b);
  }
  return step;
}

// Terms adjacent in both operands: a dot product for each result.
bool has_rows(const Loops& loops) {
  return loops.contracted.size() == 1 && loops.contracted[0].a == 1 && loops.contracted[0].b == 1;
}

// Results adjacent in the matrix: multiples of its columns are added up.
bool has_columns(const Loops& loops) { return loops.left.size() == 1 && loops.left[0].a == 1; }

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

template <class T>
void multiply_rows(const Loops& loops, const Vectors<T>& v, bool parallel) {
  const std::int64_t n = loops.contracted[0].extent, results = extent_of(loops.left);
  const Axis along = loops.left.empty() ? Axis{} : loops.left.back();
  Axes outer = loops.left;
  if (!outer.empty()) outer.pop_back();
  const std::int64_t piece = std::clamp<std::int64_t>(131072 / n, 1, along.extent);
  const std::int64_t pieces = ceil_div(along.extent, piece);
  walk(loops.batch, {}, [&](Offsets batch) {
    walk(outer, batch, [&](Offsets base) {
      each(pieces, parallel && results > 1, [&](std::int64_t task) {
        for (std::int64_t i = task * piece; i < std::min(along.extent, (task + 1) * piece); ++i)
          v.write(base.c + i * along.c, vector_loops<T>().dot(v.a + base.a + i * along.a, v.b + base.b, n));
      });
    });
  });
}

template <class T>
void multiply_columns(const Loops& loops, const Vectors<T>& v, bool parallel) {
  const Axis along = loops.left[0];
  const std::int64_t chunks = ceil_div(along.extent, kChunk), chunk = ceil_div(along.extent, chunks);
  walk(loops.batch, {}, [&](Offsets batch) {
    each(chunks, parallel, [&](std::int64_t task) {
      const std::int64_t first = task * chunk, n = std::min(chunk, along.extent - first);
      T sums[kChunk], factors[4];
      const T* columns[4];
      std::fill(sums, sums + n, T(0));
      std::size_t held = 0;
      walk(loops.contracted, {batch.a + first, batch.b, 0}, [&](Offsets o) {
        columns[held] = v.a + o.a;
        factors[held] = v.b[o.b];
        if (++held < 4) return;
        vector_loops<T>().add_four(sums, columns, factors, n);
        held = 0;
      });
      for (std::size_t k = 0; k < held; ++k)
        for (std::int64_t i = 0; i < n; ++i) sums[i] += columns[k][i] * factors[k];
      for (std::int64_t i = 0; i < n; ++i) v.write(batch.c + (first + i) * along.c, sums[i]);
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
  if (has_rows(loops))
    multiply_rows(loops, v, parallel);
  else
    multiply_columns(loops, v, parallel);
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
  return has_rows(loops) || (has_columns(loops) && results >= 16);
}

void gemv(const ContractStep& step) {
  if (step.a.dtype == DType::f32)
    run<float>(with_matrix_first(step));
  else
    run<double>(with_matrix_first(step));
}

}  // namespace ricci::cpu
