#include "examples/main_job/colourings.h"

#include <algorithm>
#include <limits>
#include <random>

namespace ricci::examples {

namespace {

std::vector<Shape> shapes_of(const std::vector<Tensor>& tensors) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

std::vector<std::int64_t> values_of(const Tensor& vector) {
  const Tensor dense = contiguous(vector);
  const std::int64_t* data = dense.data<const std::int64_t>();
  return {data, data + dense.numel()};
}

// A number below `total`, all equally likely: the last, incomplete round of the generator is not used.
std::int64_t draw_below(std::int64_t total, std::mt19937_64& random) {
  const auto bound = static_cast<std::uint64_t>(total);
  const std::uint64_t usable = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t drawn = random();
  while (drawn >= usable) drawn = random();
  return static_cast<std::int64_t>(drawn % bound);
}

}  // namespace

Colourings::Colourings(Network network, std::size_t states)
    : network_(std::move(network)),
      states_(states),
      colours_(network_.operands.back().extent(0)),
      plan_(ricci::plan(network_.equation, shapes_of(network_.operands), {.dtype = DType::i64})) {}

std::int64_t Colourings::count() const { return plan_(network_.operands).item<std::int64_t>(); }

std::vector<Tensor> Colourings::with_fixed(int state, int colour, std::vector<Tensor> operands) const {
  Tensor only = zeros({colours_}, {.dtype = DType::i64});
  only.data<std::int64_t>()[colour] = 1;
  operands[static_cast<std::size_t>(operand_of(state))] = only;
  return operands;
}

Marginals Colourings::marginals(int fixed_state) const {
  std::vector<int> wanted;
  for (int state = 0; state < static_cast<int>(states_); ++state) wanted.push_back(operand_of(state));
  const Plan::Gradients result = plan_.gradients(with_fixed(fixed_state, 0, network_.operands), {}, wanted);
  Marginals marginals{result.value.item<std::int64_t>(), {}};
  for (const int operand : wanted)
    marginals.counts.push_back(values_of(result.gradients[static_cast<std::size_t>(operand)]));
  // The fixed state's own gradient says what its other colours would give: they are ruled out here.
  auto& own = marginals.counts[static_cast<std::size_t>(fixed_state)];
  std::fill(own.begin() + 1, own.end(), 0);
  return marginals;
}

std::vector<int> Colourings::draw(int fixed_state, std::uint64_t seed) const {
  std::mt19937_64 random(seed);
  std::vector<int> colours(states_, 0);
  std::vector<Tensor> operands = with_fixed(fixed_state, 0, network_.operands);
  for (int state = 0; state < static_cast<int>(states_); ++state) {
    if (state == fixed_state) continue;
    const Plan::Gradients result = plan_.gradients(operands, {}, {operand_of(state)});
    const auto counts = values_of(result.gradients[static_cast<std::size_t>(operand_of(state))]);
    std::int64_t left = draw_below(result.value.item<std::int64_t>(), random);
    int colour = 0;
    while (left >= counts[static_cast<std::size_t>(colour)]) left -= counts[static_cast<std::size_t>(colour++)];
    colours[static_cast<std::size_t>(state)] = colour;
    operands = with_fixed(state, colour, std::move(operands));
  }
  return colours;
}

}  // namespace ricci::examples
