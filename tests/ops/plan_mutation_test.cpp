// A plan's document with an entry deleted, doubled, shuffled, cut short or changed is refused on loading, or it loads
// and runs to what the contraction that it then states gives. RICCI_CASES says how many are tried.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ricci/base/error.h"
#include "ricci/ops/einsum/plan.h"
#include "tests/cases.h"
#include "tests/close.h"
#include "tests/random_contractions.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using Json = nlohmann::ordered_json;
using test::below;
using test::Random;

// Axes of extent 1 in the place of some, which broadcast, and before some, which the contraction doesn't know.
testing::Call with_ones(testing::Call call, Random& random) {
  for (Shape& shape : call.shapes)
    for (std::int64_t& extent : shape)
      if (below(random, 6) == 0) extent = 1;
  return call;
}

std::string random_document(Random& random) {
  for (;;) {
    Contraction c = test::random_network({.operands = 1 + below(random, 5),
                                          .labels = 5,
                                          .most_axes = 3,
                                          .most_extent = 4,
                                          .broadcast = true,
                                          .repeats = true},
                                         random);
    const testing::Call call = with_ones(testing::call_of(std::move(c)), random);
    constexpr DType kDTypes[] = {DType::f64, DType::f32, DType::f16, DType::c128, DType::i64};
    PlanOptions options{.dtype = kDTypes[below(random, std::size(kDTypes))], .sizes = call.sizes};
    options.gradients = below(random, 4) == 0;
    if (below(random, 3) == 0) options.max_bytes = 64 << below(random, 6);
    if (is_float(*options.dtype) && !is_complex(*options.dtype))
      options.semiring = static_cast<Semiring>(below(random, 5));
    try {
      return plan(call.equation, call.shapes, options).to_json();
    } catch (const Error&) {
    }  // a diagonal of unequal axes, a cap that nothing fits
  }
}

// Every place of the document that a mutation can befall.
void collect(Json& json, std::vector<Json*>& places) {
  places.push_back(&json);
  if (json.is_structured())
    for (Json& item : json) collect(item, places);
}

Json changed_number(const Json& number, Random& random) {
  if (number.is_number_float()) {
    const double factors[] = {-1, 0, 0.5, 2, 1 + 1e-6};
    return number.get<double>() * factors[below(random, std::size(factors))];
  }
  const std::int64_t value = number.get<std::int64_t>();
  const std::int64_t values[] = {value - 1, value + 1, -value, 0, 1, 2, value * 2, INT64_MAX};
  return values[below(random, std::size(values))];
}

Json changed_text(const std::string& text, const std::vector<Json*>& places, Random& random) {
  for (int tries = 0; tries < 50 && below(random, 2) == 0; ++tries)
    if (const Json& other = *places[below(random, places.size())]; other.is_string()) return other;
  std::string out = text;
  if (out.empty()) return "x";
  const std::size_t at = below(random, out.size());
  if (below(random, 2) == 0)
    out.erase(at, 1);
  else
    out[at] = static_cast<char>('a' + below(random, 26));
  return out;
}

void mutate_list(Json& list, Random& random) {
  if (list.empty()) {
    list.push_back(below(random, 3));
    return;
  }
  const std::size_t at = below(random, list.size()), to = below(random, list.size());
  switch (below(random, 6)) {
    case 0: list.erase(list.begin() + static_cast<std::ptrdiff_t>(at)); break;
    case 1: list.insert(list.begin() + static_cast<std::ptrdiff_t>(to), Json(list[at])); break;
    case 2: std::swap(list[at], list[to]); break;
    case 3: list.erase(list.begin() + static_cast<std::ptrdiff_t>(at), list.end()); break;
    case 4: std::reverse(list.begin(), list.end()); break;
    default: list[at] = Json(list[to]);
  }
}

