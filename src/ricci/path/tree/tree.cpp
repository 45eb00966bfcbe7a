#include "ricci/path/tree/tree.h"

#include <algorithm>
#include <limits>

#include "ricci/path/search/positions.h"

namespace ricci::path {
namespace {

constexpr const char* kMend =
    "\n  each step names positions in the list of what is left; results go to its end, as in [(0, 1), (0, 1)]";

// One step of the linear form: distinct positions, each inside the list.
void check_step(const std::vector<int>& step, std::size_t number, std::size_t left) {
  if (step.empty()) fail<EinsumError>("step ", number, " of the path is empty", kMend);
  for (const int position : step) {
    if (position < 0 || static_cast<std::size_t>(position) >= left) {
      fail<EinsumError>("step ", number, " of the path is ", step, ": there is no position ", position, " among the ",
                        left, left == 1 ? " operand" : " operands", " left then", kMend);
    }
  }
  std::vector<int> sorted = step;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    fail<EinsumError>("step ", number, " of the path is ", step, ": position ", *twice, " is there twice", kMend);
  }
}

// Ids of the list's entries: operands, then one fresh id for each step's result.
std::vector<int> take(Positions& list, const std::vector<int>& step) {
  std::vector<int> ids;
  for (const int position : step) ids.push_back(list.value_at(position));
  for (const int id : ids) list.remove(static_cast<std::size_t>(id));
  return ids;
}

}  // namespace

std::vector<std::vector<int>> Tree::linear() const {
  if (operand_count == 1) return {{0}};
  Positions list(operand_count + merges.size());
  std::vector<std::vector<int>> out;
  out.reserve(merges.size());
  for (const auto& [a, b] : merges) {
    const auto left = static_cast<std::size_t>(a), right = static_cast<std::size_t>(b);
    out.push_back({list.position_of(left), list.position_of(right)});
    list.remove(left);
    list.remove(right);
  }
  return out;
}

Tree Tree::from_linear(const std::vector<std::vector<int>>& path, std::size_t operand_count) {
  if (operand_count > std::numeric_limits<int>::max() / 2)
    fail<EinsumError>("a path over ", operand_count, " operands");
  Tree tree{operand_count, {}};
  Positions list(operand_count + path.size());
  std::vector<int> node_of(operand_count + path.size());  // list entry -> node of the tree
  for (std::size_t i = 0; i < operand_count; ++i) node_of[i] = static_cast<int>(i);
  std::size_t left = operand_count;
  for (std::size_t number = 0; number < path.size(); ++number) {
    check_step(path[number], number, left);
    const std::vector<int> ids = take(list, path[number]);
    int node = node_of[static_cast<std::size_t>(ids[0])];
    for (std::size_t i = 1; i < ids.size(); ++i) {
      tree.merges.emplace_back(node, node_of[static_cast<std::size_t>(ids[i])]);
      node = static_cast<int>(operand_count + tree.merges.size()) - 1;
    }
    node_of[operand_count + number] = node;
    left = left + 1 - ids.size();
  }
  if (left > 1) {
    fail<EinsumError>("the path of ", path.size(), path.size() == 1 ? " step" : " steps", " leaves ", left, " of the ",
                      operand_count, " operands uncontracted", kMend);
  }
  return tree;
}

void check(const Tree& tree, const Contraction& contraction) {
  const std::size_t n = contraction.inputs.size();
  if (tree.operand_count != n) {
    fail<EinsumError>("the tree is for ", tree.operand_count, " operands, the contraction has ", n);
  }
  if (tree.merges.size() + 1 != n) {
    fail<EinsumError>("the tree has ", tree.merges.size(), " merges; ", n, " operands need ", n == 0 ? 0 : n - 1);
  }
  std::vector<bool> used(n + tree.merges.size());
  for (std::size_t k = 0; k < tree.merges.size(); ++k) {
    for (const int node : {tree.merges[k].first, tree.merges[k].second}) {
      if (node < 0 || static_cast<std::size_t>(node) >= n + k) {
        fail<EinsumError>("merge ", k, " of the tree takes node ", node, "; only 0 to ", n + k - 1, " exist then");
      }
      if (used[static_cast<std::size_t>(node)])
        fail<EinsumError>("merge ", k, " of the tree takes node ", node, " again");
      used[static_cast<std::size_t>(node)] = true;
    }
  }
}

}  // namespace ricci::path
