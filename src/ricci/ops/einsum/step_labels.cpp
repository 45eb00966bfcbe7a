#include "ricci/ops/einsum/step_labels.h"

#include <algorithm>

#include "ricci/ops/einsum/einsum.h"

namespace ricci {

StepLabels::StepLabels(const Contraction& c) {
  for (const Label label : c.output)
    if (!contains(kept, label)) kept.push_back(label);
  for (const Term& term : c.inputs)
    for (const Label label : term.labels)
      if (!contains(kept, label) && !contains(contracted, label)) contracted.push_back(label);
  std::sort(contracted.begin(), contracted.end());
  for (const Label label : contracted) terms *= c.extents[static_cast<std::size_t>(label)];
}

Labels StepLabels::all() const {
  Labels labels = kept;
  labels.append(contracted.begin(), contracted.end());
  return labels;
}

Tensor relabel(const Contraction& c, const Tensor& x, const Labels& from, const Labels& to) {
  if (from == to) return x;
  Contraction one{.extents = c.extents, .dtype = x.dtype()};
  one.inputs.push_back({.labels = from});
  one.output = to;
  return contract(one, {&x, 1});
}

}  // namespace ricci
