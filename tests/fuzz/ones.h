// What the fuzzers of plans share: a plan that is read or made explains itself, comes back from its JSON, and runs.
#pragma once

#include <vector>

#include "ricci/documents/plan.h"
#include "ricci/ops/create.h"
#include "tests/fuzz/bytes.h"

namespace ricci::fuzz {

/// Whether a run is quick, and its operands are small.
inline bool is_small(const Plan& plan) {
  constexpr double kMost = 1 << 16;
  double elements = plan.slice_count() * static_cast<double>(plan.data().steps.size() + 1);
  for (const Shape& shape : plan.shapes()) {
    double product = 1;
    for (const std::int64_t extent : shape) product *= static_cast<double>(extent);
    elements += product;
  }
  return elements < kMost && plan.flops() < kMost && static_cast<double>(plan.peak_bytes()) < kMost;
}

inline std::vector<Tensor> ones_for(const Plan& plan) {
  std::vector<Tensor> out;
  for (const Shape& shape : plan.shapes()) out.push_back(ones(shape, {.dtype = plan.data().whole.dtype}));
  return out;
}

/// All of it that says something, and a run where that is quick.
inline void use(const Plan& plan) {
  const std::string json = plan.to_json();
  require(Plan::from_json(json).to_json() == json, "a plan changes by its JSON: " + json);
  plan.explain();
  plan.svg();
  plan.html();
  if (!is_small(plan)) return;
  const std::vector<Tensor> operands = ones_for(plan);
  const Tensor y = plan(operands);
  const Extents shape = plan.data().whole.output_shape();
  require(y.shape() == Shape(shape.begin(), shape.end()), "a result of another shape");
  if (plan.data().gradients) plan.gradients(operands);
}

}  // namespace ricci::fuzz
