// Contractions by their definition: one loop over all labels, in double, sharing nothing with Ricci's
// kernels, planner or parser. What the transcript holds every value and gradient against.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci::examples {

struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // row-major
};

Array array_of(const Tensor& tensor);
Array magnitudes(Array array);

/// `equation` has letters, commas and one `->`; a label may repeat anywhere. `extents` serves labels
/// that no operand has.
Array naive_contraction(const std::string& equation, const std::vector<Array>& operands,
                        std::map<char, std::int64_t> extents = {});

/// The gradient for operand k: the labels of the output and of operand k exchanged.
Array naive_gradient(const std::string& equation, std::vector<Array> operands, const Array& seed, std::size_t k);

/// Whether a is b to the rounding that sums of this many terms, of magnitudes summing to `bound`, may
/// have in this dtype; exact for integers.
bool agrees(const Array& a, const Array& b, const Array& bound, double terms, DType dtype);

/// The sum of products of all elements.
double inner_product(const Array& a, const Array& b);

}  // namespace ricci::examples
