#include "ricci/backend/cpu/contract/symmetric.h"

#include <optional>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/contract.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/tasks.h"

namespace ricci::cpu {
namespace {

constexpr double kLeastWork = 4e6;       // multiplications; below it a second look at c costs what is saved
constexpr std::int64_t kLeastPart = 96;  // positions of the cut axis
constexpr std::int64_t kMostParts = 8;   // these leave 9/16 of the work

// How the left and the right labels of such a step mirror each other.
struct Symmetry {
  SmallVector<std::size_t, 4> right_of;  // by left axis: the right axis that reads the same
  std::size_t cut = 0;                   // the left axis whose parts run one after the other
  bool conjugates = false;               // c[j, i] is the conjugate of c[i, j]
};

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

// c[j, i] of the rows i from `first` on, `count` of them, and all columns j before them.
void mirror(const ContractStep& step, const Symmetry& symmetry, std::int64_t first, std::int64_t count) {
  const Axes &left = step.loops.left, &right = step.loops.right;
  const Axis &row = left[symmetry.cut], &column = right[symmetry.right_of[symmetry.cut]];
  const DType dtype = step.c.dtype;
  MapStep copy;
  copy.map = symmetry.conjugates ? Map::conj : Map::copy;
  copy.inputs.push_back({moved(step.c.data, dtype, first * row.c), dtype, {}});
  copy.out = {moved(step.c.data, dtype, first * column.c), dtype};
  add_axes(copy, step.loops.batch, {&Axis::c});
  for (std::size_t i = 0; i < left.size(); ++i) {
    Axis own = left[i], other = right[symmetry.right_of[i]];
    if (i == symmetry.cut) own.extent = count, other.extent = first;
    add_axes(copy, {{own.extent, own.c, 0, other.c}, {other.extent, other.c, 0, own.c}}, {&Axis::a});
  }
  map(copy);
}

std::optional<Symmetry> find_symmetry(const ContractStep& step) {
  const Loops& loops = step.loops;
  if (step.a.dtype != step.b.dtype || !step.beta.is(0) || loops.left.empty() || loops.left.size() != loops.right.size())
    return {};
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

// Parts of the step, then copies of what they left out.
void run_parts(const ContractStep& step, const Symmetry& symmetry) {
  const Axis& row = step.loops.left[symmetry.cut];
  const std::int64_t parts = std::min(kMostParts, row.extent / kLeastPart), part = ceil_div(row.extent, parts);
  for (std::int64_t first = 0; first < row.extent; first += part) {
    const std::int64_t count = std::min(part, row.extent - first);
    ContractStep one = step;
    one.loops.left[symmetry.cut].extent = count;
    one.loops.right[symmetry.right_of[symmetry.cut]].extent = first + count;
    one.a.data = moved(step.a.data, step.a.dtype, first * row.a);
    one.c.data = moved(step.c.data, step.c.dtype, first * row.c);
    InlineKernel kernel;
    choose(one, kernel)->run(one.a.data, one.b.data, one.c.data);
  }
  for (std::int64_t first = part; first < row.extent; first += part)
    mirror(step, symmetry, first, std::min(part, row.extent - first));
}

class Symmetric final : public Kernel {
 public:
  Symmetric(const ContractStep& step, const Symmetry& symmetry) : step_(step), symmetry_(symmetry) {
    choose(step, whole_);
  }
  void run(const void* a, const void* b, void* c) const override {
    if (a != b) return whole_->run(a, b, c);
    ContractStep step = step_;
    step.a.data = a, step.b.data = b, step.c.data = c;
    run_parts(step, symmetry_);
  }
  std::int64_t scratch_bytes(std::int64_t most) const override { return whole_->scratch_bytes(most); }
  std::string name() const override { return whole_->name(); }

 private:
  ContractStep step_;
  Symmetry symmetry_;
  KernelSlot whole_;
};

}  // namespace

const Kernel* make_symmetric(const ContractStep& step, KernelSlot& slot) {
  const std::optional<Symmetry> symmetry = find_symmetry(step);
  return symmetry ? slot.make<Symmetric>(step, *symmetry) : nullptr;
}

}  // namespace ricci::cpu
