#include "ricci/execute/compiled_program.h"

#include "ricci/execute/contract.h"
#include "ricci/execute/tensor_machine.h"

namespace ricci::execute {
namespace {

constexpr std::size_t kMostSteps = 256;  // about 2 KB each

Shape shape_of(const Contraction& contraction) {
  const Extents extents = contraction.output_shape();
  return {extents.begin(), extents.end()};
}

Tensor outline(const Tensor& operand) {
  Tensor out = metadata_of(operand);
  out.impl()->device = {DeviceType::meta, 0};
  return out;
}

}  // namespace

Replay::Replay(const planning::Plan& plan, std::span<const Tensor> operands)
    : dtype_(operands[0].dtype()), device_(operands[0].device()) {
  check_sizes(plan);
  std::vector<Tensor> values;  // without elements
  for (const Tensor& t : operands) {
    strides_.push_back(t.strides());
    values.push_back(outline(t));
  }
  for (const planning::Step& step : plan.steps) {
    const Contraction contraction = step_contraction(plan, step);
    SmallVector<Tensor, 2> in;
    for (const int v : step.values) in.push_back(values[static_cast<std::size_t>(v)]);
    values.push_back(empty(shape_of(contraction), {.dtype = contraction.dtype, .device = {DeviceType::meta, 0}}));
    steps_.push_back({.kernel = kernel_of(contraction, {in.data(), in.size()}, values.back(), device_),
                      .values = step.values,
                      .frees = step.frees,
                      .bytes = values.back().nbytes()});
  }
  result_ = values.back();
}

// empty() without asking again what is known.
Tensor Replay::fresh_result() const {
  auto impl = make_ref<TensorImpl>();
  impl->storage = Storage::allocate(steps_.back().bytes);
  impl->shape = result_.shape();
  impl->strides = result_.strides();
  impl->dtype = result_.dtype();
  impl->device = device_;
  return Tensor(std::move(impl));
}

bool Replay::fits(std::span<const Tensor> operands) const {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const TensorImpl& t = *operands[i].impl();
    if (t.strides != strides_[i] || t.dtype != dtype_ || !(t.device == device_)) return false;
  }
  return true;
}

Tensor Replay::run(std::span<const Tensor> operands, const Tensor& target) const {
  SmallVector<void*, 16> data;
  for (const Tensor& t : operands) data.push_back(t.raw_data());
  SmallVector<Ref<Storage>, 16> owned(steps_.size() - 1);  // intermediates
  Tensor result = target;
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    const Ready& step = steps_[k];
    if (k < owned.size()) {
      owned[k] = Storage::allocate(step.bytes);
      data.push_back(owned[k]->data());
    } else {
      if (!result.defined()) result = fresh_result();
      data.push_back(result.raw_data());
    }
    const auto value = [&](std::size_t i) { return data[static_cast<std::size_t>(step.values[i])]; };
    step.kernel->run(value(0), step.values.size() > 1 ? value(1) : nullptr, data.back());
    for (const int v : step.frees) owned[static_cast<std::size_t>(v) - operands.size()] = nullptr;
  }
  return result;
}

const Replay* replay_of(const planning::Plan& plan, std::span<const Tensor> operands) {
  if (!plan.slices.empty() || plan.steps.empty() || plan.steps.size() > kMostSteps) return nullptr;
  for (std::size_t i = 0; i < SmallCache::kMost; ++i) {
    const auto* kept = static_cast<const Replay*>(plan.replays.get(i));
    if (!kept) {
      if (operands[0].device().type == DeviceType::meta) return nullptr;
      return static_cast<const Replay*>(plan.replays.add(make_ref<const Replay>(plan, operands)));
    }
    if (kept->fits(operands)) return kept;
  }
  return nullptr;
}

}  // namespace ricci::execute
