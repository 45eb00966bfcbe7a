// Any bytes as an equation, with shapes, dtype, semiring, method, goal and budget drawn from the same bytes: a plan
// that runs on ones and comes back from its JSON, or a typed error.
#include "tests/fuzz/ones.h"

namespace {

using namespace ricci;
using fuzz::Bytes;

std::vector<Shape> shapes_from(Bytes& bytes) {
  constexpr std::int64_t kExtents[] = {2, 1, 3, 0, 2, 4, 5, std::int64_t{1} << 40};
  std::vector<Shape> shapes(bytes.below(12));
  for (Shape& shape : shapes)
    for (std::size_t n = bytes.below(5); n > 0; --n) shape.push_back(bytes.one_of(kExtents));
  return shapes;
}

PlanOptions options_from(Bytes& bytes) {
  constexpr DType kDTypes[] = {DType::f32, DType::c64, DType::f16, DType::i64, DType::b8};
  constexpr const char* kMethods[] = {"auto", "greedy", "optimal", "dissection", "anneal"};
  constexpr path::Goal kGoals[] = {path::Goal::seconds, path::Goal::flops, path::Goal::write, path::Goal::size};
  PlanOptions out{.dtype = bytes.one_of(kDTypes)};
  if (bytes.below(3) == 1) out.semiring = static_cast<Semiring>(bytes.below(std::size(kSemirings)));
  const std::size_t method = bytes.below(std::size(kMethods) + 1);
  out.optimize = method < std::size(kMethods) ? Optimize(std::string(kMethods[method])) : Optimize(false);
  out.goal = bytes.one_of(kGoals);
  out.strict = bytes.below(4) == 1;
  if (bytes.flag()) out.sizes = {{"k", static_cast<std::int64_t>(bytes.below(4))}};
  if (bytes.below(3) == 1) out.max_bytes = std::int64_t{64} << bytes.below(16);
  out.gradients = bytes.below(3) == 1;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::vector<Shape> shapes = shapes_from(bytes);
  const PlanOptions options = options_from(bytes);
  const std::string equation = bytes.rest();
  try {
    fuzz::use(plan(equation, shapes, options));
  } catch (const EinsumError&) {
  } catch (const DTypeError&) {
  } catch (const GradError&) {
  } catch (const BudgetError&) {
    fuzz::require(options.max_bytes.has_value(), "a budget that nobody gave: " + equation);
  } catch (const MemoryError&) {
  }
  return 0;
}
