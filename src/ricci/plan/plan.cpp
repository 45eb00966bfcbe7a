#include "ricci/plan/plan.h"

#include <algorithm>

namespace ricci::planning {

bool Plan::is_recomputed(int merge) const { return std::binary_search(recomputes.begin(), recomputes.end(), merge); }

double Plan::slice_count() const {
  double count = 1;
  for (const SlicedLabel& slice : slices) count *= static_cast<double>(piece_count(slice));
  return count;
}

Extents Plan::piece_extents() const {
  Extents out = whole.extents;
  for (const SlicedLabel& slice : slices) out[static_cast<std::size_t>(slice.label)] = slice.piece;
  return out;
}

bool Plan::sums_slices(const Labels& labels) const {
  for (const SlicedLabel& slice : slices)
    if (!contains(labels, slice.label)) return true;
  return false;
}

Contraction step_contraction(const Plan& plan, const Step& step) {
  Contraction out = step.contraction;
  out.extents = plan.piece_extents();
  out.names = plan.whole.names;
  return out;
}

std::optional<SmallVector<int, 4>> squeezed_axes(const Contraction& contraction, std::size_t i, const Extents& shape) {
  const Extents kept = contraction.shape_of(contraction.inputs[i].labels);
  SmallVector<int, 4> squeezed;
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (next < kept.size() && shape[axis] == kept[next])
      ++next;
    else if (shape[axis] == 1)
      squeezed.push_back(static_cast<int>(axis));
    else
      return std::nullopt;
  }
  if (next != kept.size()) return std::nullopt;
  return squeezed;
}

}  // namespace ricci::planning
