// Every public function of tensors that has a derivative, with shapes to try it on.
#pragma once

#include <vector>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/forward.h"

namespace ricci::testing {

struct Named {
  const char* name;
  TensorFunction f;
  std::vector<Shape> shapes;
  bool positive = false;
};

// Points are kept away from the kinks of abs, relu, maximum and from log's pole by `positive`.
inline std::vector<Named> functions() {
  using V = std::vector<Tensor>;
  const Tensor rows = tensor(std::vector<std::int64_t>{2, 0, 2, 1});
  return {
      {"add", [](const V& x) { return x[0] + x[1]; }, {{3, 4}, {4}}},
      {"subtract", [](const V& x) { return x[0] - x[1]; }, {{3, 1}, {2, 1, 4}}},
      {"multiply", [](const V& x) { return x[0] * x[1]; }, {{3, 4}, {3, 1}}},
      {"divide", [](const V& x) { return x[0] / x[1]; }, {{3, 4}, {4}}, true},
      {"power", [](const V& x) { return power(x[0], x[1]); }, {{3, 4}, {4}}, true},
      {"power of a number", [](const V& x) { return power(x[0], 3); }, {{3, 4}}},
      {"number to a power", [](const V& x) { return power(2.0, x[0]); }, {{3, 4}}},
      {"numbers", [](const V& x) { return 2 - 3 * x[0] + 1 / x[0]; }, {{3, 4}}, true},
      {"floor_divide", [](const V& x) { return floor_divide(x[0], x[1]) * x[0]; }, {{3, 4}, {4}}, true},
      {"remainder", [](const V& x) { return remainder(3 * x[0], x[1]) * x[1]; }, {{3, 4}, {4}}, true},
      {"maximum", [](const V& x) { return maximum(x[0], x[1]); }, {{3, 4}, {3, 4}}},
      {"minimum", [](const V& x) { return minimum(x[0], x[1]); }, {{3, 4}, {4}}},
      {"where", [](const V& x) { return where(greater(x[0].detach(), 0.2), x[0] * x[1], x[1]); }, {{3, 4}, {4}}},
      {"negative", [](const V& x) { return -x[0]; }, {{5}}},
      {"exp", [](const V& x) { return exp(x[0]); }, {{3, 4}}},
      {"log", [](const V& x) { return log(x[0]); }, {{3, 4}}, true},
      {"sqrt", [](const V& x) { return sqrt(x[0]); }, {{3, 4}}, true},
      {"tanh", [](const V& x) { return tanh(x[0]); }, {{3, 4}}},
      {"sigmoid", [](const V& x) { return sigmoid(x[0]); }, {{3, 4}}},
      {"relu", [](const V& x) { return relu(x[0] * x[0] - 0.3) * x[0]; }, {{3, 4}}},
      {"abs", [](const V& x) { return abs(x[0]) * x[0]; }, {{3, 4}}},
      {"sin", [](const V& x) { return sin(x[0]); }, {{3, 4}}},
      {"cos", [](const V& x) { return cos(x[0]); }, {{3, 4}}},
      {"erf", [](const V& x) { return erf(x[0]); }, {{3, 4}}},
      {"log1p", [](const V& x) { return log1p(x[0]); }, {{3, 4}}, true},
      {"reciprocal", [](const V& x) { return reciprocal(x[0]); }, {{3, 4}}, true},
      {"sum", [](const V& x) { return sum(x[0] * x[0]); }, {{3, 4}}},
      {"sum over axes",
       [](const V& x) {
         return sum(x[0] * x[0], {.axes = {0, -1}, .keepdims = true});
       },
       {{3, 4, 2}}},
      {"mean", [](const V& x) { return mean(x[0] * x[0], {.axes = {1}}); }, {{3, 4}}},
      {"max",
       [](const V& x) {
         return max(x[0] * x[0], {.axes = {0, 2}});
       },
       {{3, 4, 2}}},
      {"min", [](const V& x) { return min(x[0] * x[0]); }, {{3, 4}}},
      {"logsumexp", [](const V& x) { return logsumexp(x[0], {.axes = {1}}); }, {{3, 4}}},
      {"logsumexp of all", [](const V& x) { return logsumexp(x[0] * x[0], {.keepdims = true}); }, {{3, 4}}},
      {"softmax", [](const V& x) { return softmax(x[0], 0); }, {{3, 4}}},
      {"log_softmax", [](const V& x) { return log_softmax(x[0]); }, {{3, 4}}},
      {"reshape",
       [](const V& x) {
         return reshape(x[0] * x[0], {6, -1});
       },
       {{3, 4, 2}}},
      {"flatten", [](const V& x) { return flatten(transpose(x[0], 0, 2), 0, 1) * 2; }, {{3, 4, 2}}},
      {"reshape with a copy",
       [](const V& x) {
         return reshape(permute(x[0], {2, 0, 1}), {6, -1}) * 2;
       },
       {{3, 4, 2}}},
      {"contiguous", [](const V& x) { return contiguous(transpose(x[0])) * x[1]; }, {{3, 4}, {4, 3}}},
      {"clone", [](const V& x) { return clone(x[0]) * x[0]; }, {{3, 4}}},
      {"to", [](const V& x) { return real(to(x[0], DType::c128) * std::complex<double>(1, 2)); }, {{3, 4}}},
      {"to a device",
       [](const V& x) { return to(to(x[0] * x[0], Device{DeviceType::reference}), Device{}); },
       {{3, 4}}},
      {"squeeze, unsqueeze", [](const V& x) { return unsqueeze(squeeze(x[0]), 1) * x[1]; }, {{1, 3, 1, 4}, {3, 1, 4}}},
      {"slice",
       [](const V& x) {
         return slice(x[0], {Slice{.start = 2, .stop = {}, .step = -2}, NewAxis{}, AllAxes{}, std::int64_t{-1}}) * 3;
       },
       {{3, 4, 2}}},
      {"embed",
       [](const V& x) {
         return embed(x[0] * x[0], {5, 4}, {Slice{.start = 1, .stop = 4}});
       },
       {{3, 4}}},
      {"take", [rows](const V& x) { return take(x[0] * x[0], rows, 0); }, {{3, 4}}},
      {"take along the last axis",
       [rows](const V& x) {
         return take(x[0], reshape(rows, {2, 2}), -1);
       },
       {{4, 3}}},
      {"select",
       [](const V& x) {
         return select(x[0] * x[0], tensor({{true, false, true}, {false, false, true}}));
       },
       {{2, 3, 4}}},
      {"gather",
       [](const V& x) {
         return gather(x[0], tensor({{0, 0, 2, 1}}), 0) * x[1];
       },
       {{3, 4}, {4}}},
      {"scatter_add",
       [](const V& x) {
         return scatter_add(x[0] * x[0], tensor({{0, 4, 4}, {1, 1, 1}}), 1, 5);
       },
       {{2, 3}}},
      {"cat",
       [](const V& x) {
         return cat({x[0], x[1] * x[1], x[0]}, 1);
       },
       {{3, 4}, {3, 2}}},
      {"stack",
       [](const V& x) {
         return stack({x[0], x[1] * x[0]}, -1);
       },
       {{3, 4}, {3, 4}}},
      {"outer", [](const V& x) { return outer(x[0], x[1]); }, {{3, 2}, {4}}},
      {"dot", [](const V& x) { return dot(x[0], x[1]); }, {{5}, {5}}},
      {"matmul", [](const V& x) { return matmul(x[0], x[1]); }, {{2, 1, 3, 4}, {5, 4, 2}}},
      {"matmul of vectors", [](const V& x) { return matmul(x[0], matmul(x[1], x[0])); }, {{4}, {4, 4}}},
      {"bmm", [](const V& x) { return bmm(x[0], x[1]); }, {{2, 3, 4}, {2, 4, 5}}},
      {"tensordot",
       [](const V& x) {
         return tensordot(x[0], x[1], AxisList{0, 2}, AxisList{1, 0});
       },
       {{3, 4, 2}, {2, 3, 5}}},
      {"bilinear", [](const V& x) { return bilinear(x[0], x[1], x[2], x[3]); }, {{6, 3}, {6, 4}, {5, 3, 4}, {5}}},
      {"trace", [](const V& x) { return trace(x[0] * x[0]); }, {{4, 3, 2}}},
      {"diagonal", [](const V& x) { return diagonal(x[0], 1, 0, 2) * 2; }, {{4, 3, 5}}},
      {"permute, transpose",
       [](const V& x) {
         return transpose(permute(x[0], {1, 2, 0})) * x[1];
       },
       {{3, 4, 2}, {4}}},
      {"matrix_transpose", [](const V& x) { return matrix_transpose(x[0]) * 2; }, {{2, 3, 4}}},
      {"expand",
       [](const V& x) {
         return expand(x[0], {5, 3, -1}) * x[1];
       },
       {{3, 1}, {5, 1, 1}}},
  };
}

}  // namespace ricci::testing
