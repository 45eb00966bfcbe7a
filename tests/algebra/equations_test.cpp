// Every row of the table: parsed, and the label algebra held against sums by hand.
#include "tests/equations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "ricci/algebra/parse.h"
#include "ricci/algebra/roles.h"

namespace ricci {
namespace {

using testing::Row;
using Values = std::vector<std::int64_t>;

Parsed parse_row(const Row& row) { return parse(row.equation, row.shapes, {}, {.sizes = row.sizes}); }

std::int64_t volume(const Extents& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// Row-major place of a point of the label space in a term.
std::size_t place(const Contraction& c, const Labels& labels, const Values& point) {
  std::int64_t at = 0;
  for (const Label l : labels) at = at * c.extents[static_cast<std::size_t>(l)] + point[static_cast<std::size_t>(l)];
  return static_cast<std::size_t>(at);
}

// The contraction of whole numbers, point by point; real, so that conjugation does nothing.
Values sum_by_hand(const Contraction& c, const std::vector<Values>& operands) {
  Values out(static_cast<std::size_t>(volume(c.output_shape())), 0), point(c.extents.size(), 0);
  const std::int64_t points = volume(c.extents);
  for (std::int64_t n = 0; n < points; ++n) {
    std::int64_t rest = n, product = 1;
    for (std::size_t l = c.extents.size(); l-- > 0; rest /= c.extents[l]) point[l] = rest % c.extents[l];
    for (std::size_t i = 0; i < operands.size(); ++i) product *= operands[i][place(c, c.inputs[i].labels, point)];
    out[place(c, c.output, point)] += product;
  }
  return out;
}

Values random_values(std::int64_t count, std::mt19937& random) {
  Values out(static_cast<std::size_t>(count));
  for (auto& value : out) value = static_cast<std::int64_t>(random() % 7) - 3;
  return out;
}

std::vector<Values> random_operands(const Contraction& c, std::mt19937& random) {
  std::vector<Values> out;
  for (const Term& term : c.inputs) out.push_back(random_values(volume(c.shape_of(term.labels)), random));
  return out;
}

std::int64_t dot(const Values& a, const Values& b) {
  EXPECT_EQ(a.size(), b.size());
  return std::inner_product(a.begin(), a.end(), b.begin(), std::int64_t{0});
}

TEST(Equations, BecomeContractionsOfTheirShapes) {
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Parsed parsed = parse_row(row);
    const Contraction& c = parsed.contraction;
    ASSERT_EQ(c.inputs.size(), row.shapes.size());
    ASSERT_EQ(parsed.squeezed.size(), row.shapes.size());
    ASSERT_EQ(c.names.size(), c.extents.size());
    for (std::size_t i = 0; i < row.shapes.size(); ++i) {
      Extents kept;
      for (std::size_t axis = 0; axis < row.shapes[i].size(); ++axis) {
        const bool squeezed = contains(parsed.squeezed[i], static_cast<int>(axis));
        EXPECT_TRUE(!squeezed || row.shapes[i][axis] == 1);
        if (!squeezed) kept.push_back(row.shapes[i][axis]);
      }
      EXPECT_EQ(c.shape_of(c.inputs[i].labels), kept);
    }
  }
}

// What a contraction prints is an equation for the same contraction.
TEST(Equations, AreWrittenAsTheyRead) {
  for (const Row& row : testing::equations()) {
    const Contraction c = parse_row(row).contraction;
    SCOPED_TRACE(c.equation());
    std::vector<Extents> shapes;
    for (const Term& term : c.inputs) shapes.push_back(c.shape_of(term.labels));
    EXPECT_EQ(parse(c.equation(), shapes, {}, {.sizes = row.sizes}).contraction.canonical(), c.canonical());
  }
}

TEST(Equations, AdjointsAreAdjoint) {
  std::mt19937 random(3);
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Contraction c = parse_row(row).contraction;
    const std::vector<Values> x = random_operands(c, random);
    const Values y = sum_by_hand(c, x), seed = random_values(static_cast<std::int64_t>(y.size()), random);
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::vector<Values> with_seed = x;
      with_seed[i] = seed;
      EXPECT_EQ(dot(sum_by_hand(c.adjoint(i), with_seed), x[i]), dot(seed, y)) << "operand " << i;
      EXPECT_EQ(c.adjoint(i).adjoint(i), c) << "operand " << i;
    }
  }
}

// The values of a tensor where `label` is `at`, in the order of the labels that are left.
Values slice_of(const Contraction& c, const Labels& labels, const Values& whole, Label label, std::int64_t at) {
  Values out;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    std::int64_t rest = static_cast<std::int64_t>(n);
    bool inside = true;
    for (std::size_t axis = labels.size(); axis-- > 0;) {
      const std::int64_t extent = c.extents[static_cast<std::size_t>(labels[axis])];
      inside = inside && (labels[axis] != label || rest % extent == at);
      rest /= extent;
    }
    if (inside) out.push_back(whole[n]);
  }
  return out;
}

