// Differential: any bytes as a contraction of operands of any dtype and layout, in any semiring, through any door, with
// out= over an operand, scaling and a byte budget; values and gradients are the naive loop's, or the refusal is typed.
#include <cstring>

#include "ricci/ops/einsum/plan.h"
#include "ricci/transform/backward.h"
#include "tests/fuzz/drawn_contraction.h"
#include "tests/fuzz/expected.h"

namespace {

using namespace ricci;
using namespace ricci::fuzz;

// What the parser makes of it, and the operands without the axes that broadcasting squeezed.
struct Case {
  DrawnContraction drawn;
  Contraction contraction;
  std::vector<Tensor> squeezed;
  DType dtype() const { return contraction.dtype; }
};

Case make_case(Bytes& bytes) {
  Case out{.drawn = draw_contraction(bytes), .contraction = {}, .squeezed = {}};
  const std::vector<Extents> shapes = out.drawn.shapes();
  const std::vector<DType> dtypes = out.drawn.dtypes();
  const Parsed parsed = parse(out.drawn.equation, shapes, dtypes,
                              {.sizes = out.drawn.sizes, .strict = false, .semiring = out.drawn.semiring});
  out.contraction = parsed.contraction;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const SmallVector<std::int64_t, 8> axes(parsed.squeezed[i].begin(), parsed.squeezed[i].end());
    out.squeezed.push_back(squeeze(out.drawn.operands[i], axes));
  }
  return out;
}

EinsumOptions draw_options(Bytes& bytes, const DrawnContraction& drawn) {
  EinsumOptions out{.semiring = drawn.semiring, .sizes = drawn.sizes};
  constexpr const char* kMethods[] = {"auto", "greedy", "optimal", "dissection", "anneal"};
  const std::size_t method = bytes.below(std::size(kMethods) + 1);
  out.optimize = method < std::size(kMethods) ? Optimize(std::string(kMethods[method])) : Optimize(false);
  if (bytes.below(4) == 1) out.max_bytes = std::int64_t{64} << bytes.below(14);
  return out;
}

// Where a result goes: into a tensor of any layout in a room of its own, or in that of an operand.
struct Target {
  Tensor room{}, out{}, before{}, room_before{};
};

Target draw_target(Bytes& bytes, const Case& it, bool read) {
  const Extents extents = it.contraction.output_shape();
  const Shape shape(extents.begin(), extents.end());
  const Strides strides = draw_strides(bytes, shape, false);
  const Place place = place_of(shape, strides);
  Target out;
  std::int64_t shift = 0;
  const std::size_t partner = bytes.below(it.drawn.rooms.size());
  if (bytes.flag() && it.drawn.rooms[partner].dtype() == it.dtype()) {
    out.room = it.drawn.rooms[partner];
    shift = std::max<std::int64_t>(out.room.numel() - place.elements, 0);
    shift = shift == 0 ? 0 : static_cast<std::int64_t>(bytes.below(256)) % (shift + 1);
  }
  if (!out.room.defined() || out.room.numel() < place.elements)
    out.room = read || !is_float(it.dtype()) ? draw_values(place.elements, it.dtype(), it.drawn.whole, false, 999)
                                             : full({place.elements}, std::nan(""), {.dtype = it.dtype()});
  out.out = view_of(out.room, shape, strides, place.offset + shift);
  out.before = clone(out.out);
  out.room_before = clone(out.room);
  return out;
}

void require_same_bytes(const Tensor& a, const Tensor& b, const std::string& what) {
  const Tensor x = contiguous(a), y = contiguous(b);
  require(x.nbytes() == y.nbytes() &&
              (x.nbytes() == 0 || std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.nbytes())) == 0),
          what);
}

// Writes what lies under `out` from `before` back, so that the rest of the room can be compared.
void require_rest_untouched(const Target& target, const std::string& what) {
  copy_into(target.out, target.before);
  require_same_bytes(target.room, target.room_before, what + ": wrote outside of out");
}