void mutate(Json& document, Random& random) {
  std::vector<Json*> places;
  collect(document, places);
  Json& place = *places[below(random, places.size())];
  if (below(random, 20) == 0)
    place = Json(*places[below(random, places.size())]);
  else if (place.is_array())
    mutate_list(place, random);
  else if (place.is_object()) {
    auto item = place.begin();
    std::advance(item, static_cast<std::ptrdiff_t>(below(random, place.size())));
    place.erase(item);
  } else if (place.is_number())
    place = changed_number(place, random);
  else if (place.is_string())
    place = changed_text(place.get<std::string>(), places, random);
  else if (place.is_boolean())
    place = !place.get<bool>();
  else
    place = 1 << below(random, 12);
}

Tensor small_numbers(const Shape& shape, DType dtype, std::uint64_t seed) {
  return to(randint(0, 3, shape, {.dtype = DType::i64, .seed = seed}), dtype);
}

// In other semirings against a plan that is made afresh.
void expect_value(const Tensor& y, const Contraction& whole, const std::vector<Tensor>& operands) {
  if (is_linear(whole.semiring)) {
    testing::expect_close(y, testing::naive_contraction(whole, operands), operands.size());
    return;
  }
  const Tensor expected = contract(whole, operands);
  testing::each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const long double got = testing::wide_at(y, index).real(), want = testing::wide_at(expected, index).real();
    EXPECT_TRUE(got == want || std::abs(got - want) <= 0.01L * std::abs(want))
        << double(got) << " for " << double(want);
  });
}

enum class Outcome { refused, ran, too_large };

Outcome outcome(const std::string& text, std::uint64_t seed) {
  std::optional<Plan> p;
  try {
    p = Plan::from_json(text);
  } catch (const DataError&) {
    return Outcome::refused;
  } catch (const BudgetError&) {
    return Outcome::refused;
  }
  const Contraction& whole = p->data().whole;
  double points = 1;
  for (const std::int64_t extent : whole.extents) points *= static_cast<double>(std::max<std::int64_t>(extent, 1));
  if (points > 1e5) return Outcome::too_large;
  std::vector<Tensor> operands, squeezed;
  for (std::size_t i = 0; i < whole.inputs.size(); ++i) {
    operands.push_back(small_numbers(p->shapes().at(i), whole.dtype, seed + i));
    squeezed.push_back(reshape(operands[i], whole.shape_of(whole.inputs[i].labels)));
  }
  const Tensor y = (*p)(std::span<const Tensor>(operands));
  EXPECT_EQ(y.shape(), whole.output_shape());
  expect_value(y, whole, squeezed);
  try {
    if (p->data().gradients && is_float(whole.dtype) && !is_complex(whole.dtype)) p->gradients(operands);
  } catch (const BudgetError&) {
  }  // those of semirings take more than their plan's cap
  EXPECT_EQ(Plan::from_json(p->to_json()).to_json(), p->to_json());
  EXPECT_FALSE(p->explain().empty());
  return Outcome::ran;
}

TEST(PlanMutations, AreRefusedOrRunToWhatTheyState) {
  Random random(1);
  int refused = 0, ran = 0;
  for (int round = 0, most = testing::cases(4000); round < most; ++round) {
    const std::string good = random_document(random);
    for (int again = 0; again < 20 && round < most; ++again, ++round) {
      Json document = Json::parse(good);
      for (std::size_t count = 1 + below(random, 3) / 2; count > 0; --count) mutate(document, random);
      const std::string text = document.dump(1);
      SCOPED_TRACE(concat("mutation ", round));
      Outcome found = Outcome::refused;
      EXPECT_NO_THROW(found = outcome(text, static_cast<std::uint64_t>(round))) << text;
      if (::testing::Test::HasFailure()) {
        ADD_FAILURE() << good << "\nbecame\n" << text;
        return;
      }
      refused += found == Outcome::refused;
      ran += found == Outcome::ran;
    }
  }
  EXPECT_GT(refused, testing::cases(4000) / 2);
  EXPECT_GT(ran, testing::cases(4000) / 100);
  RecordProperty("refused", refused);
  RecordProperty("ran", ran);
}

}  // namespace
}  // namespace ricci