TEST(Equations, SlicesAddUpOrStack) {
  std::mt19937 random(4);
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Contraction c = parse_row(row).contraction;
    const std::vector<Values> x = random_operands(c, random);
    const Values y = sum_by_hand(c, x);
    for (Label label = 0; label < c.label_count(); ++label) {
      const Contraction part = c.sliced(label);
      const bool stacks = contains(c.output, label);
      Values sum(stacks ? 0 : y.size(), 0);
      for (std::int64_t at = 0; at < c.extents[static_cast<std::size_t>(label)]; ++at) {
        std::vector<Values> slices;
        for (std::size_t i = 0; i < x.size(); ++i) slices.push_back(slice_of(c, c.inputs[i].labels, x[i], label, at));
        const Values got = sum_by_hand(part, slices);
        if (stacks) {
          EXPECT_EQ(got, slice_of(c, c.output, y, label, at));
        } else {
          for (std::size_t n = 0; n < sum.size(); ++n) sum[n] += got[n];
        }
      }
      EXPECT_EQ(sum, stacks ? Values() : y) << "label " << label;
    }
  }
}

TEST(Equations, BatchesAreTheContractionOncePerPlace) {
  std::mt19937 random(5);
  constexpr std::int64_t kBatch = 2;
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Contraction c = parse_row(row).contraction;
    std::vector<bool> flags;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) flags.push_back((i + random()) % 2 == 0);
    const Contraction batched = c.batched(flags, kBatch);
    const std::vector<Values> x = random_operands(batched, random);
    Values expected;
    for (std::int64_t at = 0; at < kBatch; ++at) {
      std::vector<Values> one;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto size = static_cast<std::ptrdiff_t>(x[i].size()) / (flags[i] ? kBatch : 1);
        const auto begin = x[i].begin() + (flags[i] ? at * size : 0);
        one.emplace_back(begin, begin + size);
      }
      const Values y = sum_by_hand(c, one);
      expected.insert(expected.end(), y.begin(), y.end());
    }
    EXPECT_EQ(sum_by_hand(batched, x), expected);
  }
}

TEST(Equations, KeysForgetNamesAndNumbersAndNothingElse) {
  std::mt19937 random(6);
  std::map<std::string, Contraction> by_key;
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Contraction c = parse_row(row).contraction;
    Contraction other = c;
    std::vector<Label> number(c.extents.size());
    std::iota(number.begin(), number.end(), 0);
    std::shuffle(number.begin(), number.end(), random);
    const auto renumber = [&](Labels& labels) {
      for (Label& label : labels) label = number[static_cast<std::size_t>(label)];
    };
    for (Term& term : other.inputs) renumber(term.labels);
    renumber(other.output);
    for (std::size_t l = 0; l < number.size(); ++l) {
      other.extents[static_cast<std::size_t>(number[l])] = c.extents[l];
      other.names[static_cast<std::size_t>(number[l])] = "{other" + std::to_string(l) + "}";
    }
    EXPECT_EQ(other.key(), c.key());
    EXPECT_EQ(other.canonical(), c.canonical());
    const auto at = by_key.try_emplace(c.key(), c.canonical()).first;
    EXPECT_EQ(at->second, c.canonical()) << "one key for two contractions";
    other.dtype = DType::c64;
    EXPECT_NE(other.key(), c.key());
    other.inputs[0].conjugated = !other.inputs[0].conjugated;
    EXPECT_NE(other.key(), c.key());
  }
}

TEST(Equations, RolesAreWhatTheyAreCalled) {
  for (const Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Contraction c = parse_row(row).contraction;
    if (c.inputs.size() > 2) continue;
    const Roles r = roles(c);
    for (Label l = 0; l < c.label_count(); ++l) {
      const bool first = contains(c.inputs[0].labels, l), output = contains(c.output, l);
      const bool second = c.inputs.size() == 2 && contains(c.inputs[1].labels, l);
      EXPECT_EQ(contains(r.batch, l), first && second && output);
      EXPECT_EQ(contains(r.left, l), first && !second && output);
      EXPECT_EQ(contains(r.right, l), !first && second && output);
      EXPECT_EQ(contains(r.contracted, l), first && second && !output);
      EXPECT_EQ(contains(r.summed_left, l), first && !second && !output);
      EXPECT_EQ(contains(r.summed_right, l), !first && second && !output);
      EXPECT_EQ(contains(r.broadcast, l), !first && !second && output);
    }
    const std::size_t all = r.batch.size() + r.left.size() + r.right.size() + r.contracted.size() +
                            r.summed_left.size() + r.summed_right.size() + r.broadcast.size();
    EXPECT_EQ(all, c.extents.size()) << "each label once";
  }
}

}  // namespace
}  // namespace ricci
