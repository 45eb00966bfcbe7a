#include "ricci/path/tree/rates.h"

namespace ricci::path {
namespace {

// What a step of a network takes beyond that: it finds neither its operands nor its kernel's code in the near caches.
constexpr double kSecondsAmongOthers = 1.3e-6;

// As `ricci bench --calibrate` prints them: multiplications per second, bytes per second, seconds per step that is
// repeated, per element of the result, and per product of a batch.
constexpr KernelRates kBuiltIn[] = {
    {DType::f32, Semiring::sum_product, {6.07e+10, 1.18e+10, 2.3e-07, 2.2e-10, 2.9e-10}},
    {DType::f64, Semiring::sum_product, {2.74e+10, 1.55e+10, 1.6e-07, 2.3e-10, 1.6e-10}},
    {DType::c64, Semiring::sum_product, {2.43e+10, 1.01e+10, 1.6e-07, 1.1e-09, 3.5e-08}},
    {DType::c128, Semiring::sum_product, {8.64e+09, 1.22e+10, 1.3e-07, 4.3e-10, 0}},
    {DType::f16, Semiring::sum_product, {3.67e+10, 7.55e+09, 8.5e-07, 9.9e-10, 2.7e-09}},
    {DType::bf16, Semiring::sum_product, {4.46e+10, 1.02e+10, 6.7e-07, 8.5e-10, 1.9e-10}},
    {DType::i32, Semiring::sum_product, {2.38e+10, 1.49e+10, 5.4e-07, 8e-10, 0}},
    {DType::i64, Semiring::sum_product, {9.12e+09, 1.44e+10, 5.2e-07, 1.1e-09, 0}},
    {DType::f32, Semiring::max_plus, {1.66e+10, 9.89e+09, 6.7e-07, 0, 4.4e-09}},
    {DType::f64, Semiring::max_plus, {9.95e+09, 1.18e+10, 6.1e-07, 1.3e-10, 6.6e-09}},
    {DType::f16, Semiring::max_plus, {1.09e+10, 4e+10, 8.3e-07, 1.2e-09, 0}},
    {DType::bf16, Semiring::max_plus, {1.24e+10, 4e+10, 7.1e-07, 8.4e-10, 0}},
    {DType::i32, Semiring::max_plus, {1.99e+10, 1.01e+10, 6e-07, 1.4e-10, 3.8e-09}},
    {DType::i64, Semiring::max_plus, {1.08e+10, 1.17e+10, 5.6e-07, 1.8e-10, 6.7e-09}},
    {DType::i16, Semiring::max_plus, {2.58e+10, 2.07e+09, 6.2e-07, 8.7e-10, 0}},
    {DType::u8, Semiring::max_product, {3.39e+08, 3.01e+08, 6.9e-06, 6e-09, 6.6e-08}},
    {DType::f32, Semiring::log_sum_exp, {7.79e+10, 3.21e+09, 6.7e-07, 4.3e-09, 1e-06}},
    {DType::f64, Semiring::log_sum_exp, {2.83e+10, 2.77e+09, 5.6e-07, 3.7e-09, 5.5e-07}},
};

// The semirings of extremes run alike, but uint8 in max_product, one by one; narrow integers are summed as int32.
DType like(DType dtype, Semiring semiring) {
  const bool narrow = dtype == DType::i8 || dtype == DType::i16 || dtype == DType::u8;
  if (dtype == DType::b8) return DType::i32;
  if (is_half(dtype) && sums_exponentials(semiring)) return DType::f32;
  const bool sums = is_linear(semiring);
  return narrow ? (sums ? DType::i32 : DType::i16) : dtype;
}

CostModel among_others(CostModel model) {
  model.seconds_per_step += kSecondsAmongOthers;
  return model;
}

}  // namespace

const Rates& Rates::built_in() {
  static const Rates& rates = *new Rates({std::begin(kBuiltIn), std::end(kBuiltIn)});  // outlives every thread
  return rates;
}

CostModel Rates::model(DType dtype, Semiring semiring) const {
  const bool alone = dtype == DType::u8 && needs_nonnegative(semiring);
  const Semiring compared = alone ? Semiring::max_product : Semiring::max_plus;
  const Semiring kind = dtype == DType::b8 ? Semiring::sum_product : selects(semiring) ? compared : semiring;
  const DType kept = alone ? dtype : like(dtype, kind);
  for (const KernelRates& row : rows_)
    if (row.dtype == kept && row.semiring == kind) return among_others(row.model);
  return among_others(rows_.front().model);
}

}  // namespace ricci::path
