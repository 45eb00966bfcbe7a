// The calls of the transcript, by theme. Each shows what it computes and checks it against the definition.
#pragma once

#include "examples/main_job/transcript.h"

namespace ricci::examples {

void show_products(Transcript& transcript);  ///< outer, bilinear, batched products
void show_einsum(Transcript& transcript);    ///< the notation: traces, diagonals, both formats
void show_tensors(Transcript& transcript);   ///< random numbers, float16, printing, requires_grad, modules

/// Whole numbers from -4 to 5 as floats, reproducible: sums of their products are exact and easy to read.
Tensor whole_numbers(const Shape& shape, std::uint64_t seed, bool requires_grad = true);

}  // namespace ricci::examples
