// The layers with weights of their own, and the activations.
#include "nn.h"

namespace ricci::python {
namespace {

using namespace nn;

const char* const kPlace = "dtype: DTypeLike | None = None, device: str | None = None";

DType layer_dtype(nb::handle dtype) { return dtype_from(dtype).value_or(DType::f32); }

LayerOptions layer_options(bool bias, nb::handle dtype, nb::handle device) {
  return {.bias = bias, .dtype = layer_dtype(dtype), .device = device_from(device)};
}

// forward(x) of a class, not of what overrides it: Python's super().forward(x) ends here.
template <class M, class... X>
nb::object run(M& layer, const X&... x) {
  return to_python(unlocked([&] { return layer.M::forward(x...); }));
}

template <class M>
void define_forward(LayerClass<M>& c, const char* name, const char* what) {
  c.def(
      "forward", [](M& self, nb::handle x) { return run(self, as_tensor(x)); }, nb::arg(name),
      nb::sig(concat("def forward(self, ", name, ": TensorLike) -> Tensor").c_str()), what);
}

template <class M>
auto extent_of(std::int64_t axis) {
  return [axis](M& self) { return self.get("weight").extent(axis); };
}

void bind_linear(nb::module_& m) {
  LayerClass<Linear> c(m, "Linear", nb::type_slots(module_slots),
                       "y[..., o] = sum x[..., i] weight[o, i] + bias[o]: weight (out, in) and bias (out), at first "
                       "uniform within 1 / sqrt(in).\n\n"
                       ">>> layer = ricci.nn.Linear(3, 2)\n>>> layer(ricci.ones(5, 3)).shape\n(5, 2)\n"
                       ">>> [(name, p.shape) for name, p in layer.named_parameters()]\n"
                       "[('weight', (2, 3)), ('bias', (2,))]");
  c.def(
      "__init__",
      [](nb::pointer_and_handle<Linear> self, std::int64_t in, std::int64_t out, bool bias, nb::handle dtype,
         nb::handle device) { construct(self, in, out, layer_options(bias, dtype, device)); },
      "in_features"_a, "out_features"_a, "bias"_a = true, "dtype"_a = nb::none(), "device"_a = nb::none(),
      nb::sig(concat("def __init__(self, in_features: int, out_features: int, bias: bool = True, ", kPlace, ") -> None")
                  .c_str()));
  define_forward(c, "input", "(..., in) -> (..., out). Raises ShapeError.");
  c.def_prop_ro("in_features", extent_of<Linear>(1), "The extent of the input's last axis.");
  c.def_prop_ro("out_features", extent_of<Linear>(0), "The extent of the output's last axis.");
}

void bind_bilinear(nb::module_& m) {
  LayerClass<Bilinear> c(m, "Bilinear", nb::type_slots(module_slots),
                         "y[..., o] = sum x1[..., i] weight[o, i, j] x2[..., j] + bias[o]: weight (out, in1, in2) and "
                         "bias (out), at first uniform within 1 / sqrt(in1).\n\n"
                         ">>> layer = ricci.nn.Bilinear(3, 4, 2)\n"
                         ">>> layer(ricci.ones(5, 3), ricci.ones(5, 4)).shape\n(5, 2)");
  c.def(
      "__init__",
      [](nb::pointer_and_handle<Bilinear> self, std::int64_t in1, std::int64_t in2, std::int64_t out, bool bias,
         nb::handle dtype, nb::handle device) { construct(self, in1, in2, out, layer_options(bias, dtype, device)); },
      "in1_features"_a, "in2_features"_a, "out_features"_a, "bias"_a = true, "dtype"_a = nb::none(),
      "device"_a = nb::none(),
      nb::sig(concat("def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, ",
                     kPlace, ") -> None")
                  .c_str()));
  c.def(
      "forward", [](Bilinear& self, nb::handle x1, nb::handle x2) { return run(self, as_tensor(x1), as_tensor(x2)); },
      "input1"_a, "input2"_a, nb::sig("def forward(self, input1: TensorLike, input2: TensorLike) -> Tensor"),
      "(..., in1), (..., in2) -> (..., out). Raises ShapeError.");
  c.def_prop_ro("in1_features", extent_of<Bilinear>(1), "The extent of the first input's last axis.");
  c.def_prop_ro("in2_features", extent_of<Bilinear>(2), "The extent of the second input's last axis.");
  c.def_prop_ro("out_features", extent_of<Bilinear>(0), "The extent of the output's last axis.");
}

void bind_einsum_layer(nb::module_& m) {
  LayerClass<Einsum> c(
      m, "Einsum", nb::type_slots(module_slots),
      "einsum(equation, inputs..., weight): the weight is the last operand, of the given shape, at first uniform "
      "within\n"
      "1 / sqrt(the extents of its labels that the output has not). bias_shape adds a bias, which broadcasts; semiring "
      "as in einsum().\n\n"
      ">>> heads = ricci.nn.Einsum('btd,dhk->bhtk', (8, 2, 4))\n"
      ">>> heads(ricci.ones(3, 5, 8)).shape\n(3, 2, 5, 4)");
  c.def(
      "__init__",
      [](nb::pointer_and_handle<Einsum> self, nb::handle equation, nb::handle shape, nb::handle bias_shape,
         nb::handle semiring, nb::handle dtype, nb::handle device) {
        EinsumLayerOptions options{.dtype = layer_dtype(dtype), .device = device_from(device)};
        if (!semiring.is_none()) options.semiring = parse_semiring(string_from(semiring, "semiring"));
        if (!bias_shape.is_none()) options.bias = integers_from(bias_shape, "bias_shape");
        construct(self, string_from(equation, "equation"), Shape(integers_from(shape, "shape")), options);
      },
      "equation"_a, "shape"_a, "bias_shape"_a = nb::none(), "semiring"_a = nb::none(), "dtype"_a = nb::none(),
      "device"_a = nb::none(),
      nb::sig(concat("def __init__(self, equation: str, shape: int | typing.Sequence[int], bias_shape: int | "
                     "typing.Sequence[int] | None = None, semiring: str = 'sum_product', ",
                     kPlace, ") -> None")
                  .c_str()));
  c.def(
      "forward",
      [](Einsum& self, const nb::args& inputs) {
        std::vector<Tensor> tensors;
        for (nb::handle x : inputs) tensors.push_back(as_tensor(x));
        return to_python(unlocked([&] { return self.forward(std::span<const Tensor>(tensors)); }));
      },
      "inputs"_a, nb::sig("def forward(self, *inputs: TensorLike) -> Tensor"), "The contraction. Raises EinsumError.");
  c.def_prop_ro(
      "equation", [](const Einsum& self) { return text_of(self.equation()); }, nb::sig("def equation(self) -> str"),
      "As it was written.");
}

void bind_embedding(nb::module_& m) {
  LayerClass<Embedding> c(m, "Embedding", nb::type_slots(module_slots),
                          "Rows of a weight (num_embeddings, embedding_dim), at first standard normal, at integer "
                          "positions. The row padding_idx is zeros at first and gets no gradient.\n\n"
                          ">>> ricci.nn.Embedding(10, 4)([[1, 2, 3]]).shape\n(1, 3, 4)");
  c.def(
      "__init__",
      [](nb::pointer_and_handle<Embedding> self, std::int64_t count, std::int64_t width, nb::handle padding,
         nb::handle dtype, nb::handle device) {
        EmbeddingOptions options{.dtype = layer_dtype(dtype), .device = device_from(device)};
        if (!padding.is_none()) options.padding = integer_from(padding, "padding_idx");
        construct(self, count, width, options);
      },
      "num_embeddings"_a, "embedding_dim"_a, "padding_idx"_a = nb::none(), "dtype"_a = nb::none(),
      "device"_a = nb::none(),
      nb::sig(concat("def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, ",
                     kPlace, ") -> None")
                  .c_str()));
  define_forward(c, "input", "(...) of integers -> (..., embedding_dim). Raises IndexError, DTypeError.");
  c.def_prop_ro("num_embeddings", extent_of<Embedding>(0), "The number of rows.");
  c.def_prop_ro("embedding_dim", extent_of<Embedding>(1), "The length of a row.");
  c.def_prop_ro(
      "padding_idx",
      [](const Embedding& self) { return self.padding() ? nb::object(nb::int_(*self.padding())) : nb::none(); },
      nb::sig("def padding_idx(self) -> int | None"), "The row that gets no gradient.");
}

void bind_layer_norm(nb::module_& m) {
  LayerClass<LayerNorm> c(m, "LayerNorm", nb::type_slots(module_slots),
                          "(x - mean) / sqrt(variance + eps) * weight + bias over the last axes, which have "
                          "normalized_shape.\n\n"
                          ">>> ricci.nn.LayerNorm(2)(ricci.tensor([[1.0, 3.0]])).shape\n(1, 2)");
  c.def(
      "__init__",
      [](nb::pointer_and_handle<LayerNorm> self, nb::handle shape, double eps, bool affine, bool bias, nb::handle dtype,
         nb::handle device) {
        const LayerNormOptions options{
            .eps = eps, .affine = affine, .bias = bias, .dtype = layer_dtype(dtype), .device = device_from(device)};
        construct(self, Shape(integers_from(shape, "normalized_shape")), options);
      },
      "normalized_shape"_a, "eps"_a = 1e-5, "elementwise_affine"_a = true, "bias"_a = true, "dtype"_a = nb::none(),
      "device"_a = nb::none(),
      nb::sig(concat("def __init__(self, normalized_shape: int | typing.Sequence[int], eps: float = 1e-5, "
                     "elementwise_affine: bool = True, bias: bool = True, ",
                     kPlace, ") -> None")
                  .c_str()));
  define_forward(c, "input", "The same shape. Raises ShapeError.");
  c.def_prop_ro(
      "normalized_shape", [](const LayerNorm& self) { return tuple_of(self.normalized_shape()); },
      nb::sig("def normalized_shape(self) -> tuple[int, ...]"), "The extents of the last axes.");
  c.def_prop_ro("eps", &LayerNorm::eps, "What is added to the variance.");
}

void bind_dropout(nb::module_& m) {
  LayerClass<Dropout> c(m, "Dropout", nb::type_slots(module_slots),
                        "In training each element becomes 0 with the probability p, and the others are divided by 1 - "
                        "p; after eval() nothing changes.\n\n"
                        ">>> ricci.nn.Dropout(0.5).eval()(ricci.ones(2))\nTensor([1.0, 1.0])");
  c.def(
      "__init__", [](nb::pointer_and_handle<Dropout> self, double p) { construct(self, p); }, "p"_a = 0.5,
      nb::sig("def __init__(self, p: float = 0.5) -> None"));
  define_forward(c, "input", "The same shape.");
  c.def_prop_ro("p", &Dropout::p, "The probability of a zero.");
}

template <class M>
void bind_activation(nb::module_& m, const char* name, const char* doc) {
  LayerClass<M> c(m, name, nb::type_slots(module_slots), doc);
  c.def("__init__", [](nb::pointer_and_handle<M> self) { construct(self); });
  define_forward(c, "input", "The same shape.");
}

}  // namespace

void bind_layers(nb::module_& m) {
  bind_linear(m);
  bind_bilinear(m);
  bind_einsum_layer(m);
  bind_embedding(m);
  bind_layer_norm(m);
  bind_dropout(m);
  bind_activation<ReLU>(m, "ReLU", "max(x, 0) as a module, to stand in a Sequential.");
  bind_activation<Tanh>(m, "Tanh", "tanh(x) as a module, to stand in a Sequential.");
  bind_activation<Sigmoid>(m, "Sigmoid", "sigmoid(x) as a module, to stand in a Sequential.");
  bind_activation<GELU>(m, "GELU", "functional.gelu(x) as a module, to stand in a Sequential.");
  bind_activation<SiLU>(m, "SiLU", "x sigmoid(x) as a module, to stand in a Sequential.");
}

}  // namespace ricci::python
