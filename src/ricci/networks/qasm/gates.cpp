#include "ricci/networks/qasm/gates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace ricci::networks {
namespace {

using Complex = std::complex<double>;
using Parameters = std::span<const double>;

constexpr double kPi = std::numbers::pi;

Complex phase(double angle) { return std::polar(1.0, angle); }

// OpenQASM's U up to its global phase, so that u1 is diag(1, exp(i lambda)).
Matrix u3(double theta, double phi, double lambda) {
  const double c = std::cos(theta / 2), s = std::sin(theta / 2);
  return {c, -phase(lambda) * s, phase(phi) * s, phase(phi + lambda) * c};
}

Matrix diagonal(std::initializer_list<Complex> entries) {
  Matrix out(entries.size() * entries.size());
  std::size_t at = 0;
  for (const Complex& entry : entries) {
    out[at * (entries.size() + 1)] = entry;
    ++at;
  }
  return out;
}

Matrix x() { return {0, 1, 1, 0}; }
Matrix y() { return {0, Complex(0, -1), Complex(0, 1), 0}; }
Matrix h() {
  const double r = 1 / std::numbers::sqrt2;
  return {r, r, r, -r};
}
Matrix sx() {
  const Complex a(0.5, 0.5), b(0.5, -0.5);
  return {a, b, b, a};
}
Matrix rx(double t) {
  const double c = std::cos(t / 2);
  const Complex s(0, -std::sin(t / 2));
  return {c, s, s, c};
}
Matrix ry(double t) {
  const double c = std::cos(t / 2), s = std::sin(t / 2);
  return {c, -s, s, c};
}
Matrix rz(double t) { return diagonal({phase(-t / 2), phase(t / 2)}); }

Matrix scaled(Matrix matrix, Complex factor) {
  for (Complex& entry : matrix) entry *= factor;
  return matrix;
}

Matrix adjoint(const Matrix& matrix) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(matrix.size()))));
  Matrix out(matrix.size());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) out[j * n + i] = std::conj(matrix[i * n + j]);
  return out;
}

// The gate with one more qubit, the first, that must be 1.
Matrix controlled(const Matrix& gate) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(gate.size()))));
  Matrix out(4 * n * n);
  for (std::size_t i = 0; i < n; ++i) {
    out[i * 2 * n + i] = 1;
    for (std::size_t j = 0; j < n; ++j) out[(n + i) * 2 * n + n + j] = gate[i * n + j];
  }
  return out;
}

Matrix swap() { return {1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1}; }

Matrix iswap() {
  const Complex i(0, 1);
  return {1, 0, 0, 0, 0, 0, i, 0, 0, i, 0, 0, 0, 0, 0, 1};
}

// exp(-i t/2 P P) for a P that squares to 1: cos - i sin (P P), the product's entries on the antidiagonal.
Matrix two_qubit_rotation(double t, double outer) {
  const double c = std::cos(t / 2);
  const Complex s(0, -std::sin(t / 2)), o = s * outer;
  return {c, 0, 0, o, 0, c, s, 0, 0, s, c, 0, o, 0, 0, c};
}

