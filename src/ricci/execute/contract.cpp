#include "ricci/execute/contract.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "ricci/plan/footprint.h"

namespace ricci::execute {
namespace {

bool conjugates(const Contraction& contraction, std::size_t i) {
  return contraction.inputs[i].conjugated && is_complex(contraction.dtype);
}

const Kernel* make_reduction(const Contraction& contraction, const Geometry& operand, const Geometry& result,
                             const Scalar& alpha, const Scalar& beta, Device device, KernelSlot& slot) {
  return backend_of(device).kernel(ReduceStep{.loops = make_loops(contraction, operand.strides, result.strides),
                                              .a = {nullptr, operand.dtype, conjugates(contraction, 0)},
                                              .c = {nullptr, result.dtype},
                                              .alpha = alpha,
                                              .beta = beta,
                                              .semiring = contraction.semiring},
                                   slot);
}

const Kernel* make_product(const Contraction& contraction, const Geometry& a, const Geometry& b, const Geometry& result,
                           const Scalar& alpha, const Scalar& beta, Device device, KernelSlot& slot) {
  return backend_of(device).kernel(ContractStep{.loops = make_loops(contraction, a.strides, b.strides, result.strides),
                                                .a = {nullptr, a.dtype, conjugates(contraction, 0)},
                                                .b = {nullptr, b.dtype, conjugates(contraction, 1)},
                                                .c = {nullptr, result.dtype},
                                                .alpha = alpha,
                                                .beta = beta,
                                                .semiring = contraction.semiring},
                                   slot);
}

// An operand with labels that it alone has and that the output lacks: they are summed away into memory of its own,
// which the product then reads.
class ReducedOperand {
 public:
  // Takes the summed labels off operand i of the contraction, and what is left of it into `geometry`.
  ReducedOperand(Contraction& contraction, std::size_t i, const Labels& summed, Geometry& geometry, Device device)
      : device_(device) {
    if (summed.empty()) return;
    Contraction one{.extents = contraction.extents, .dtype = contraction.dtype, .semiring = contraction.semiring};
    one.inputs.push_back({contraction.inputs[i].labels, false});
    for (const Label label : contraction.inputs[i].labels)
      if (!contains(summed, label) && !contains(one.output, label)) one.output.push_back(label);
    const Extents shape = one.output_shape();
    const Geometry whole = std::exchange(geometry, {contiguous_strides(shape), accumulator_of(geometry.dtype)});
    make_reduction(one, whole, geometry, 1, 0, device, kernel_);
    bytes_ = std::accumulate(shape.begin(), shape.end(), static_cast<std::int64_t>(size_of(geometry.dtype)),
                             std::multiplies<>());
    contraction.inputs[i].labels = one.output;
  }

  // The elements the product reads; `memory` owns them where they are not the operand's.
  const void* run(const void* operand, Ref<Storage>& memory) const {
    if (!kernel_) return operand;
    memory = Storage::allocate(bytes_, device_);
    kernel_->run(operand, nullptr, memory->address());
    return memory->address();
  }
  void add_bytes(std::int64_t& live, std::int64_t& peak) const {
    if (!kernel_) return;
    live += planning::charged_bytes(bytes_);
    peak = std::max(peak, live + kernel_->scratch_bytes());
  }

 private:
  Device device_;
  KernelSlot kernel_;
  std::int64_t bytes_ = 0;
};

class ProductOfReduced final : public Kernel {
 public:
  ProductOfReduced(Contraction contraction, const Roles& roles, Geometry a, Geometry b, const Geometry& result,
                   const Scalar& alpha, const Scalar& beta, Device device)
      : a_(contraction, 0, roles.summed_left, a, device), b_(contraction, 1, roles.summed_right, b, device) {
    make_product(contraction, a, b, result, alpha, beta, device, product_);
  }
  void run(const void* a, const void* b, void* c) const override {
    Ref<Storage> a_memory, b_memory;
    const void* reduced_a = a_.run(a, a_memory);
    const void* reduced_b = b_.run(b, b_memory);
    product_->run(reduced_a, reduced_b, c);
  }
  std::int64_t scratch_bytes(std::int64_t most) const override {
    std::int64_t live = 0, peak = 0;
    a_.add_bytes(live, peak);
    b_.add_bytes(live, peak);
    return std::max(peak, live + product_->scratch_bytes(std::max<std::int64_t>(most - live, 0)));
  }
  std::string name() const override { return product_->name(); }

 private:
  ReducedOperand a_, b_;
  KernelSlot product_;
};

Tensor target_of(const Contraction& contraction, Device device, DType dtype, const Epilogue& epilogue) {
  if (epilogue.target.defined()) return epilogue.target;
  return empty(contraction.output_shape(), {.dtype = dtype, .device = device});
}

}  // namespace

Geometry geometry_of(const Tensor& tensor) { return {tensor.strides(), tensor.dtype()}; }

const Kernel* make_kernel(const Contraction& contraction, std::span<const Geometry> operands, const Geometry& result,
                          const Scalar& alpha, const Scalar& beta, Device device, KernelSlot& slot) {
  if (operands.size() == 1) return make_reduction(contraction, operands[0], result, alpha, beta, device, slot);
  const Roles r = roles(contraction);
  if (r.summed_left.empty() && r.summed_right.empty())
    return make_product(contraction, operands[0], operands[1], result, alpha, beta, device, slot);
  return slot.make<ProductOfReduced>(contraction, r, operands[0], operands[1], result, alpha, beta, device);
}

Tensor contract(const Contraction& contraction, std::span<const Tensor> operands, DType dtype,
                const Epilogue& epilogue) {
  const Device device = operands[0].device();
  const Tensor out = target_of(contraction, device, dtype, epilogue);
  SmallVector<Geometry, 2> in;
  for (const Tensor& t : operands) in.push_back(geometry_of(t));
  InlineKernel kernel;
  make_kernel(contraction, {in.data(), in.size()}, geometry_of(out), epilogue.alpha, epilogue.beta, device, kernel)
      ->run(address_of(operands[0]), operands.size() > 1 ? address_of(operands[1]) : nullptr, address_of(out));
  return out;
}

Tensor as_view(const Contraction& contraction, const Tensor& operand) {
  if (conjugates(contraction, 0)) return {};
  const Labels& in = contraction.inputs[0].labels;
  const Labels& out = contraction.output;
  for (const Label label : in)
    if (!contains(out, label)) return {};
  for (std::size_t i = 0; i < out.size(); ++i)
    if (find_index(out, out[i]) != static_cast<std::ptrdiff_t>(i)) return {};
  Shape shape;
  Strides strides;
  for (const Label label : out) {
    std::int64_t stride = 0;
    for (std::size_t axis = 0; axis < in.size(); ++axis)
      if (in[axis] == label) stride += operand.strides()[axis];
    shape.push_back(contraction.extents[static_cast<std::size_t>(label)]);
    strides.push_back(stride);
  }
  return make_view(operand, shape, strides, operand.offset());
}

}  // namespace ricci::execute
