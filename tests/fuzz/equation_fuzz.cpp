// Any bytes as an equation, for operands of shapes drawn from the same bytes: a Contraction that prints,
// parses back and has adjoints, or an EinsumError or DTypeError that points inside the text.
#include "ricci/algebra/parse.h"
#include "ricci/algebra/roles.h"
#include "ricci/base/error.h"
#include "tests/fuzz/bytes.h"

namespace {

using namespace ricci;
using fuzz::Bytes;
using fuzz::require;

std::vector<Extents> shapes_from(Bytes& bytes) {
  constexpr std::int64_t kExtents[] = {0, 1, 2, 3, 2, 2, std::int64_t{1} << 40};
  std::vector<Extents> shapes(bytes.below(5));
  for (Extents& shape : shapes)
    for (std::size_t n = bytes.below(5); n > 0; --n) shape.push_back(kExtents[bytes.below(std::size(kExtents))]);
  return shapes;
}

// The equation that a contraction prints is one for the same contraction, sizes of its own labels given.
void print_and_parse_back(const Contraction& c, std::span<const DType> dtypes, ParseOptions options) {
  std::vector<Extents> shapes;
  std::vector<bool> given(c.extents.size(), false);
  for (const Term& term : c.inputs) {
    shapes.push_back(c.shape_of(term.labels));
    for (const Label label : term.labels) given[static_cast<std::size_t>(label)] = true;
  }
  options.sizes.clear();
  for (const Label label : c.output)
    if (!given[static_cast<std::size_t>(label)])
      options.sizes[c.name_of_label(label)] = c.extents[static_cast<std::size_t>(label)];
  const Contraction again = parse(c.equation(), shapes, dtypes, options).contraction;
  require(again.canonical() == c.canonical());
  require(again.key() == c.key());
}

void use(const Contraction& c) {
  for (std::size_t i = 0; i < c.inputs.size(); ++i) require(c.adjoint(i).adjoint(i) == c);
  for (Label label = 0; label < c.label_count(); ++label) require(!contains(c.sliced(label).extents, -1));
  if (c.inputs.size() <= 2) roles(c);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr DType kDTypes[] = {DType::f32, DType::c64, DType::b8, DType::i64};
  Bytes bytes(data, size);
  const std::vector<Extents> shapes = shapes_from(bytes);
  std::vector<DType> dtypes;
  for (std::size_t i = 0; i < shapes.size(); ++i) dtypes.push_back(kDTypes[bytes.below(std::size(kDTypes))]);
  ParseOptions options{.sizes = {}, .strict = bytes.below(4) == 0, .semiring = Semiring::sum_product};
  if (bytes.below(3) == 0) options.semiring = static_cast<Semiring>(bytes.below(5));
  if (bytes.below(2) == 0) options.sizes = {{"k", static_cast<std::int64_t>(bytes.below(4))}};
  const std::string equation = bytes.rest();
  try {
    const Contraction c = parse(equation, shapes, dtypes, options).contraction;
    use(c);
    print_and_parse_back(c, dtypes, options);
  } catch (const EinsumError& error) {
    require(error.position() <= static_cast<std::ptrdiff_t>(equation.size()));
  } catch (const DTypeError&) {
  }
  return 0;
}