constexpr std::array kGates{
    StandardGate{"U", 3, 1, [](Parameters p) { return u3(p[0], p[1], p[2]); }},
    StandardGate{"u3", 3, 1, [](Parameters p) { return u3(p[0], p[1], p[2]); }},
    StandardGate{"u", 3, 1, [](Parameters p) { return u3(p[0], p[1], p[2]); }},
    StandardGate{"u2", 2, 1, [](Parameters p) { return u3(kPi / 2, p[0], p[1]); }},
    StandardGate{"u1", 1, 1,
                 [](Parameters p) {
                   return diagonal({1, phase(p[0])});
                 }},
    StandardGate{"p", 1, 1,
                 [](Parameters p) {
                   return diagonal({1, phase(p[0])});
                 }},
    StandardGate{"u0", 1, 1,
                 [](Parameters) {
                   return diagonal({1, 1});
                 }},
    StandardGate{"id", 0, 1,
                 [](Parameters) {
                   return diagonal({1, 1});
                 }},
    StandardGate{"x", 0, 1, [](Parameters) { return x(); }},
    StandardGate{"y", 0, 1, [](Parameters) { return y(); }},
    StandardGate{"z", 0, 1,
                 [](Parameters) {
                   return diagonal({1, -1});
                 }},
    StandardGate{"h", 0, 1, [](Parameters) { return h(); }},
    StandardGate{"s", 0, 1,
                 [](Parameters) {
                   return diagonal({1, Complex(0, 1)});
                 }},
    StandardGate{"sdg", 0, 1,
                 [](Parameters) {
                   return diagonal({1, Complex(0, -1)});
                 }},
    StandardGate{"t", 0, 1,
                 [](Parameters) {
                   return diagonal({1, phase(kPi / 4)});
                 }},
    StandardGate{"tdg", 0, 1,
                 [](Parameters) {
                   return diagonal({1, phase(-kPi / 4)});
                 }},
    StandardGate{"sx", 0, 1, [](Parameters) { return sx(); }},
    StandardGate{"sxdg", 0, 1, [](Parameters) { return adjoint(sx()); }},
    StandardGate{"rx", 1, 1, [](Parameters p) { return rx(p[0]); }},
    StandardGate{"ry", 1, 1, [](Parameters p) { return ry(p[0]); }},
    StandardGate{"rz", 1, 1, [](Parameters p) { return rz(p[0]); }},
    StandardGate{"CX", 0, 2, [](Parameters) { return controlled(x()); }},
    StandardGate{"cx", 0, 2, [](Parameters) { return controlled(x()); }},
    StandardGate{"cy", 0, 2, [](Parameters) { return controlled(y()); }},
    StandardGate{"cz", 0, 2,
                 [](Parameters) {
                   return diagonal({1, 1, 1, -1});
                 }},
    StandardGate{"ch", 0, 2, [](Parameters) { return controlled(h()); }},
    StandardGate{"csx", 0, 2, [](Parameters) { return controlled(sx()); }},
    StandardGate{"crx", 1, 2, [](Parameters p) { return controlled(rx(p[0])); }},
    StandardGate{"cry", 1, 2, [](Parameters p) { return controlled(ry(p[0])); }},
    StandardGate{"crz", 1, 2, [](Parameters p) { return controlled(rz(p[0])); }},
    StandardGate{"cu1", 1, 2,
                 [](Parameters p) {
                   return diagonal({1, 1, 1, phase(p[0])});
                 }},
    StandardGate{"cp", 1, 2,
                 [](Parameters p) {
                   return diagonal({1, 1, 1, phase(p[0])});
                 }},
    StandardGate{"cu3", 3, 2, [](Parameters p) { return controlled(u3(p[0], p[1], p[2])); }},
    StandardGate{"cu", 4, 2, [](Parameters p) { return controlled(scaled(u3(p[0], p[1], p[2]), phase(p[3]))); }},
    StandardGate{"swap", 0, 2, [](Parameters) { return swap(); }},
    StandardGate{"iswap", 0, 2, [](Parameters) { return iswap(); }},
    StandardGate{"rxx", 1, 2, [](Parameters p) { return two_qubit_rotation(p[0], 1); }},
    StandardGate{"ryy", 1, 2, [](Parameters p) { return two_qubit_rotation(p[0], -1); }},
    StandardGate{"rzz", 1, 2,
                 [](Parameters p) {
                   const Complex a = phase(-p[0] / 2), b = phase(p[0] / 2);
                   return diagonal({a, b, b, a});
                 }},
    StandardGate{"ccx", 0, 3, [](Parameters) { return controlled(controlled(x())); }},
    StandardGate{"ccz", 0, 3,
                 [](Parameters) {
                   return diagonal({1, 1, 1, 1, 1, 1, 1, -1});
                 }},
    StandardGate{"cswap", 0, 3, [](Parameters) { return controlled(swap()); }},
    StandardGate{"c3x", 0, 4, [](Parameters) { return controlled(controlled(controlled(x()))); }},
    StandardGate{"c4x", 0, 5, [](Parameters) { return controlled(controlled(controlled(controlled(x())))); }},
};

}  // namespace

const StandardGate* find_standard_gate(std::string_view name) {
  const auto at = std::find_if(kGates.begin(), kGates.end(), [&](const StandardGate& g) { return g.name == name; });
  return at == kGates.end() ? nullptr : &*at;
}

}  // namespace ricci::networks