// alpha * expected + beta * out as it was; in another semiring the sum with it.
void scale(Expected& expected, const EinsumOptions& options, const Tensor& before, const Case& it) {
  const Semiring semiring = it.drawn.semiring;
  const auto alpha = static_cast<long double>(options.alpha.value_or(1).value.real());
  const auto beta = static_cast<long double>(options.beta.value_or(0).value.real());
  std::vector<Wide> olds;
  if (beta != 0)
    testing::each_index(before.shape(), [&](const auto& index) { olds.push_back(testing::wide_at(before, index)); });
  olds.resize(expected.values.size());
  for (std::size_t k = 0; k < olds.size(); ++k) {
    const Wide old = olds[k];
    if (is_linear(semiring)) {
      const long double roundings = bound_of(it.dtype(), 6, std::abs(alpha * expected.values[k]) + std::abs(beta * old),
                                             std::abs(alpha * expected.values[k] + beta * old));
      expected.values[k] = alpha * expected.values[k] + beta * old;
      expected.bounds[k] = std::abs(alpha) * expected.bounds[k] + roundings;
      expected.wrapped[k] = static_cast<std::uint64_t>(static_cast<std::int64_t>(alpha)) * expected.wrapped[k] +
                            static_cast<std::uint64_t>(static_cast<std::int64_t>(beta)) *
                                static_cast<std::uint64_t>(static_cast<std::int64_t>(old.real()));
    } else if (beta != 0) {
      expected.values[k] =
          semiring_add(semiring, expected.values[k].real(), in_semiring(old.real(), semiring, it.dtype()));
      expected.bounds[k] += bound_of(it.dtype(), 8, std::abs(old) + 1, std::abs(expected.values[k]));
    }
  }
}

void forward(Bytes& bytes, const Case& it) {
  EinsumOptions options = draw_options(bytes, it.drawn);
  const bool planned = bytes.flag(), scaled = it.dtype() != DType::b8;
  Target target;
  if (bytes.flag()) {
    if (scaled && bytes.flag())
      options.beta = static_cast<std::int64_t>(bytes.below(is_linear(it.drawn.semiring) ? 3 : 2));
    target = draw_target(bytes, it, options.beta.has_value());
    options.out = &target.out;
  }
  constexpr int kAlphas[] = {2, 1, 0, 3};
  if (scaled && is_linear(it.drawn.semiring) && bytes.below(4) == 1) options.alpha = bytes.one_of(kAlphas);

  Expected expected = expected_of(it.contraction, it.squeezed, it.dtype());
  if (options.alpha || options.beta) scale(expected, options, target.out.defined() ? target.before : Tensor(), it);
  const std::string text =
      concat(it.drawn.text(), planned ? " planned" : "", options.max_bytes ? concat(" in ", *options.max_bytes) : "");
  const auto account = make_ref<Account>();
  try {
    Tensor y;
    if (planned) {
      const std::vector<Extents> extents = it.drawn.shapes();
      std::vector<Shape> shapes(extents.begin(), extents.end());
      const Plan p = plan(it.drawn.equation, shapes,
                          {.dtype = it.dtype(),
                           .semiring = it.drawn.semiring,
                           .optimize = options.optimize,
                           .sizes = it.drawn.sizes,
                           .max_bytes = options.max_bytes});
      RunOptions call{.out = options.out, .alpha = options.alpha, .beta = options.beta};
      std::vector<Tensor> converted;
      for (const Tensor& operand : it.drawn.operands)
        converted.push_back(operand.dtype() == it.dtype() ? operand : to(operand, it.dtype()));
      const AccountScope scope(account);
      y = p(converted, call);
    } else {
      const AccountScope scope(account);
      y = einsum(it.drawn.equation, it.drawn.operands, options);
    }
    require(y.dtype() == it.dtype(), text + ": another dtype");
    require_close(y, expected, it.drawn.semiring, text);
    if (options.max_bytes)
      require(account->peak_bytes() <= *options.max_bytes, concat(text, ": took ", account->peak_bytes(), " bytes"));
    if (target.out.defined()) require_rest_untouched(target, text);
  } catch (const BudgetError&) {
    require(options.max_bytes.has_value(), text + ": a budget that nobody gave");
    if (target.out.defined()) require_same_bytes(target.room, target.room_before, text + ": refused, but wrote");
  }
}

std::vector<bool> leaves_of(const Case& it) {
  std::vector<bool> out;
  for (const Tensor& operand : it.drawn.operands) out.push_back(is_float(operand.dtype()));
  return out;
}

// The gradient of operand i for a seed, by the adjoint contraction.
Expected expected_gradient(const Case& it, const Tensor& seed, std::size_t i) {
  std::vector<Tensor> operands = it.squeezed;
  operands[i] = seed;
  Expected out = expected_sum(it.contraction.adjoint(i), operands, it.dtype());
  const DType own = it.drawn.operands[i].dtype();
  for (std::size_t k = 0; k < out.values.size(); ++k) {
    if (!is_complex(own)) out.values[k] = out.values[k].real();
    out.bounds[k] += bound_of(own, 2, std::abs(out.values[k]), std::abs(out.values[k]));
  }
  return out;
}

