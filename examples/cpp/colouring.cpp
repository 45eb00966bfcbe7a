// The network file of the US map: its proper 4-colourings, counted exactly in int64.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main(int count, char** words) {
  const rc::Network network = rc::load_network(count > 1 ? words[1] : RICCI_EXAMPLES_DATA "/us_map.safetensors");
  std::cout << network.comment << '\n';
  std::cout << network.operands.size() << " operands, " << network.equation.substr(0, 24) << "...\n";
  std::cout << rc::einsum(network.equation, network.operands) << '\n';

  // The gradient for a state's vector counts the colourings by that state's colour.
  std::vector<rc::Shape> shapes;
  for (const rc::Tensor& operand : network.operands) shapes.push_back(operand.shape());
  const rc::Plan plan = rc::plan(network.equation, shapes, {.dtype = rc::DType::i64});
  const int last = static_cast<int>(network.operands.size()) - 1;
  std::cout << "Wyoming's colours " << plan.gradients(network.operands, {}, {last}).gradients.back() << '\n';
}
