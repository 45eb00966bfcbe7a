#include "ricci/networks/parse_network.h"

namespace ricci::networks {

Parsed parse_network(const NetworkText& text, const std::vector<io::ArrayInfo>& operands) {
  std::vector<Extents> shapes;
  std::vector<DType> dtypes;
  for (const io::ArrayInfo& operand : operands) {
    shapes.emplace_back(operand.shape.begin(), operand.shape.end());
    dtypes.push_back(operand.dtype);
  }
  return parse(text.equation, shapes, dtypes, {.sizes = text.sizes, .strict = false, .semiring = text.semiring});
}

}  // namespace ricci::networks
