// nn.init: values to start training from.
#include "nn.h"

namespace ricci::python {
namespace {

namespace init = nn::init;

init::Seed seed_from(nb::handle seed) {
  if (seed.is_none()) return std::nullopt;
  return static_cast<std::uint64_t>(integer_from(seed, "seed"));
}

const Tensor& target_of(nb::handle object) {
  const Tensor* tensor = tensor_in(object);
  if (!tensor)
    fail<DTypeError>("init: a Tensor is written in place; an object of type ", nb::type_name(object.type()).c_str(),
                     " is none");
  return *tensor;
}

// Writes with f and gives the object back that was written to.
template <class F>
nb::object write(nb::handle object, F f) {
  const Tensor t = target_of(object);
  unlocked([&] { return f(t); });
  return nb::borrow(object);
}

std::string signature(const char* name, const char* rest = "") {
  return concat("def ", name, "(tensor: Tensor", *rest ? ", " : "", rest, ") -> Tensor");
}

using Kaiming = Tensor (*)(const Tensor&, const init::KaimingOptions&);

nb::object call_kaiming(Kaiming f, nb::handle tensor, double slope, nb::handle mode, nb::handle nonlinearity,
                        nb::handle seed) {
  const std::string fan = string_from(mode, "mode"), after = string_from(nonlinearity, "nonlinearity");
  if (fan != "fan_in" && fan != "fan_out") fail<Error>("mode is 'fan_in' or 'fan_out', not '", fan, "'");
  const init::KaimingOptions options{
      .slope = slope, .fan_out = fan == "fan_out", .nonlinearity = after, .seed = seed_from(seed)};
  return write(tensor, [&](const Tensor& t) { return f(t, options); });
}

void define_kaiming(nb::module_& m, const char* name, Kaiming f, const char* doc) {
  m.def(
      name,
      [f](nb::handle tensor, double slope, nb::handle mode, nb::handle nonlinearity, nb::handle seed) {
        return call_kaiming(f, tensor, slope, mode, nonlinearity, seed);
      },
      "tensor"_a, "a"_a = 0.0, "mode"_a = "fan_in", "nonlinearity"_a = "leaky_relu", "seed"_a = nb::none(),
      nb::sig(
          signature(name,
                    "a: float = 0.0, mode: str = 'fan_in', nonlinearity: str = 'leaky_relu', seed: int | None = None")
              .c_str()),
      doc);
}

using Xavier = Tensor (*)(const Tensor&, double, init::Seed);

void define_xavier(nb::module_& m, const char* name, Xavier f, const char* doc) {
  m.def(
      name,
      [f](nb::handle tensor, double gain, nb::handle seed) {
        const init::Seed from = seed_from(seed);
        return write(tensor, [&](const Tensor& t) { return f(t, gain, from); });
      },
      "tensor"_a, "gain"_a = 1.0, "seed"_a = nb::none(),
      nb::sig(signature(name, "gain: float = 1.0, seed: int | None = None").c_str()), doc);
}

void define_plain(nb::module_& m, const char* name, Tensor (*f)(const Tensor&), const char* doc) {
  m.def(
      name, [f](nb::handle tensor) { return write(tensor, f); }, "tensor"_a, nb::sig(signature(name).c_str()), doc);
}

void bind_constants(nb::module_& m) {
  define_plain(m, "zeros_", init::zeros_,
               "Writes zeros.\n\n>>> ricci.nn.init.zeros_(ricci.ones(2))\nTensor([0.0, 0.0])");
  define_plain(m, "ones_", init::ones_, "Writes ones.\n\n>>> ricci.nn.init.ones_(ricci.zeros(2))\nTensor([1.0, 1.0])");
  define_plain(m, "eye_", init::eye_,
               "Writes the identity matrix. Raises ShapeError.\n\n"
               ">>> ricci.nn.init.eye_(ricci.empty(1, 2))\nTensor([[1.0, 0.0]])");
  m.def(
      "constant_",
      [](nb::handle tensor, nb::handle value) {
        const Scalar number = scalar_from(value, "value");
        return write(tensor, [&](const Tensor& t) { return init::constant_(t, number); });
      },
      "tensor"_a, "val"_a, nb::sig(signature("constant_", "val: complex").c_str()),
      "Writes one value.\n\n>>> ricci.nn.init.constant_(ricci.empty(2), 0.5)\nTensor([0.5, 0.5])");
}

void bind_uniform_and_normal(nb::module_& m) {
  m.def(
      "uniform_",
      [](nb::handle tensor, double low, double high, nb::handle seed) {
        const init::Seed from = seed_from(seed);
        return write(tensor, [&](const Tensor& t) { return init::uniform_(t, low, high, from); });
      },
      "tensor"_a, "a"_a = 0.0, "b"_a = 1.0, "seed"_a = nb::none(),
      nb::sig(signature("uniform_", "a: float = 0.0, b: float = 1.0, seed: int | None = None").c_str()),
      "Writes numbers uniform on [a, b); a seed gives the same ones anywhere.\n\n"
      ">>> t = ricci.nn.init.uniform_(ricci.empty(100), 2, 3, seed=1)\n>>> bool((t >= 2).min()), bool((t < 3).min())\n"
      "(True, True)");
  m.def(
      "normal_",
      [](nb::handle tensor, double mean, double deviation, nb::handle seed) {
        const init::Seed from = seed_from(seed);
        return write(tensor, [&](const Tensor& t) { return init::normal_(t, mean, deviation, from); });
      },
      "tensor"_a, "mean"_a = 0.0, "std"_a = 1.0, "seed"_a = nb::none(),
      nb::sig(signature("normal_", "mean: float = 0.0, std: float = 1.0, seed: int | None = None").c_str()),
      "Writes normal numbers of this mean and standard deviation; a seed gives the same ones anywhere.\n\n"
      ">>> t = ricci.nn.init.normal_(ricci.empty(1000), 5.0, 0.1, seed=1)\n>>> round(t.mean().item(), 1)\n5.0");
}

}  // namespace

void bind_init(nb::module_& m) {
  bind_constants(m);
  bind_uniform_and_normal(m);
  define_xavier(m, "xavier_uniform_", init::xavier_uniform_,
                "Uniform numbers of the variance gain^2 * 2 / (fan_in + fan_out), after Glorot and Bengio.\n\n"
                "The fans are those of a weight (out, in, ...). Raises ShapeError below two axes.\n\n"
                ">>> bool((ricci.nn.init.xavier_uniform_(ricci.empty(3, 3)).abs() <= 1).min())\nTrue");
  define_xavier(m, "xavier_normal_", init::xavier_normal_,
                "Normal numbers of the variance gain^2 * 2 / (fan_in + fan_out), after Glorot and Bengio.\n\n"
                "Raises ShapeError below two axes.\n\n"
                ">>> ricci.nn.init.xavier_normal_(ricci.empty(3, 3)).shape\n(3, 3)");
  define_kaiming(m, "kaiming_uniform_", init::kaiming_uniform_,
                 "Uniform numbers of the variance gain^2 / fan, after He et al.\n\n"
                 "The gain is that of the nonlinearity, a the slope of a leaky_relu; mode is 'fan_in' or 'fan_out'.\n"
                 "Raises ShapeError below two axes.\n\n"
                 ">>> bool((ricci.nn.init.kaiming_uniform_(ricci.empty(3, 6)).abs() <= 1).min())\nTrue");
  define_kaiming(m, "kaiming_normal_", init::kaiming_normal_,
                 "Normal numbers of the variance gain^2 / fan, after He et al. See kaiming_uniform_.\n\n"
                 ">>> ricci.nn.init.kaiming_normal_(ricci.empty(3, 6), nonlinearity='relu').shape\n(3, 6)");
  m.def(
      "calculate_gain",
      [](nb::handle nonlinearity, nb::handle slope) {
        return init::gain_of(string_from(nonlinearity, "nonlinearity"),
                             slope.is_none() ? 0.01 : scalar_from(slope, "param").value.real());
      },
      "nonlinearity"_a, "param"_a = nb::none(),
      nb::sig("def calculate_gain(nonlinearity: str, param: float | None = None) -> float"),
      "The factor that keeps the variance through 'linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu' or 'selu'.\n\n"
      "param is the slope of a leaky_relu.\n\n>>> ricci.nn.init.calculate_gain('linear')\n1.0");
}

}  // namespace ricci::python
