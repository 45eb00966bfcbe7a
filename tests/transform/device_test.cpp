// All that is done with tensors is done by the kernels of their device: on one that the host can't read, the results
// are those of the naive loops in host memory.
#include <gtest/gtest.h>

#include <cstring>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"
#include "ricci/transform/gradcheck.h"
#include "ricci/transform/vmap.h"
#include "tests/equations.h"
#include "tests/far_backend.h"

namespace ricci {
namespace {

using testing::far_device;

const Device kReference{DeviceType::reference, 0};

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const Tensor x = contiguous(to(a, Device{})), y = contiguous(to(b, Device{}));
  return x.numel() == 0 || std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.nbytes())) == 0;
}

std::vector<Tensor> on(Device device, const std::vector<Tensor>& tensors) {
  std::vector<Tensor> out;
  for (const Tensor& t : tensors) out.push_back(to(t, device));
  return out;
}

// f on both devices gives the same.
void expect_same(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& f,
                 const std::vector<Tensor>& operands, std::string_view what) {
  const std::vector<Tensor> near = f(on(kReference, operands)), there = f(on(far_device(), operands));
  ASSERT_EQ(near.size(), there.size()) << what;
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (!near[i].defined()) continue;
    EXPECT_EQ(there[i].device(), far_device()) << what;
    EXPECT_TRUE(same_bits(near[i], there[i])) << what << ", result " << i;
  }
}

TEST(FarDevice, ContractsAndDifferentiatesTheTable) {
  for (const testing::Row& row : testing::equations()) {
    std::vector<Tensor> operands;
    for (const auto& shape : row.shapes) operands.push_back(randn(Shape(shape.begin(), shape.end()), {.seed = 5}));
    const auto value_and_gradients = [&](std::vector<Tensor> xs) {
      for (Tensor& x : xs) x = x.detach().set_requires_grad();
      const Tensor y = einsum(row.equation, xs, {.sizes = row.sizes});
      backward(sum(y * y));
      std::vector<Tensor> out{y.detach()};
      for (const Tensor& x : xs) out.push_back(x.grad());
      return out;
    };
    expect_same(value_and_gradients, operands, row.equation);
  }
}

TEST(FarDevice, RunsInSlicesWithinACapOfItsOwnMemory) {
  const std::vector<Tensor> operands{randn({24, 30}, {.seed = 1}), randn({30, 26}, {.seed = 2}),
                                     randn({26, 28}, {.seed = 3}), randn({28, 24}, {.seed = 4})};
  const auto run = [](const std::vector<Tensor>& xs) {
    return std::vector<Tensor>{einsum("ij,jk,kl,li->", xs, {.max_bytes = 4096})};
  };
  expect_same(run, operands, "sliced");
}

TEST(FarDevice, RunsEverySemiring) {
  const std::vector<Tensor> operands{rand({3, 4}, {.seed = 1}), rand({4, 5}, {.seed = 2})};
  for (const Semiring semiring :
       {Semiring::max_plus, Semiring::min_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    const auto run = [&](std::vector<Tensor> xs) {
      for (Tensor& x : xs) x = x.detach().set_requires_grad();
      const Tensor y = einsum("ij,jk->ik", xs, {.semiring = semiring});
      backward(sum(y));
      return std::vector<Tensor>{y.detach(), xs[0].grad(), xs[1].grad()};
    };
    expect_same(run, operands, name_of(semiring));
  }
}

TEST(FarDevice, MakesAndMapsTensors) {
  const Device far = far_device();
  EXPECT_TRUE(same_bits(tensor({{1, 2}, {3, 4}}, {.device = far}), tensor({{1, 2}, {3, 4}})));
  EXPECT_TRUE(same_bits(arange(5, {.device = far}), arange(5)));
  EXPECT_TRUE(same_bits(eye(3, 4, {.device = far}), eye(3, 4)));
  EXPECT_TRUE(same_bits(randn({7}, {.device = far, .seed = 3}), randn({7}, {.seed = 3})));
  EXPECT_TRUE(same_bits(randint(0, 9, {7}, {.dtype = DType::i64, .device = far, .seed = 3}),
                        randint(0, 9, {7}, {.dtype = DType::i64, .seed = 3})));
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::c64, DType::i8, DType::b8})
    EXPECT_TRUE(same_bits(full({2, 3}, 1, {.dtype = dtype, .device = far}), full({2, 3}, 1, {.dtype = dtype})));
  const auto run = [](const std::vector<Tensor>& xs) {
    const Tensor& x = xs[0];
    const Tensor order = argmax(x, 1, true);
    return std::vector<Tensor>{x * 2 + 1,
                               exp(x) / 3,
                               permute(x, {1, 0}),
                               clone(permute(x, {1, 0})),
                               to(x, DType::f64),
                               where(greater(x, 0.5), x, 0),
                               select(x, greater(x, 0.5)),
                               order,
                               gather(x, order, 1),
                               softmax(x, 1),
                               max(x, {.axes = {0}}),
                               logsumexp(x, {.axes = {0}}),
                               cat({x, x}, 0),
                               vmap([](const std::vector<Tensor>& row) { return sum(row[0]); })({x})};
  };
  expect_same(run, {rand({3, 4}, {.seed = 1})}, "maps");
}

TEST(FarDevice, GivesValuesToTheHost) {
  const Tensor x = to(tensor({1.5f, 2.5f}), far_device());
  EXPECT_EQ(sum(x).item<double>(), 4);
  EXPECT_EQ(to_string(x), "Tensor([1.5, 2.5])");
  EXPECT_THROW(x.data<float>(), DeviceError);
  EXPECT_THROW(x + tensor({1.f, 2.f}), DeviceError) << "operands of two devices";
  EXPECT_TRUE(gradcheck([](const std::vector<Tensor>& xs) { return xs[0] * xs[0]; }, {to(x, DType::f64)}));
}

TEST(FarDevice, MovesDifferentiably) {
  Tensor x = randn({3, 4}, {.seed = 1});
  x.set_requires_grad();
  const Tensor moved = to(permute(x, {1, 0}), far_device());
  EXPECT_TRUE(same_bits(moved, permute(x, {1, 0})));
  backward(sum(to(moved * moved, Device{})));
  EXPECT_EQ(x.grad().device(), Device{});
  EXPECT_TRUE(same_bits(x.grad(), x.detach() * 2));
}

}  // namespace
}  // namespace ricci
