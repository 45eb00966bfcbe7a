// Making tensors: zeros, ones, random numbers and the rest.
#include "convert.h"

namespace ricci::python {
namespace {

const char* const kOptions = "dtype: DTypeLike | None = None, device: str | None = None, requires_grad: bool = False";

TensorOptions options_of(nb::handle dtype, nb::handle device, bool requires_grad) {
  return {
      .dtype = dtype_from(dtype).value_or(DType::f32), .device = device_from(device), .requires_grad = requires_grad};
}

using Filled = Tensor (*)(const Shape&, const TensorOptions&);

void define_filled(nb::module_& m, const char* name, Filled f, const char* doc) {
  m.def(
      name,
      [f](const nb::args& shape, nb::handle dtype, nb::handle device, bool requires_grad) {
        const Shape extents = integers_from_arguments(shape, "shape");
        const TensorOptions options = options_of(dtype, device, requires_grad);
        return unlocked([&] { return f(extents, options); });
      },
      "shape"_a, "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      nb::sig(concat("def ", name, "(*shape: int | typing.Sequence[int], ", kOptions, ") -> Tensor").c_str()), doc);
}

using Random = Tensor (*)(const Shape&, const RandomOptions&);

std::optional<std::uint64_t> seed_from(nb::handle seed) {
  if (seed.is_none()) return std::nullopt;
  return static_cast<std::uint64_t>(integer_from(seed, "seed"));
}

void define_random(nb::module_& m, const char* name, Random f, const char* doc) {
  m.def(
      name,
      [f](const nb::args& shape, nb::handle dtype, nb::handle device, bool requires_grad, nb::handle seed) {
        const Shape extents = integers_from_arguments(shape, "shape");
        const RandomOptions options{.dtype = dtype_from(dtype).value_or(DType::f32),
                                    .device = device_from(device),
                                    .requires_grad = requires_grad,
                                    .seed = seed_from(seed)};
        return unlocked([&] { return f(extents, options); });
      },
      "shape"_a, "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false, "seed"_a = nb::none(),
      nb::sig(concat("def ", name, "(*shape: int | typing.Sequence[int], ", kOptions,
                     ", seed: int | None = None) -> Tensor")
                  .c_str()),
      doc);
}

Tensor make_full(nb::handle shape, nb::handle value, nb::handle dtype, nb::handle device, bool requires_grad) {
  TensorOptions options = options_of(dtype, device, requires_grad);
  if (dtype.is_none()) options.dtype = copy_tensor(value, std::nullopt).dtype();
  return full(integers_from(shape, "shape"), scalar_from(value, "value"), options);
}

Tensor make_range(nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle device,
                  bool requires_grad) {
  const CreateOptions options{
      .dtype = dtype_from(dtype), .device = device_from(device), .requires_grad = requires_grad};
  const Scalar by = scalar_from(step, "step");
  if (stop.is_none()) return arange(0, scalar_from(start, "stop"), by, options);
  return arange(scalar_from(start, "start"), scalar_from(stop, "stop"), by, options);
}

void define_like(nb::module_& m, const char* name, Tensor (*f)(const Tensor&), const char* doc) {
  m.def(
      name, [f](nb::handle x) { return f(as_tensor(x)); }, "x"_a,
      nb::sig(concat("def ", name, "(x: TensorLike) -> Tensor").c_str()), doc);
}

}  // namespace

void bind_create(nb::module_& m) {
  define_filled(m, "zeros", zeros,
                "Zeros of a shape: zeros(2, 3) or zeros((2, 3)). Raises ShapeError, MemoryError.\n\n"
                ">>> ricci.zeros(2, 3)\nTensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])");
  define_filled(m, "ones", ones,
                "Ones of a shape. Raises ShapeError, MemoryError.\n\n"
                ">>> ricci.ones(3, dtype='int64')\nTensor([1, 1, 1], dtype=int64)");
  define_filled(m, "empty", static_cast<Filled>(empty),
                "Uninitialised elements. Raises ShapeError, MemoryError.\n\n"
                ">>> ricci.empty(2, 3).shape\n(2, 3)");
  define_random(m, "rand", rand,
                "Uniform on [0, 1). Raises DTypeError for integers.\n\n"
                "The same seed gives the same numbers on any machine with any number of threads.\n\n"
                ">>> bool((ricci.rand(4, seed=1) == ricci.rand(4, seed=1)).min())\nTrue");
  define_random(m, "randn", randn,
                "Standard normal; complex numbers have variance 1. Raises DTypeError for integers.\n\n"
                "The same seed gives the same numbers on any machine with any number of threads.\n\n"
                ">>> ricci.randn(2, 3, seed=1).shape\n(2, 3)");
  m.def(
      "full", make_full, "shape"_a, "value"_a, "dtype"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false,
      nb::sig(concat("def full(shape: int | typing.Sequence[int], value: complex, ", kOptions, ") -> Tensor").c_str()),
      "One value everywhere; its dtype is that of the value. Raises ShapeError, MemoryError.\n\n"
      ">>> ricci.full((2,), 7)\nTensor([7, 7], dtype=int64)");
  m.def(
      "eye",
      [](std::int64_t rows, nb::handle columns, nb::handle dtype, nb::handle device, bool requires_grad) {
        return eye(rows, columns.is_none() ? rows : integer_from(columns, "columns"),
                   options_of(dtype, device, requires_grad));
      },
      "rows"_a, "columns"_a = nb::none(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      nb::sig(concat("def eye(rows: int, columns: int | None = None, ", kOptions, ") -> Tensor").c_str()),
      "The identity matrix (rows, columns). Raises ShapeError.\n\n>>> ricci.eye(2)\nTensor([[1.0, 0.0], [0.0, 1.0]])");
  m.def("arange", make_range, "start"_a, "stop"_a = nb::none(), "step"_a = 1, "dtype"_a = nb::none(),
        "device"_a = nb::none(), "requires_grad"_a = false,
        nb::sig(concat("def arange(start: float, stop: float | None = None, step: float = 1, ", kOptions, ") -> Tensor")
                    .c_str()),
        "start, start + step, ... up to, without, stop; arange(n) starts at 0. Whole numbers give int64.\n\n"
        "Raises ShapeError for a step of 0.\n\n>>> ricci.arange(4)\nTensor([0, 1, 2, 3], dtype=int64)");
  define_like(m, "zeros_like", zeros_like,
              "Zeros of the shape, dtype and device of x, without history.\n\n"
              ">>> ricci.zeros_like(ricci.tensor([1, 2]))\nTensor([0, 0], dtype=int64)");
  define_like(m, "ones_like", ones_like,
              "Ones of the shape, dtype and device of x, without history.\n\n"
              ">>> ricci.ones_like(ricci.tensor([1.0, 2.0]))\nTensor([1.0, 1.0])");
  m.def(
      "full_like", [](nb::handle x, nb::handle value) { return full_like(as_tensor(x), scalar_from(value, "value")); },
      "x"_a, "value"_a, nb::sig("def full_like(x: TensorLike, value: complex) -> Tensor"),
      "One value in the shape, dtype and device of x, without history.\n\n"
      ">>> ricci.full_like(ricci.tensor([1.0, 2.0]), 3)\nTensor([3.0, 3.0])");
  m.def(
      "manual_seed", [](std::int64_t seed) { manual_seed(static_cast<std::uint64_t>(seed)); }, "seed"_a,
      "Starts the default random generator anew.\n\n"
      ">>> ricci.manual_seed(7)\n>>> a = ricci.rand(3)\n>>> ricci.manual_seed(7)\n"
      ">>> bool((a == ricci.rand(3)).min())\nTrue");
}

}  // namespace ricci::python
