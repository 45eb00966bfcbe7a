#include "examples/main_job/naive.h"

#include <cmath>
#include <numeric>

#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

struct Terms {
  std::vector<std::string> inputs;
  std::string output;
};

Terms split(const std::string& equation) {
  Terms terms;
  const std::size_t arrow = equation.find("->");
  terms.inputs.emplace_back();
  for (const char c : equation.substr(0, arrow))
    if (c == ',')
      terms.inputs.emplace_back();
    else
      terms.inputs.back() += c;
  terms.output = equation.substr(arrow + 2);
  return terms;
}

std::map<char, std::int64_t> extents_of(const Terms& terms, const std::vector<Array>& operands) {
  std::map<char, std::int64_t> extents;
  for (std::size_t k = 0; k < operands.size(); ++k)
    for (std::size_t axis = 0; axis < terms.inputs[k].size(); ++axis)
      extents[terms.inputs[k][axis]] = operands[k].shape[axis];
  return extents;
}

std::size_t position(const std::string& labels, const std::vector<std::int64_t>& shape,
                     const std::map<char, std::int64_t>& at) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < labels.size(); ++axis) offset = offset * shape[axis] + at.at(labels[axis]);
  return static_cast<std::size_t>(offset);
}

// Counts `at` on like an odometer; false after the last.
bool advance(std::map<char, std::int64_t>& at, const std::map<char, std::int64_t>& extents) {
  for (auto& [label, value] : at) {
    if (++value < extents.at(label)) return true;
    value = 0;
  }
  return false;
}

double unit_of(DType dtype) {
  switch (dtype) {
    case DType::f16: return std::ldexp(1.0, -11);
    case DType::bf16: return std::ldexp(1.0, -8);
    case DType::f32: return std::ldexp(1.0, -24);
    case DType::f64: return std::ldexp(1.0, -53);
    default: return 0;
  }
}

}  // namespace

Array array_of(const Tensor& tensor) {
  const Tensor dense = contiguous(to(tensor.detach(), DType::f64));
  const double* data = dense.data<const double>();
  return {{dense.shape().begin(), dense.shape().end()}, {data, data + dense.numel()}};
}

Array magnitudes(Array array) {
  for (double& value : array.values) value = std::abs(value);
  return array;
}

Array naive_contraction(const std::string& equation, const std::vector<Array>& operands,
                        std::map<char, std::int64_t> extents) {
  const Terms terms = split(equation);
  extents.merge(extents_of(terms, operands));
  Array out;
  std::int64_t count = 1;
  for (const char label : terms.output) {
    out.shape.push_back(extents.at(label));
    count *= out.shape.back();
  }
  out.values.assign(static_cast<std::size_t>(count), 0.0);
  std::map<char, std::int64_t> at;
  for (const auto& [label, extent] : extents) {
    if (extent == 0) return out;
    at[label] = 0;
  }
  do {
    double product = 1;
    for (std::size_t k = 0; k < operands.size(); ++k)
      product *= operands[k].values[position(terms.inputs[k], operands[k].shape, at)];
    out.values[position(terms.output, out.shape, at)] += product;
  } while (advance(at, extents));
  return out;
}

Array naive_gradient(const std::string& equation, std::vector<Array> operands, const Array& seed, std::size_t k) {
  Terms terms = split(equation);
  const auto extents = extents_of(terms, operands);
  std::swap(terms.output, terms.inputs[k]);
  operands[k] = seed;
  std::string swapped;
  for (std::size_t i = 0; i < terms.inputs.size(); ++i) swapped += (i > 0 ? "," : "") + terms.inputs[i];
  return naive_contraction(swapped + "->" + terms.output, operands, extents);
}

bool agrees(const Array& a, const Array& b, const Array& bound, double terms, DType dtype) {
  if (a.shape != b.shape) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (!(std::abs(a.values[i] - b.values[i]) <= terms * unit_of(dtype) * bound.values[i])) return false;
  return true;
}

double inner_product(const Array& a, const Array& b) {
  return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0);
}

}  // namespace ricci::examples