// By the tape.
void recorded_gradients(Bytes& bytes, const Case& it) {
  const EinsumOptions options = draw_options(bytes, it.drawn);
  const std::vector<bool> wanted = leaves_of(it);
  std::vector<Tensor> operands = it.drawn.operands, leaves;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!wanted[i] || bytes.below(4) == 1) continue;
    operands[i] = operands[i].detach().set_requires_grad();
    leaves.push_back(operands[i]);
  }
  if (leaves.empty()) return;
  const std::string text = it.drawn.text() + ", recorded";
  const Extents extents = it.contraction.output_shape();
  const Tensor seed = draw_values(element_count(extents), it.dtype(), it.drawn.whole, false, 77);
  const Tensor shaped = reshape(seed, Shape(extents.begin(), extents.end()));
  const auto account = make_ref<Account>();
  std::vector<Tensor> gradients;
  try {
    const AccountScope scope(account);
    gradients = grad(einsum(it.drawn.equation, operands, options), leaves, {.gradient = shaped});
  } catch (const BudgetError&) {
    require(options.max_bytes.has_value(), text + ": a budget that nobody gave");
    return;
  }
  if (options.max_bytes)
    require(account->peak_bytes() <= *options.max_bytes, concat(text, ": took ", account->peak_bytes(), " bytes"));
  std::size_t leaf = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].requires_grad()) continue;
    const Tensor& gradient = gradients[leaf++];
    require(gradient.shape() == operands[i].shape() && gradient.dtype() == operands[i].dtype(),
            text + ": shape or dtype");
    if (is_linear(it.drawn.semiring))
      require_close(gradient, expected_gradient(it, shaped, i), it.drawn.semiring, concat(text, ", gradient ", i));
  }
}

// By a plan, which has them in every dtype: those of sum_product by the naive loop, others as on the reference backend.
void planned_gradients(Bytes& bytes, const Case& it) {
  const std::vector<Extents> extents = it.drawn.shapes();
  const std::vector<Shape> shapes(extents.begin(), extents.end());
  PlanOptions options{.dtype = it.dtype(),
                      .semiring = it.drawn.semiring,
                      .sizes = it.drawn.sizes,
                      .max_bytes = draw_options(bytes, it.drawn).max_bytes,
                      .gradients = is_linear(it.drawn.semiring)};
  std::vector<Tensor> operands, there;
  for (const Tensor& operand : it.drawn.operands) {
    operands.push_back(operand.dtype() == it.dtype() ? operand : to(operand, it.dtype()));
    there.push_back(to(operands.back(), Device{DeviceType::reference}));
  }
  const Extents out = it.contraction.output_shape();
  const Tensor seed =
      reshape(draw_values(element_count(out), it.dtype(), it.drawn.whole, false, 78), Shape(out.begin(), out.end()));
  const std::string text = it.drawn.text() + ", planned gradients";
  const auto account = make_ref<Account>();
  Plan::Gradients got, reference;
  try {
    const Plan p = plan(it.drawn.equation, shapes, options);
    {
      const AccountScope scope(account);
      got = p.gradients(operands, seed);
    }
    if (options.max_bytes)
      require(account->peak_bytes() <= *options.max_bytes, concat(text, ": took ", account->peak_bytes(), " bytes"));
    if (!is_linear(it.drawn.semiring)) reference = p.gradients(there, to(seed, Device{DeviceType::reference}));
  } catch (const BudgetError&) {
    require(options.max_bytes.has_value(), text + ": a budget that nobody gave");
    return;
  }
  require_close(got.value, expected_of(it.contraction, it.squeezed, it.dtype()), it.drawn.semiring, text + ", value");
  Case converted = it;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    converted.drawn.operands[i] = operands[i];
    const std::string which = concat(text, " of operand ", i);
    if (is_linear(it.drawn.semiring)) {
      require_close(got.gradients[i], expected_gradient(converted, seed, i), it.drawn.semiring, which);
    } else if (selects(it.drawn.semiring)) {
      require_same_bytes(got.gradients[i], to(reference.gradients[i], Device{}), which + ": unlike the reference's");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::size_t door = bytes.below(4);
  try {
    const Case it = make_case(bytes);
    if (door <= 1) forward(bytes, it);
    if (door == 2) recorded_gradients(bytes, it);
    if (door == 3) planned_gradients(bytes, it);
  } catch (const EinsumError&) {
  } catch (const DTypeError&) {
  } catch (const GradError&) {
  }
  return 0;
}
