// Rates: what the kernels of a machine take, by dtype and semiring; the measure of every prediction. A value: those
// built in are one machine's, others are measured and read by the layers above, which hand them to a search.
#pragma once

#include <vector>

#include "ricci/path/tree/cost.h"

namespace ricci::path {

/// Of the kernels of one dtype in one semiring, for a step that is repeated.
struct KernelRates {
  DType dtype;
  Semiring semiring;
  CostModel model;
};

class RICCI_API Rates {
 public:
  /// Those of one thread with AVX-512: the same on every machine, so that plans are the same too.
  static const Rates& built_in();

  /// A row for each dtype and semiring whose kernels differ: those that the built-in rates have a row for.
  explicit Rates(std::vector<KernelRates> rows) : rows_(std::move(rows)) {}
  const std::vector<KernelRates>& rows() const { return rows_; }

  /// For the steps of a network of this dtype and semiring, each of which runs among others.
  CostModel model(DType dtype, Semiring semiring = Semiring::sum_product) const;

 private:
  std::vector<KernelRates> rows_;
};

}  // namespace ricci::path
