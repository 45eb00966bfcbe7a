// Undefined tensors, made by default or moved from, in every operand place of every public function: a typed error
// that names the function and the operand, never a crash and never the number 1.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "ricci/ricci.h"

namespace ricci {
namespace {

using Call = std::function<void(Tensor* x)>;

struct Case {
  std::string name;  // as messages give it
  std::size_t places;
  Call call;
};

const TensorFunction square = [](const std::vector<Tensor>& xs) { return xs[0] * xs[0]; };
const std::string file = ::testing::TempDir() + "undefined.npy";

// The elementwise functions.
const Case kElementwise[] = {
    {"add", 2, [](Tensor* x) { add(x[0], x[1]); }},
    {"add", 2, [](Tensor* x) { x[0] + x[1]; }},
    {"add", 1, [](Tensor* x) { x[0] + 2; }},
    {"subtract", 2, [](Tensor* x) { subtract(x[0], x[1]); }},
    {"subtract", 2, [](Tensor* x) { x[0] - x[1]; }},
    {"multiply", 2, [](Tensor* x) { multiply(x[0], x[1]); }},
    {"multiply", 2, [](Tensor* x) { x[0] * x[1]; }},
    {"divide", 2, [](Tensor* x) { divide(x[0], x[1]); }},
    {"divide", 2, [](Tensor* x) { x[0] / x[1]; }},
    {"floor_divide", 2, [](Tensor* x) { floor_divide(x[0], x[1]); }},
    {"remainder", 2, [](Tensor* x) { remainder(x[0], x[1]); }},
    {"power", 2, [](Tensor* x) { power(x[0], x[1]); }},
    {"maximum", 2, [](Tensor* x) { maximum(x[0], x[1]); }},
    {"minimum", 2, [](Tensor* x) { minimum(x[0], x[1]); }},
    {"equal", 2, [](Tensor* x) { equal(x[0], x[1]); }},
    {"not_equal", 2, [](Tensor* x) { not_equal(x[0], x[1]); }},
    {"less", 2, [](Tensor* x) { less(x[0], x[1]); }},
    {"less_equal", 2, [](Tensor* x) { less_equal(x[0], x[1]); }},
    {"greater", 2, [](Tensor* x) { greater(x[0], x[1]); }},
    {"greater_equal", 2, [](Tensor* x) { greater_equal(x[0], x[1]); }},
    {"where", 3, [](Tensor* x) { where(x[0], x[1], x[2]); }},
    {"negative", 1, [](Tensor* x) { negative(x[0]); }},
    {"negative", 1, [](Tensor* x) { -x[0]; }},
    {"exp", 1, [](Tensor* x) { exp(x[0]); }},
    {"log", 1, [](Tensor* x) { log(x[0]); }},
    {"sqrt", 1, [](Tensor* x) { sqrt(x[0]); }},
    {"tanh", 1, [](Tensor* x) { tanh(x[0]); }},
    {"sigmoid", 1, [](Tensor* x) { sigmoid(x[0]); }},
    {"relu", 1, [](Tensor* x) { relu(x[0]); }},
    {"abs", 1, [](Tensor* x) { abs(x[0]); }},
    {"sin", 1, [](Tensor* x) { sin(x[0]); }},
    {"cos", 1, [](Tensor* x) { cos(x[0]); }},
    {"erf", 1, [](Tensor* x) { erf(x[0]); }},
    {"log1p", 1, [](Tensor* x) { log1p(x[0]); }},
    {"sign", 1, [](Tensor* x) { sign(x[0]); }},
    {"reciprocal", 1, [](Tensor* x) { reciprocal(x[0]); }},
    {"conj", 1, [](Tensor* x) { conj(x[0]); }},
    {"real", 1, [](Tensor* x) { real(x[0]); }},
    {"imag", 1, [](Tensor* x) { imag(x[0]); }},
    {"logical_not", 1, [](Tensor* x) { logical_not(x[0]); }},
    {"isnan", 1, [](Tensor* x) { isnan(x[0]); }},
    {"isfinite", 1, [](Tensor* x) { isfinite(x[0]); }},
};

// Contractions, reductions, shapes, indices, creation, files.
const Case kFunctions[] = {
    {"einsum", 2, [](Tensor* x) { einsum("ij,jk->ik", x[0], x[1]); }},
    {"einsum", 2,
     [](Tensor* x) {
       einsum("ij,jk->ik", {x[0], x[1]}, {.alpha = 2});
     }},
    {"einsum", 2,
     [](Tensor* x) {
       einsum({{x[0], {0, 1}}, {x[1], {1, 2}}}, {0, 2});
     }},
    {"contract", 1,
     [](Tensor* x) {
       Contraction c{.extents = {2, 2}};
       c.inputs = {Term{.labels = {0, 1}}};
       contract(c, {x, 1});
     }},
    {"plan", 2,
     [](Tensor* x) {
       plan("ij,jk->ik", {{2, 2}, {2, 2}})(x[0], x[1]);
     }},
    {"plan", 2,
     [](Tensor* x) {
       plan("ij,jk->ik", {{2, 2}, {2, 2}}).gradients({x, 2});
     }},
    {"outer", 2, [](Tensor* x) { outer(x[0], x[1]); }},
    {"dot", 2, [](Tensor* x) { dot(x[0], x[1]); }},
    {"matmul", 2, [](Tensor* x) { matmul(x[0], x[1]); }},
    {"bmm", 2, [](Tensor* x) { bmm(x[0], x[1]); }},
    {"tensordot", 2, [](Tensor* x) { tensordot(x[0], x[1]); }},
    {"tensordot", 2, [](Tensor* x) { tensordot(x[0], x[1], AxisList{0}, AxisList{0}); }},
    {"bilinear", 3, [](Tensor* x) { bilinear(x[0], x[1], x[2]); }},
    {"trace", 1, [](Tensor* x) { trace(x[0]); }},
    {"diagonal", 1, [](Tensor* x) { diagonal(x[0]); }},
    {"permute", 1,
     [](Tensor* x) {
       permute(x[0], {1, 0});
     }},
    {"transpose", 1, [](Tensor* x) { transpose(x[0]); }},
    {"transpose", 1, [](Tensor* x) { transpose(x[0], 0, 1); }},
    {"matrix_transpose", 1, [](Tensor* x) { matrix_transpose(x[0]); }},
    {"expand", 1,
     [](Tensor* x) {
       expand(x[0], {2, 2});
     }},
    {"sum", 1, [](Tensor* x) { sum(x[0]); }},
    {"mean", 1, [](Tensor* x) { mean(x[0]); }},
    {"max", 1, [](Tensor* x) { max(x[0]); }},
    {"min", 1, [](Tensor* x) { min(x[0]); }},
    {"argmax", 1, [](Tensor* x) { argmax(x[0]); }},
    {"argmax", 1, [](Tensor* x) { argmax(x[0], 0); }},
    {"argmin", 1, [](Tensor* x) { argmin(x[0]); }},
    {"logsumexp", 1, [](Tensor* x) { logsumexp(x[0]); }},
    {"softmax", 1, [](Tensor* x) { softmax(x[0]); }},
    {"log_softmax", 1, [](Tensor* x) { log_softmax(x[0]); }},
    {"reshape", 1, [](Tensor* x) { reshape(x[0], {-1}); }},
    {"flatten", 1, [](Tensor* x) { flatten(x[0]); }},
    {"contiguous", 1, [](Tensor* x) { contiguous(x[0]); }},
    {"clone", 1, [](Tensor* x) { clone(x[0]); }},
    {"to", 1, [](Tensor* x) { to(x[0], DType::f64); }},
    {"to", 1, [](Tensor* x) { to(x[0], Device{DeviceType::reference}); }},
    {"squeeze", 1, [](Tensor* x) { squeeze(x[0]); }},
    {"squeeze", 1, [](Tensor* x) { squeeze(x[0], {0}); }},
    {"unsqueeze", 1, [](Tensor* x) { unsqueeze(x[0], 0); }},
    {"slice", 1, [](Tensor* x) { slice(x[0], {0}); }},
    {"embed", 1,
     [](Tensor* x) {
       embed(x[0], {2, 2}, {});
     }},
    {"assign", 2, [](Tensor* x) { assign(x[0], {0}, x[1]); }},
    {"take", 2, [](Tensor* x) { take(x[0], x[1]); }},
    {"select", 2, [](Tensor* x) { select(x[0], x[1]); }},
    {"gather", 2, [](Tensor* x) { gather(x[0], x[1], 0); }},
    {"scatter_add", 2, [](Tensor* x) { scatter_add(x[0], x[1], 0, 3); }},
    {"cat", 3,
     [](Tensor* x) {
       cat({x[0], x[1], x[2]});
     }},
    {"stack", 2,
     [](Tensor* x) {
       stack({x[0], x[1]});
     }},
    {"zeros_like", 1, [](Tensor* x) { zeros_like(x[0]); }},
    {"ones_like", 1, [](Tensor* x) { ones_like(x[0]); }},
    {"full_like", 1, [](Tensor* x) { full_like(x[0], 2); }},
    {"fill", 1, [](Tensor* x) { fill(x[0], 2); }},
    {"copy_into", 2, [](Tensor* x) { copy_into(x[0], x[1]); }},
    {"address_of", 1, [](Tensor* x) { address_of(x[0]); }},
    {"make_view", 1, [](Tensor* x) { make_view(x[0], {1}, {1}, 0); }},
    {"metadata_of", 1, [](Tensor* x) { metadata_of(x[0]); }},
    {"may_overlap", 2, [](Tensor* x) { may_overlap(x[0], x[1]); }},
    {"save", 1, [](Tensor* x) { save(file, x[0]); }},
    {"save", 1,
     [](Tensor* x) {
       const NamedTensor named{"a", x[0]};
       save(file, std::span(&named, 1));
     }},
    {"save_network", 2,
     [](Tensor* x) {
       Network network;
       network.equation = "ij,jk->ik";
       network.operands = {x[0], x[1]};
       save_network(::testing::TempDir() + "undefined.safetensors", network);
     }},
};

const Case kDerivatives[] = {
    {"backward", 1, [](Tensor* x) { backward(x[0]); }},
    {"backward: inputs", 1,
     [](Tensor* x) {
       Tensor leaf = ones({2}, {.requires_grad = true});
       backward(leaf * 2, {.inputs = {x[0]}});
     }},
    {"grad", 1, [](Tensor* x) { grad(x[0], std::vector<Tensor>{}); }},
    {"grad", 1,
     [](Tensor* x) {
       Tensor leaf = ones({2}, {.requires_grad = true});
       grad(leaf * 2, {x[0]});
     }},
    {"jvp", 1, [](Tensor* x) { jvp(square, {x[0]}, {ones({2})}); }},
    {"vjp", 1, [](Tensor* x) { vjp(square, {x[0]}); }},
    {"value_and_grad", 1, [](Tensor* x) { value_and_grad(square)({x[0]}); }},
    {"jacobian", 1, [](Tensor* x) { jacobian(square, x[0]); }},
    {"jacobian", 2,
     [](Tensor* x) {
       jacobian(square, std::vector<Tensor>{x[0], x[1]});
     }},
    {"hessian", 1, [](Tensor* x) { hessian(square, x[0]); }},
    {"hvp", 1, [](Tensor* x) { hvp(square, {x[0]}, {ones({2})}); }},
    {"vmap", 1, [](Tensor* x) { vmap(square)({x[0]}); }},
    {"vmap", 1, [](Tensor* x) { VmapScope().wrap(x[0], 0); }},
    {"has_batch", 1, [](Tensor* x) { VmapScope().has_batch(x[0]); }},
    {"checkpoint", 1, [](Tensor* x) { checkpoint(square, {x[0]}); }},
    {"gradcheck", 1, [](Tensor* x) { gradcheck(square, {x[0]}); }},
    {"gradgradcheck", 1, [](Tensor* x) { gradgradcheck(square, {x[0]}); }},
    {"register_hook", 1, [](Tensor* x) { register_hook(x[0], [](const Tensor& g) { return g; }); }},
    {"run_hooks", 2, [](Tensor* x) { run_hooks(x[0], x[1]); }},
    {"all_finite", 1, [](Tensor* x) { all_finite(x[0]); }},
};

struct Twice final : Function {
  std::string_view name() const override { return "Twice"; }
  Tensor forward(Context&, const std::vector<Tensor>& xs) const override { return xs[0] + xs[1]; }
  std::vector<Tensor> backward(const Context&, const Tensor& g) const override { return {g, g}; }
};

namespace F = nn::functional;

const Case kModules[] = {
    {"Twice", 2,
     [](Tensor* x) {
       Function::apply<Twice>({x[0], x[1]});
     }},
    {"linear", 2, [](Tensor* x) { F::linear(x[0], x[1]); }},
    {"embedding", 2, [](Tensor* x) { F::embedding(x[0], x[1]); }},
    {"layer_norm", 1, [](Tensor* x) { F::layer_norm(x[0], {2}); }},
    {"dropout", 1, [](Tensor* x) { F::dropout(x[0]); }},
    {"one_hot", 1, [](Tensor* x) { F::one_hot(x[0]); }},
    {"gelu", 1, [](Tensor* x) { F::gelu(x[0]); }},
    {"silu", 1, [](Tensor* x) { F::silu(x[0]); }},
    {"softplus", 1, [](Tensor* x) { F::softplus(x[0]); }},
    {"leaky_relu", 1, [](Tensor* x) { F::leaky_relu(x[0]); }},
    {"nll_loss", 2, [](Tensor* x) { F::nll_loss(x[0], x[1]); }},
    {"cross_entropy", 2, [](Tensor* x) { F::cross_entropy(x[0], x[1]); }},
    {"mse_loss", 2, [](Tensor* x) { F::mse_loss(x[0], x[1]); }},
    {"l1_loss", 2, [](Tensor* x) { F::l1_loss(x[0], x[1]); }},
    {"smooth_l1_loss", 2, [](Tensor* x) { F::smooth_l1_loss(x[0], x[1]); }},
    {"binary_cross_entropy", 2, [](Tensor* x) { F::binary_cross_entropy(x[0], x[1]); }},
    {"binary_cross_entropy_with_logits", 2, [](Tensor* x) { F::binary_cross_entropy_with_logits(x[0], x[1]); }},
    {"uniform_", 1, [](Tensor* x) { nn::init::uniform_(x[0]); }},
    {"normal_", 1, [](Tensor* x) { nn::init::normal_(x[0]); }},
    {"constant_", 1, [](Tensor* x) { nn::init::constant_(x[0], 2); }},
    {"zeros_", 1, [](Tensor* x) { nn::init::zeros_(x[0]); }},
    {"ones_", 1, [](Tensor* x) { nn::init::ones_(x[0]); }},
    {"eye_", 1, [](Tensor* x) { nn::init::eye_(x[0]); }},
    {"xavier_uniform_", 1, [](Tensor* x) { nn::init::xavier_uniform_(x[0]); }},
    {"xavier_normal_", 1, [](Tensor* x) { nn::init::xavier_normal_(x[0]); }},
    {"kaiming_uniform_", 1, [](Tensor* x) { nn::init::kaiming_uniform_(x[0]); }},
    {"kaiming_normal_", 1, [](Tensor* x) { nn::init::kaiming_normal_(x[0]); }},
    {"linear", 1, [](Tensor* x) { nn::Linear(2, 2)(x[0]); }},
    {"Bilinear", 2, [](Tensor* x) { nn::Bilinear(2, 2, 2)(x[0], x[1]); }},
    {"einsum", 1,
     [](Tensor* x) {
       nn::Einsum("ij,jk->ik", {2, 2})(x[0]);
     }},
    {"embedding", 1, [](Tensor* x) { nn::Embedding(2, 2)(x[0]); }},
    {"layer_norm", 1, [](Tensor* x) { nn::LayerNorm({2})(x[0]); }},
    {"dropout", 1, [](Tensor* x) { nn::Dropout()(x[0]); }},
    {"relu", 1, [](Tensor* x) { nn::Sequential(std::make_shared<nn::ReLU>())(x[0]); }},
    {"load_state_dict", 1,
     [](Tensor* x) {
       nn::Linear(2, 2).load_state_dict({{"weight", x[0]}});
     }},
    {"clip_grad_norm", 2,
     [](Tensor* x) {
       optim::clip_grad_norm({x[0], x[1]}, 1);
     }},
};

// What is asked of a tensor itself: messages name no place.
const Case kMembers[] = {
    {"shape()", 1, [](Tensor* x) { x[0].shape(); }},
    {"strides()", 1, [](Tensor* x) { x[0].strides(); }},
    {"offset()", 1, [](Tensor* x) { x[0].offset(); }},
    {"ndim()", 1, [](Tensor* x) { x[0].ndim(); }},
    {"extent()", 1, [](Tensor* x) { x[0].extent(0); }},
    {"numel()", 1, [](Tensor* x) { x[0].numel(); }},
    {"nbytes()", 1, [](Tensor* x) { x[0].nbytes(); }},
    {"dtype()", 1, [](Tensor* x) { x[0].dtype(); }},
    {"device()", 1, [](Tensor* x) { x[0].device(); }},
    {"is_contiguous()", 1, [](Tensor* x) { x[0].is_contiguous(); }},
    {"storage()", 1, [](Tensor* x) { x[0].storage(); }},
    {"data()", 1, [](Tensor* x) { x[0].data<float>(); }},
    {"raw_data()", 1, [](Tensor* x) { x[0].raw_data(); }},
    {"data()", 1, [](Tensor* x) { x[0].data<const float>(); }},
    {"const_raw_data()", 1, [](Tensor* x) { x[0].const_raw_data(); }},
    {"is_read_only()", 1, [](Tensor* x) { x[0].is_read_only(); }},
    {"item()", 1, [](Tensor* x) { x[0].item<float>(); }},
    {"is_leaf()", 1, [](Tensor* x) { x[0].is_leaf(); }},
    {"requires_grad: the tensor", 1, [](Tensor* x) { x[0].set_requires_grad(); }},
    {"grad()", 1, [](Tensor* x) { x[0].grad(); }},
    {"set_grad()", 1,
     [](Tensor* x) {
       x[0].set_grad(ones({2, 2}));
     }},
    {"detach()", 1, [](Tensor* x) { x[0].detach(); }},
    {"the tensor", 1, [](Tensor* x) { nn::Module().register_buffer("buffer", x[0]); }},
    {"SGD: parameter 0", 1, [](Tensor* x) { optim::SGD({x[0]}); }},
    {"vmap: the function returned", 1, [](Tensor* x) { VmapScope().unwrap(x[0], 0); }},
};

std::string said(const Case& c, Tensor* x, int& operand) {
  try {
    c.call(x);
  } catch (const Error& error) {
    operand = error.operand();
    return error.what();
  }
  return "nothing";
}

void check(std::span<const Case> cases, bool placed) {
  for (const Case& c : cases)
    for (std::size_t place = 0; place < c.places; ++place)
      for (const bool moved : {false, true}) {
        SCOPED_TRACE(c.name + ", operand " + std::to_string(place + 1) + (moved ? ", moved from" : ""));
        Tensor x[3] = {ones({2, 2}), ones({2, 2}), ones({2, 2})};
        const Tensor elsewhere = std::move(x[place]);
        if (!moved) x[place] = Tensor();
        int operand = -1;
        const std::string text = said(c, x, operand);
        EXPECT_EQ(
            text.find(c.name + (placed ? ": operand " + std::to_string(place + 1) + " is undefined" : "")) != text.npos,
            true)
            << text;
        EXPECT_NE(text.find("undefined"), text.npos) << text;
        EXPECT_EQ(operand, placed ? static_cast<int>(place) : -1);
      }
}

TEST(Undefined, OperandsOfElementwiseFunctionsAreRefused) { check(kElementwise, true); }
TEST(Undefined, OperandsOfFunctionsAreRefused) { check(kFunctions, true); }
TEST(Undefined, OperandsOfDerivativesAreRefused) { check(kDerivatives, true); }
TEST(Undefined, OperandsOfModulesAreRefused) { check(kModules, true); }
TEST(Undefined, MembersRefuse) { check(kMembers, false); }

TEST(Undefined, AMessageSaysWhatItIsAndHowToMendIt) {
  const Tensor w = ones({2}, {.requires_grad = true});
  try {
    w - 0.1 * w.grad();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "multiply: operand 2 is undefined (a default-constructed or moved-from Tensor)\n"
                 "  give it a value first; a gradient has none before backward()");
  }
}

TEST(Undefined, FunctionsThatReturnNothingAreTold) {
  const TensorFunction nothing = [](const std::vector<Tensor>&) { return Tensor(); };
  const std::vector<Tensor> xs{ones({2}, {.dtype = DType::f64})};
  EXPECT_THROW(jvp(nothing, xs, xs), Error);
  EXPECT_THROW(vjp(nothing, xs), Error);
  EXPECT_THROW(jacobian(nothing, xs), Error);
  EXPECT_THROW(hessian(nothing, xs[0]), Error);
  EXPECT_THROW(hvp(nothing, xs, xs), Error);
  EXPECT_THROW(vmap(nothing)(xs), Error);
  EXPECT_THROW(checkpoint(nothing, xs), Error);
  EXPECT_THROW(gradcheck(nothing, xs), Error);
  EXPECT_THROW(gradgradcheck(nothing, xs), Error);
}

TEST(Undefined, IsAskedForAndPrinted) {
  Tensor a, b = ones({2});
  EXPECT_FALSE(a.defined());
  EXPECT_FALSE(a.requires_grad());
  EXPECT_FALSE(to_string(a).empty());
  const Tensor copy = a;
  EXPECT_FALSE(copy.defined());
  a = std::move(b);
  EXPECT_TRUE(a.defined());
  EXPECT_FALSE(b.defined());
}

TEST(Undefined, OptionalOperandsMayBe) {
  EXPECT_EQ(bilinear(ones({2, 2}), ones({2, 2}), ones({3, 2, 2}), Tensor()).shape(), Shape({2, 3}));
  EXPECT_EQ(F::linear(ones({2, 2}), ones({3, 2}), Tensor()).shape(), Shape({2, 3}));
  EXPECT_EQ(jvp(square, {ones({1})}, {Tensor()}).tangent.item<float>(), 0);
}

}  // namespace
}  // namespace ricci
