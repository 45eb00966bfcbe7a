// Elementwise maps, row by row of the last axis.
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/rows.h"
#include "ricci/backend/walk.h"

namespace ricci::reference {
namespace {

const void* at(const void* data, DType dtype, std::int64_t offset) {
  return static_cast<const std::byte*>(data) + offset * static_cast<std::int64_t>(size_of(dtype));
}

}  // namespace

void map(const MapStep& step) {
  const DType in = step.inputs.back().dtype;  // select's first input is the condition
  const RowLoop loop = row_of(step.map, in, step.out.dtype);
  if (!has_elements(step.shape)) return;
  const std::size_t outer = step.shape.empty() ? 0 : step.shape.size() - 1;
  const auto last = [&](const Strides& strides) { return strides.empty() ? 0 : strides.back(); };
  Row row;
  row.n = step.shape.empty() ? 1 : step.shape.back();
  row.out_stride = last(step.out_strides);
  for (std::size_t k = 0; k < step.inputs.size(); ++k) row.in_stride[k] = last(step.inputs[k].strides);
  Shape index(step.shape.size(), 0);
  do {
    for (std::size_t k = 0; k < step.inputs.size(); ++k)
      row.in[k] = at(step.inputs[k].data, step.inputs[k].dtype, offset_of(index, step.inputs[k].strides));
    row.out = const_cast<void*>(at(step.out.data, step.out.dtype, offset_of(index, step.out_strides)));
    loop(row);
  } while (advance(index, step.shape, outer));
}

}  // namespace ricci::reference
