#include "ricci/backend/loops.h"

#include <algorithm>
#include <cstdlib>

#include "ricci/backend/fold_axes.h"

namespace ricci {
namespace {

// The sum of the strides of a label's axes in one tensor; 0 where it has none.
std::int64_t stride_of(Label label, const Labels& labels, const Strides& strides) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == label) sum += strides[i];
  return sum;
}

bool before(const Axis& x, const Axis& y) {
  if (std::abs(x.c) != std::abs(y.c)) return std::abs(x.c) > std::abs(y.c);
  if (std::abs(x.a) != std::abs(y.a)) return std::abs(x.a) > std::abs(y.a);
  return std::abs(x.b) > std::abs(y.b);
}

bool repeats(const Labels& labels) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (labels[i] == labels[j]) return true;
  return false;
}

// Makes the axes of the roles of one contraction; b is null for one operand.
struct AxisMaker {
  const Contraction& contraction;
  const Strides& a;
  const Strides* b;
  const Strides& c;

  Axis axis(Label label) const {
    const auto& in = contraction.inputs;
    return {contraction.extents[static_cast<std::size_t>(label)], stride_of(label, in[0].labels, a),
            b ? stride_of(label, in[1].labels, *b) : 0, stride_of(label, contraction.output, c)};
  }
  void add(Axes& axes, const Labels& labels) const {
    for (const Label label : labels) axes.push_back(axis(label));
  }
};

Loops make(const AxisMaker& maker) {
  const Contraction& contraction = maker.contraction;
  const Roles by_role = roles(contraction);
  Loops loops;
  maker.add(loops.batch, by_role.batch);
  maker.add(loops.left, by_role.left);
  maker.add(loops.right, by_role.right);
  maker.add(loops.contracted, by_role.contracted);
  maker.add(loops.contracted, by_role.summed_left);
  maker.add(loops.contracted, by_role.summed_right);
  maker.add(loops.broadcast, by_role.broadcast);
  loops.writes_diagonal = repeats(contraction.output);
  if (loops.writes_diagonal)
    for (std::size_t i = 0; i < contraction.output.size(); ++i)
      loops.whole.push_back({contraction.extents[static_cast<std::size_t>(contraction.output[i])], 0, 0, maker.c[i]});
  for (Axes* axes : {&loops.batch, &loops.left, &loops.right, &loops.contracted, &loops.broadcast, &loops.whole})
    fold(*axes);
  return loops;
}

}  // namespace

std::int64_t extent_of(const Axes& axes) {
  std::int64_t product = 1;
  for (const Axis& axis : axes) product *= axis.extent;
  return product;
}

void fold(Axes& axes) {
  const auto dropped = std::remove_if(axes.begin(), axes.end(), [](const Axis& axis) { return axis.extent == 1; });
  while (axes.end() != dropped) axes.pop_back();
  const auto empty = std::find_if(axes.begin(), axes.end(), [](const Axis& axis) { return axis.extent == 0; });
  if (empty != axes.end()) {  // nothing to step over, and no product of extents to overflow
    const Axis only = *empty;
    axes.clear();
    axes.push_back(only);
    return;
  }
  // A merge can make two others neighbours, so the search starts again; label lists are short.
  for (std::size_t i = 0; i < axes.size(); ++i)
    for (std::size_t j = 0; j < axes.size(); ++j)
      if (i != j && chains(axes[i], axes[j])) {
        join(axes, i, j);
        i = j = static_cast<std::size_t>(-1);
        break;
      }
  std::sort(axes.begin(), axes.end(), before);
}

Loops make_loops(const Contraction& contraction, const Strides& a, const Strides& b, const Strides& c) {
  return make({contraction, a, &b, c});
}

Loops make_loops(const Contraction& contraction, const Strides& a, const Strides& c) {
  return make({contraction, a, nullptr, c});
}

}  // namespace ricci
