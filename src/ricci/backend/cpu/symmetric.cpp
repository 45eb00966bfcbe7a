#include "ricci/backend/cpu/symmetric.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/elementwise.h"
#include "ricci/backend/cpu/tasks.h"

namespace ricci::cpu {
namespace {

constexpr double kLeastWork = 4e6;       // multiplications; below it a second look at c costs what is saved
constexpr std::int64_t kLeastPart = 96;  // positions of the cut axis
constexpr std::int64_t kMostParts = 8;   // these leave 9/16 of the work

bool reads_alike(const Axes& axes) {
  for (const Axis& axis : axes)
    if (axis.a != axis.b) return false;
  return true;
}

// The right axis that reads what this left one reads, none twice.
std::optional<std::size_t> counterpart(const Axis& axis, const Axes& right, const SmallVector<std::size_t, 4>& taken) {
  for (std::size_t i = 0; i < right.size(); ++i)
    if (right[i].b == axis.a && right[i].extent == axis.extent && !contains(taken, i)) return i;
  return {};
}

void append(MapStep& copy, const Axis& axis, std::int64_t to) {
  copy.shape.push_back(axis.extent);
  copy.inputs[0].strides.push_back(axis.c);
  copy.out_strides.push_back(to);
}

// c[j, i] of the rows i from `first` on, `count` of them, and all lanes j before them.
void mirror(const ContractStep& step, const Symmetry& symmetry, std::int64_t first, std::int64_t count) {
  const Axes &left = step.loops.left, &right = step.loops.right;
  const Axis &row = left[symmetry.cut], &lane = right[symmetry.right_of[symmetry.cut]];
  const DType dtype = step.c.dtype;
  MapStep copy;
  copy.map = symmetry.conjugates ? Map::conj : Map::copy;
  copy.inputs.push_back({moved(step.c.data, dtype, first * row.c), dtype, {}});
  copy.out = {const_cast<void*>(moved(step.c.data, dtype, first * lane.c)), dtype};
  for (const Axis& axis : step.loops.batch) append(copy, axis, axis.c);
  for (std::size_t i = 0; i < left.size(); ++i) {
    Axis own = left[i], other = right[symmetry.right_of[i]];
    if (i == symmetry.cut) own.extent = count, other.extent = first;
    append(copy, own, right[symmetry.right_of[i]].c);
    append(copy, other, left[i].c);
  }
  map(copy);
}

}  // namespace

std::optional<Symmetry> find_symmetry(const ContractStep& step) {
  const Loops& loops = step.loops;
  const bool one = step.a.data == step.b.data && step.a.data && step.a.dtype == step.b.dtype;
  if (!one || !step.beta.is(0) || loops.left.empty() || loops.left.size() != loops.right.size()) return {};
  Symmetry symmetry;
  symmetry.conjugates = step.a.conjugated != step.b.conjugated;
  if (symmetry.conjugates && step.alpha.value.imag() != 0) return {};
  if (!reads_alike(loops.batch) || !reads_alike(loops.contracted)) return {};
  for (const Axis& axis : loops.left) {
    const std::optional<std::size_t> other = counterpart(axis, loops.right, symmetry.right_of);
    if (!other) return {};
    symmetry.right_of.push_back(*other);
    if (axis.extent > loops.left[symmetry.cut].extent) symmetry.cut = symmetry.right_of.size() - 1;
  }
  double work = 1;
  for (const Axes* axes : {&loops.batch, &loops.left, &loops.right, &loops.contracted})
    work *= static_cast<double>(extent_of(*axes));
  if (work < kLeastWork || loops.left[symmetry.cut].extent < 2 * kLeastPart) return {};
  return symmetry;
}

void run_symmetric(const ContractStep& step, const Symmetry& symmetry, FunctionRef<void(const ContractStep&)> run) {
  const Axis& row = step.loops.left[symmetry.cut];
  const std::int64_t parts = std::min(kMostParts, row.extent / kLeastPart), part = ceil_div(row.extent, parts);
  for (std::int64_t first = 0; first < row.extent; first += part) {
    const std::int64_t count = std::min(part, row.extent - first);
    ContractStep one = step;
    one.loops.left[symmetry.cut].extent = count;
    one.loops.right[symmetry.right_of[symmetry.cut]].extent = first + count;
    one.a.data = moved(step.a.data, step.a.dtype, first * row.a);
    one.c.data = const_cast<void*>(moved(step.c.data, step.c.dtype, first * row.c));
    run(one);
  }
  for (std::int64_t first = part; first < row.extent; first += part)
    mirror(step, symmetry, first, std::min(part, row.extent - first));
}

}  // namespace ricci::cpu
