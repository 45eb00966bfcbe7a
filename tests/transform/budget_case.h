// Contractions to be run within caps: operands of small whole numbers, what a call allocates, plans within a share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "tests/equations.h"
#include "tests/path/networks.h"

namespace ricci::test {

/// What f allocates at once beyond what is there; what it keeps included.
template <class F>
std::int64_t peak_of(F&& f) {
  const std::int64_t before = memory::live_bytes();
  memory::reset_peak();
  f();
  return memory::peak_bytes() - before;
}

/// Small whole numbers: every order of adding is exact.
inline Tensor whole_numbers(const Shape& shape, DType dtype, Random& random, int least = -1) {
  const Tensor x = empty(shape, {.dtype = DType::f64});
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = static_cast<double>(below(random, 3)) + least;
  return to(x, dtype);
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.numel() == 0 || std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.nbytes())) == 0;
}

/// Of two orders: the sign of a zero depends on how it was added up.
inline bool same_numbers(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.numel() == 0 || min(to(equal(a, b), DType::i64)).item<std::int64_t>() == 1;
}

struct Problem {
  std::string equation;
  std::vector<Shape> shapes;
  std::map<std::string, std::int64_t> sizes{};

  PlanOptions options(DType dtype) const { return {.dtype = dtype, .sizes = sizes}; }
  std::vector<Tensor> operands(DType dtype, Random& random, int least = -1) const {
    std::vector<Tensor> out;
    for (const Shape& shape : shapes) out.push_back(whole_numbers(shape, dtype, random, least));
    return out;
  }
};

inline Problem of(const Contraction& contraction) {
  Problem out{contraction.equation(), {}};
  for (const Term& term : contraction.inputs) {
    const Extents shape = contraction.shape_of(term.labels);
    out.shapes.emplace_back(shape.begin(), shape.end());
  }
  return out;
}

inline std::vector<Problem> networks() {
  std::vector<Problem> out{of(three_regular(60, 7)), of(lattice(6, 6, 3)), of(lattice(3, 5, 6))};
  const auto add = [&](const std::string& equation, std::initializer_list<Shape> shapes) {
    out.push_back({equation, shapes});
  };
  add("ij,jk,kl->il", {{40, 50}, {50, 60}, {60, 30}});
  add("ab,bc,cd,de,ea->", {{31, 29}, {29, 37}, {37, 41}, {41, 23}, {23, 31}});
  add("abc,cde,efa,bdf->", {{13, 11, 12}, {12, 17, 14}, {14, 10, 13}, {11, 17, 10}});
  add("abc,cde,efa->bdf", {{13, 4, 12}, {12, 5, 14}, {14, 3, 13}});
  add("iij,jk,kl->il", {{20, 20, 30}, {30, 25}, {25, 10}});
  add("iaj,jbk,kci,il,lm->m", {{19, 7, 23}, {23, 7, 17}, {17, 7, 19}, {19, 40}, {40, 3}});
  add("ia,ja,ka,la->ij", {{6, 50}, {7, 50}, {8, 50}, {9, 50}});
  add("xa,ya,za,xyzb->b", {{12, 9}, {13, 9}, {14, 9}, {12, 13, 14, 5}});
  return out;
}

inline std::vector<Problem> problems() {
  std::vector<Problem> out = networks();
  for (const testing::Row& row : testing::equations()) {
    out.push_back({row.equation, {}, row.sizes});
    for (const auto& shape : row.shapes) out.back().shapes.emplace_back(shape.begin(), shape.end());
  }
  return out;
}

inline constexpr double kMostSlices = 1000;  // that a test has the time for

inline std::int64_t share_of(const Plan& plan, double share) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(plan.peak_bytes())));
}

/// The plan within the cap, or none where it is refused before anything is computed.
inline std::optional<Plan> capped(const Problem& problem, PlanOptions options, std::int64_t cap) {
  std::optional<Plan> out;
  options.max_bytes = cap;
  const std::int64_t peak = peak_of([&] {
    try {
      out = plan(problem.equation, problem.shapes, options);
    } catch (const BudgetError&) {
    }
  });
  EXPECT_EQ(peak, 0) << "planning computes nothing";
  if (out && out->slice_count() > kMostSlices) return std::nullopt;
  return out;
}

inline void expect_kept(std::int64_t peak, const Plan& plan, std::int64_t cap, const std::string& what) {
  EXPECT_LE(peak, plan.peak_bytes()) << what;
  EXPECT_LE(plan.peak_bytes(), cap) << what;
  EXPECT_GE(static_cast<double>(peak), 0.95 * static_cast<double>(plan.peak_bytes())) << what;
}

}  // namespace ricci::test
