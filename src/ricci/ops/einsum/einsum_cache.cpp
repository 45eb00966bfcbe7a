#include "ricci/ops/einsum/einsum_cache.h"

#include <array>
#include <cstring>

#include "ricci/ops/einsum/budget.h"
#include "ricci/ops/einsum/run_plan.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

constexpr std::size_t kSlots = 64;                         // of one thread; a call goes to the slot of its key's hash
constexpr std::size_t kMostText = 1024, kMostSteps = 100;  // longer ones cost more to run than to find

// All that the result of parsing and planning depends on, as bytes; nothing for options with parts of any size.
bool write_key(std::string& key, std::string_view equation, Operands operands, const EinsumOptions& options) {
  const bool named = options.optimize.index() < 2;  // a method or false, not a path or what finds one
  if (!options.sizes.empty() || !named || options.max_bytes || equation.size() > kMostText) return false;
  const auto put = [&key](const auto& value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    key.append(bytes, sizeof bytes);
  };
  key.clear();
  put(options.semiring);
  put(options.strict);
  put(options.optimize.index());
  if (const auto* name = std::get_if<std::string>(&options.optimize))
    key.append(*name).push_back('\0');
  else
    put(std::get<bool>(options.optimize));
  put(operands.size());
  for (const Tensor& t : operands) {
    put(t.dtype());
    put(t.ndim());
    for (const std::int64_t extent : t.shape()) put(extent);
  }
  key.append(equation);
  return true;
}

// What a thread prepared last. Its functions find it once: each mention of a thread_local in a shared library is a
// call.
struct Recent {
  struct Slot {
    std::string key;
    std::shared_ptr<const Prepared> value;
  };
  std::array<Slot, kSlots> slots;
  std::string key;  // of the call at hand

  [[gnu::noinline]] static Recent& of_thread() {
    thread_local Recent recent;
    return recent;
  }
};

/// `written`: the equation, or the operands' labels and the output's.
template <class... Written>
Prepared parse_and_plan(Operands operands, const EinsumOptions& options, const Written&... written) {
  std::vector<Extents> shapes;
  std::vector<DType> dtypes;
  for (const Tensor& t : operands) {
    shapes.push_back(t.shape());
    dtypes.push_back(t.dtype());
  }
  Parsed parsed = parse(written..., shapes, dtypes,
                        {.sizes = options.sizes, .strict = options.strict, .semiring = options.semiring});
  const auto planning = planning_for(parsed.contraction, parsed.squeezed, operands, run_options(options));
  return {plan_for(parsed.contraction, options.optimize, planning), std::move(parsed.squeezed)};
}

}  // namespace

bool Prepared::fits(Operands operands) const {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!squeezed[i].empty() || operands[i].dtype() != plan->whole.dtype) return false;
  return true;
}

Tensors Prepared::fit(Operands operands) const {
  Tensors out;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (squeezed[i].empty()) {
      out.push_back(to(operands[i], plan->whole.dtype));
      continue;
    }
    Shape shape;
    for (std::size_t axis = 0; axis < operands[i].shape().size(); ++axis)
      if (!contains(squeezed[i], static_cast<int>(axis))) shape.push_back(operands[i].shape()[axis]);
    out.push_back(to(reshape(operands[i], shape), plan->whole.dtype));
  }
  return out;
}

Prepared prepare(const std::vector<Sublist>& labels, const std::optional<Sublist>& output, Operands operands,
                 const EinsumOptions& options) {
  return parse_and_plan(operands, options, labels, output);
}

std::shared_ptr<const Prepared> prepared(std::string_view equation, Operands operands, const EinsumOptions& options) {
  Recent& recent = Recent::of_thread();
  const auto prepare_now = [&] {
    return std::make_shared<const Prepared>(parse_and_plan(operands, options, equation));
  };
  if (!write_key(recent.key, equation, operands, options)) return prepare_now();
  Recent::Slot& slot = recent.slots[std::hash<std::string>()(recent.key) % kSlots];
  if (slot.value && slot.key == recent.key) return slot.value;
  std::string key = recent.key;
  auto fresh = prepare_now();
  if (fresh->plan->steps.size() > kMostSteps) return fresh;
  slot.key = std::move(key);
  return slot.value = std::move(fresh);
}

}  // namespace ricci
