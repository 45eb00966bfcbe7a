#include "ricci/algebra/parse.h"

#include <cassert>

#include "ricci/algebra/bind.h"
#include "ricci/algebra/written.h"

namespace ricci {

Parsed parse(std::string_view equation, std::span<const Extents> shapes, std::span<const DType> dtypes,
             const ParseOptions& options) {
  assert(dtypes.empty() || dtypes.size() == shapes.size());
  return notation::bind(notation::read_equation(equation), {shapes, dtypes}, options);
}

Parsed parse(std::span<const Sublist> operands, const std::optional<Sublist>& output, std::span<const Extents> shapes,
             std::span<const DType> dtypes, const ParseOptions& options) {
  assert(dtypes.empty() || dtypes.size() == shapes.size());
  return notation::bind(notation::write_sublists(operands, output), {shapes, dtypes}, options);
}

std::size_t count_terms(std::string_view equation) { return notation::read_equation(equation).inputs.size(); }

}  // namespace ricci
