// Products in the semirings against the naive loop: their zeros, the ends of integers, terms far apart.
#include <limits>
#include <set>

#include "contract_case.h"
#include "ricci/backend/cpu/contract/packed/gemm_table.h"

namespace ricci::test {
namespace {

TEST(Contract, SemiringsAsTheNaiveLoop) {
  Random random(9);
  for (const Semiring semiring : semirings_where(std::not_fn(is_linear)))
    for (const DType dtype : kAll) {
      if (is_complex(dtype) || (sums_exponentials(semiring) && epsilon(dtype) == 0)) continue;
      for (const int beta : {0, 1}) {
        const Extents4 extents{{2}, {14}, {37}, {21}};
        ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
        example.step.semiring = semiring;
        example.step.beta = beta;
        if (epsilon(dtype) > 0)
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            if constexpr (!is_complex_type<T>)
              for (const double special : {double(NAN), double(INFINITY), -double(INFINITY)}) {
                example.a.as<T>()[pick(random, 0, example.a.count() - 1)] = element::convert<T>(special);
                example.c.as<T>()[pick(random, 0, example.c.count() - 1)] = element::convert<T>(special);
              }
          });
        Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
        visit_dtype(dtype, [&]<class T>(Tag<T>) {
          for (std::int64_t i = 0; i < got.count(); ++i)
            ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), sums_exponentials(semiring) ? 100 * epsilon(dtype) : 0)
                << name_of(dtype) << " " << name_of(semiring) << " element " << i;
        });
      }
    }
}

// The zeros of max_plus and min_plus are integers that absorb, others wrap past the ends, on every target and edge.
TEST(Contract, SemiringsOfIntegersAtTheirEnds) {
  Random random(19);
  std::set<const void*> kernels;
  std::size_t targets = 0;
  for_each_target([&](std::int64_t target) {
    ++targets;
    kernels.insert(&cpu::gemm_table<std::uint32_t>(Semiring::max_plus));
    for (const Semiring semiring : semirings_where(selects))
      for (const DType dtype : {DType::i32, DType::i64, DType::i16, DType::i8, DType::u8})
        for (const Extents4& extents :
             {Extents4{{}, {14}, {37}, {21}}, Extents4{{2}, {1}, {65}, {9}}, Extents4{{}, {13}, {3}, {700}},
              Extents4{{}, {7, 5}, {3, 11}, {2, 6}}, Extents4{{}, {3}, {260}, {3}}, Extents4{{}, {4}, {5}, {0}},
              Extents4{{3}, {2}, {2}, {30000}}}) {
          ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
          example.step.semiring = semiring;
          example.step.beta = static_cast<int>(pick(random, 0, 1));
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            if constexpr (std::is_integral_v<T>)
              for (Buffer* buffer : {&example.a, &example.b, &example.c})
                for (std::int64_t i = 0; i < buffer->count(); ++i) {
                  const std::int64_t kind = pick(random, 0, 7);
                  using Limits = std::numeric_limits<T>;
                  if (kind == 0) buffer->as<T>()[i] = Limits::min();
                  if (kind == 1) buffer->as<T>()[i] = Limits::max();
                  if (kind == 2) buffer->as<T>()[i] = static_cast<T>(Limits::min() + 1);
                }
          });
          Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
          ASSERT_EQ(got.bytes, want.bytes) << name_of(semiring) << " " << text(extents, dtype, target);
        }
  });
  EXPECT_EQ(kernels.size(), targets) << "a target was not reached";
}

// Rows and lanes of their own heights, up to where most products of exponentials vanish, and terms that are not there.
TEST(Contract, LogSumExpOfFarApartTerms) {
  Random random(14);
  for (const double spread : {1.0, 30.0, 300.0, 3000.0})
    for (const Extents4& extents :
         {Extents4{{}, {3}, {200}, {1}}, Extents4{{3}, {14}, {37}, {400}}, Extents4{{}, {1030}, {9}, {5}},
          Extents4{{}, {2}, {3}, {20000}}, Extents4{{}, {5}, {40}, {0}}})
      for (const DType dtype : {DType::f32, DType::f64, DType::bf16}) {
        ContractCase example(random, extents, dtype, Layout::permuted, Layout::dense, Layout::permuted, dtype);
        visit_dtype(dtype, [&]<class T>(Tag<T>) {
          if constexpr (!is_complex_type<T>)
            for (Buffer* buffer : {&example.a, &example.b})
              for (std::int64_t i = 0; i < buffer->count(); ++i) {
                const bool absent = pick(random, 0, 9) == 0;
                const double x = static_cast<double>(pick(random, -1000, 1000)) * spread / 1000;
                buffer->as<T>()[i] = element::convert<T>(absent ? -double(INFINITY) : x);
              }
        });
        example.step.semiring = Semiring::log_sum_exp;
        Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
        // Sums round as others do; either way six numbers of up to 2 * spread are rounded under the exponential or
        // after it.
        const double terms = static_cast<double>(extent_of(example.step.loops.contracted)),
                     unit = epsilon(accumulator_of(dtype));
        const double allowed =
            (2 * (terms + 4) + 12 * spread) * unit + (is_half(dtype) ? 4 * spread * epsilon(dtype) : 0);
        visit_dtype(dtype, [&]<class T>(Tag<T>) {
          for (std::int64_t i = 0; i < got.count(); ++i)
            ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), allowed)
                << text(extents, dtype, 0) << " spread " << spread << " element " << i;
        });
      }
}

}  // namespace
}  // namespace ricci::test
