// The naive sum over all labels, on doubles: what plans are held against, and what their steps run on.
#pragma once

#include <map>

#include "ricci/plan/plan.h"
#include "tests/path/networks.h"

namespace ricci::test {

using Array = std::map<std::vector<std::int64_t>, double>;  // by index; what is not there is 0

inline std::vector<std::int64_t> at(const Labels& labels, const std::vector<std::int64_t>& index) {
  std::vector<std::int64_t> out;
  for (const Label label : labels) out.push_back(index[static_cast<std::size_t>(label)]);
  return out;
}

/// Calls f(index by label) for every value of the labels that `contraction` uses; the others stay 0.
template <class F>
void each_index(const Contraction& contraction, F&& f) {
  std::vector<bool> used(contraction.extents.size());
  const auto use = [&](const Labels& labels) {
    for (const Label label : labels) used[static_cast<std::size_t>(label)] = true;
  };
  for (const Term& term : contraction.inputs) use(term.labels);
  use(contraction.output);
  std::vector<std::int64_t> index(contraction.extents.size(), 0);
  for (std::size_t l = 0; l < used.size(); ++l) {
    if (used[l] && contraction.extents[l] == 0) return;
  }
  while (true) {
    f(index);
    std::size_t l = 0;
    for (; l < index.size(); ++l) {
      if (used[l] && ++index[l] < contraction.extents[l]) break;
      index[l] = 0;
    }
    if (l == index.size()) return;
  }
}

inline Array contract(const Contraction& contraction, const std::vector<const Array*>& operands) {
  Array out;
  Contraction alone = contraction;
  alone.inputs = {};
  each_index(alone, [&](const std::vector<std::int64_t>& index) { out[at(contraction.output, index)] = 0; });
  each_index(contraction, [&](const std::vector<std::int64_t>& index) {
    double product = 1;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const auto found = operands[i]->find(at(contraction.inputs[i].labels, index));
      product *= found == operands[i]->end() ? 0 : found->second;
    }
    out[at(contraction.output, index)] += product;
  });
  return out;
}

/// Small integers, so that every order gives the same bits.
inline Array random_array(const Contraction& contraction, const Term& term, Random& random) {
  Contraction alone = contraction;
  alone.inputs = {term};
  alone.output = {};
  Array out;
  each_index(alone, [&](const std::vector<std::int64_t>& index) {
    out.emplace(at(term.labels, index), static_cast<double>(below(random, 7)) - 3);
  });
  return out;
}

/// Runs the steps, dropping what they free; fails the look-up when a step reads what is gone.
inline Array run(const planning::Plan& plan, const std::vector<Array>& operands) {
  std::map<int, Array> alive;
  for (std::size_t i = 0; i < operands.size(); ++i) alive[static_cast<int>(i)] = operands[i];
  int next = static_cast<int>(operands.size());
  for (const planning::Step& step : plan.steps) {
    std::vector<const Array*> read;
    for (const int value : step.values) read.push_back(&alive.at(value));
    Array made = contract(step_contraction(plan, step), read);
    for (const int value : step.frees) alive.erase(value);
    alive[next++] = std::move(made);
  }
  return alive.at(next - 1);
}

}  // namespace ricci::test
