// Map steps whose numbers lie in host memory, for kernels of the host, which read every input from there.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

#include "ricci/backend/backend.h"

namespace ricci {

/// Calls run(step), the numbers of the step in memory while it runs.
template <class Run>
void with_numbers_in_memory(const MapStep& step, Run run) {
  const auto is_number = [](const MapStep::Input& input) { return input.number.has_value(); };
  if (std::none_of(step.inputs.begin(), step.inputs.end(), is_number)) return run(step);
  struct alignas(16) Place {
    std::byte bytes[16];
  };
  std::array<Place, 3> places;
  MapStep readable = step;
  for (std::size_t k = 0; k < readable.inputs.size(); ++k) {
    MapStep::Input& input = readable.inputs[k];
    if (!input.number) continue;
    visit_dtype(input.dtype, [&]<class T>(Tag<T>) { ::new (places[k].bytes) T(input.number->as<T>()); });
    input.data = places[k].bytes;
    input.strides = Strides(step.shape.size(), 0);
    input.number.reset();
  }
  run(readable);
}

}  // namespace ricci
