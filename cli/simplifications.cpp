#include "cli/simplifications.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace ricci::cli {
namespace {

std::vector<Label> sorted_labels(const Labels& labels) {
  std::vector<Label> out(labels.begin(), labels.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Per label the operands that have it, each once.
std::vector<std::vector<std::size_t>> holders_of(const Contraction& contraction) {
  std::vector<std::vector<std::size_t>> out(contraction.extents.size());
  for (std::size_t i = 0; i < contraction.inputs.size(); ++i)
    for (const Label label : sorted_labels(contraction.inputs[i].labels))
      out[static_cast<std::size_t>(label)].push_back(i);
  return out;
}

// Operands whose labels all lie in another operand's; of equal ones the first stays.
std::size_t count_absorbed(const Contraction& contraction, const std::vector<std::vector<std::size_t>>& holders) {
  std::vector<std::vector<Label>> labels;
  for (const Term& term : contraction.inputs) labels.push_back(sorted_labels(term.labels));
  std::size_t count = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) {
      count += labels.size() > 1;
      continue;
    }
    const auto& others = holders[static_cast<std::size_t>(labels[i][0])];
    count += std::any_of(others.begin(), others.end(), [&](std::size_t j) {
      const bool within = std::includes(labels[j].begin(), labels[j].end(), labels[i].begin(), labels[i].end());
      return j != i && within && (labels[j].size() > labels[i].size() || j < i);
    });
  }
  return count;
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return concat(count, " ", count == 1 ? one : many);
}

}  // namespace

std::size_t component_count(const Contraction& contraction) {
  std::vector<std::size_t> root(contraction.inputs.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  const auto find = [&](std::size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  for (const auto& operands : holders_of(contraction))
    for (const std::size_t operand : operands) root[find(operand)] = find(operands[0]);
  std::size_t count = 0;
  for (std::size_t i = 0; i < root.size(); ++i) count += root[i] == i;
  return count;
}

std::vector<std::string> simplifications(const Parsed& parsed) {
  const Contraction& contraction = parsed.contraction;
  const auto holders = holders_of(contraction);
  std::size_t alone = 0, shared = 0, diagonals = 0, ones = 0;
  for (std::size_t label = 0; label < holders.size(); ++label) {
    if (contains(contraction.output, static_cast<Label>(label))) continue;
    alone += holders[label].size() == 1;
    shared += holders[label].size() > 2;
  }
  for (const Term& term : contraction.inputs) diagonals += sorted_labels(term.labels).size() < term.labels.size();
  for (const auto& axes : parsed.squeezed) ones += axes.size();
  const std::size_t absorbed = count_absorbed(contraction, holders), components = component_count(contraction);

  std::vector<std::string> out;
  if (ones) out.push_back(counted(ones, "axis of extent 1 is left out", "axes of extent 1 are left out"));
  if (diagonals)
    out.push_back(counted(diagonals, "operand repeats a label: only its diagonal is read",
                          "operands repeat a label: only their diagonals are read"));
  if (alone)
    out.push_back(counted(alone, "label is in one operand only, and summed there first",
                          "labels are in one operand only, and summed there first"));
  if (absorbed)
    out.push_back(counted(absorbed, "operand lies within another's labels, which absorbs it",
                          "operands lie within another's labels, which absorbs them"));
  if (shared)
    out.push_back(counted(shared, "summed label is shared by more than two operands",
                          "summed labels are shared by more than two operands each"));
  if (components > 1) out.push_back(concat(components, " parts share no label, and are contracted apart"));
  return out;
}

}  // namespace ricci::cli
