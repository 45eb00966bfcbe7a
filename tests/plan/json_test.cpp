#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "ricci/plan/explain.h"
#include "tests/plan/chain.h"

namespace ricci::planning {
namespace {

using test::below;
using test::chain;
using test::message_of;
using test::Random;
using test::random_network;
using test::random_tree;

void expect_equal(const Plan& a, const Plan& b) {
  EXPECT_EQ(a.whole, b.whole);
  EXPECT_EQ(a.tree, b.tree);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.peak_bytes, b.peak_bytes);
  EXPECT_EQ(a.slices, b.slices);
  EXPECT_EQ(a.max_bytes, b.max_bytes);
  EXPECT_EQ(a.gradients, b.gradients);
  EXPECT_EQ(a.recomputes, b.recomputes);
  EXPECT_EQ(a.flops, b.flops);
  EXPECT_EQ(a.predicted_seconds, b.predicted_seconds);
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (std::size_t k = 0; k < a.steps.size(); ++k) {
    EXPECT_EQ(a.steps[k].contraction, b.steps[k].contraction);
    EXPECT_EQ(a.steps[k].values, b.steps[k].values);
    EXPECT_EQ(a.steps[k].frees, b.steps[k].frees);
    EXPECT_EQ(a.steps[k].bytes, b.steps[k].bytes);
  }
}

// With a cap below what it takes where something can be sliced.
Plan within_some_cap(const Contraction& whole, const path::Tree& tree, Random& random) {
  PlanningOptions options;
  options.gradients = below(random, 3) == 0;
  const Plan free = make_plan(whole, tree, options);
  options.max_bytes = std::max<std::int64_t>(1, free.peak_bytes / 2);
  try {
    return make_plan(whole, tree, options);
  } catch (const BudgetError&) {
    return free;
  }
}

TEST(PlanJson, ReadsBackWhatItWrote) {
  Random random(32);
  int sliced = 0;
  for (int round = 0; round < 300; ++round) {
    Contraction whole =
        random_network({.operands = 1 + below(random, 12), .labels = 9, .broadcast = true, .repeats = true}, random);
    whole.dtype = static_cast<DType>(below(random, kDTypeCount));
    whole.semiring = static_cast<Semiring>(below(random, 5));
    for (Term& term : whole.inputs) term.conjugated = below(random, 2) == 1;
    if (round % 4 == 0) whole.names.clear();
    if (round % 5 == 0) whole.extents[0] = round % 2 == 0 ? 0 : INT64_MAX;
    const Plan plan = within_some_cap(whole, random_tree(whole.inputs.size(), random), random);
    sliced += !plan.slices.empty();
    const std::string text = to_json(plan);
    const Plan back = from_json(text);
    expect_equal(plan, back);
    EXPECT_EQ(to_json(back), text);
  }
  EXPECT_GT(sliced, 10);
}

TEST(PlanJson, HostileSlicesAreRefused) {
  Contraction whole = chain();  // ij,jk*,klm->il
  const std::string good = to_json(make_plan(whole, path::Tree{3, {{0, 1}, {3, 2}}}));
  const auto told = [&](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json document = nlohmann::json::parse(good);
    document[nlohmann::json::json_pointer(pointer)] = value;
    return message_of<DataError>([&] { from_json(document.dump()); });
  };
  const auto slice = [](int label, std::int64_t piece) { return nlohmann::json{{"label", label}, {"piece", piece}}; };
  EXPECT_EQ(told("/slices", 3), "plan JSON: slices must be an array");
  EXPECT_EQ(told("/slices", nlohmann::json::array({slice(5, 1)})),
            "plan JSON: slices[0].label is 5; it must lie from 0 to 4");
  EXPECT_EQ(told("/slices", nlohmann::json::array({slice(2, 0)})),
            "plan JSON: slices[0].piece is 0; it must lie from 1 to 4");
  EXPECT_EQ(told("/slices", nlohmann::json::array({slice(2, 5)})),
            "plan JSON: slices[0].piece is 5; it must lie from 1 to 4");
  EXPECT_EQ(told("/slices", {slice(2, 3), slice(2, 3)}),
            "plan JSON: slices[1] is out of order: each label once, those of the output first");
  EXPECT_EQ(told("/slices", {slice(2, 3), slice(0, 1)}),
            "plan JSON: slices[1] is out of order: each label once, those of the output first");
  EXPECT_EQ(told("/slices", nlohmann::json::array({slice(2, 3)})),
            "plan JSON: steps[0] does not follow from the contraction and the tree; save the plan again");
  EXPECT_EQ(told("/max_bytes", 0), "plan JSON: max_bytes is 0; it must lie from 1 to 9223372036854775807");
  EXPECT_EQ(told("/recomputes", {1, 1}), "plan JSON: recomputes[1] is 1; it must lie from 2 to 1");
  EXPECT_EQ(told("/recomputes", {-1, 1}), "plan JSON: recomputes[0] is -1; it must lie from 0 to 1");
  for (const char* key : {"max_bytes", "slices", "hoists", "recomputes", "gradients", "peak_bytes"}) {
    nlohmann::json document = nlohmann::json::parse(good);
    document.erase(key);
    EXPECT_EQ(message_of<DataError>([&] { from_json(document.dump()); }),
              concat("plan JSON: the document lacks '", key, "'"));
  }
  EXPECT_EQ(told("/gradients", 1), "plan JSON: gradients must be true or false");
}

TEST(PlanJson, InfiniteFlopsReadBack) {
  Contraction whole;
  for (Label i = 0; i < 30; ++i) {
    whole.inputs.push_back({{i}, false});
    whole.output.push_back(i);
    whole.extents.push_back(INT64_MAX);
  }
  const Plan plan = make_plan(whole);
  EXPECT_EQ(plan.flops, std::numeric_limits<double>::infinity());
  expect_equal(plan, from_json(to_json(plan)));
}

TEST(PlanJson, EachFaultIsNamed) {
  const std::string good = to_json(make_plan(chain(), path::Tree{3, {{0, 1}, {3, 2}}}));
  const auto told = [&](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json document = nlohmann::json::parse(good);
    document[nlohmann::json::json_pointer(pointer)] = value;
    return message_of<DataError>([&] { from_json(document.dump()); });
  };
  const std::string mend = " does not follow from the contraction and the tree; save the plan again";
  EXPECT_EQ(told("/format", "else"), "plan JSON: format is not 'ricci-plan'");
  EXPECT_EQ(told("/version", 2), "plan JSON: version is 2; it must lie from 1 to 1");
  EXPECT_EQ(told("/contraction/inputs", 3), "plan JSON: contraction.inputs must be an array");
  EXPECT_EQ(told("/contraction/inputs/1/labels/0", 5),
            "plan JSON: contraction.inputs[1].labels[0] is 5; it must lie from 0 to 4");
  EXPECT_EQ(told("/contraction/inputs/1/labels/0", 1.0),
            "plan JSON: contraction.inputs[1].labels[0] must be an integer");
  EXPECT_EQ(told("/contraction/extents/2", -1),
            "plan JSON: contraction.extents[2] is -1; it must lie from 0 to 9223372036854775807");
  EXPECT_EQ(told("/contraction/extents/2", 18446744073709551615u),
            "plan JSON: contraction.extents[2] is 18446744073709551615; it must lie from 0 to 9223372036854775807");
  EXPECT_EQ(told("/contraction/names/0", ""), "plan JSON: contraction.names[0] must have 1 to 256 bytes");
  EXPECT_EQ(told("/contraction/names", {"a"}), "plan JSON: contraction.names has 1 names for 5 extents");
  EXPECT_TRUE(told("/contraction/dtype", "float7").starts_with("plan JSON: contraction.dtype is not known: "));
  EXPECT_TRUE(told("/contraction/semiring", "x").starts_with("plan JSON: contraction.semiring is not known: "));
  EXPECT_EQ(told("/operand_shapes", nlohmann::json::array()),
            "plan JSON: operand_shapes must have a shape for each operand");
  EXPECT_EQ(told("/operand_shapes/1", {5, 3}), "plan JSON: operand_shapes[1] is no shape of that operand");
  EXPECT_EQ(told("/tree/0", {0, 1, 2}), "plan JSON: tree[0] has 3 items; at most 2 are allowed");
  EXPECT_EQ(told("/tree/1", {0, 2}), "plan JSON: tree does not fit: merge 1 of the tree takes node 0 again");
  EXPECT_EQ(told("/model/bytes_per_second", 0), "plan JSON: model.bytes_per_second must be finite and at least 1e-300");
  EXPECT_EQ(told("/steps/1/flops", 71), "plan JSON: steps[1]" + mend);
  EXPECT_EQ(told("/steps/2/equation", "ij,jk->il"), "plan JSON: steps[2]" + mend);
  EXPECT_EQ(told("/steps", nlohmann::json::array()), "plan JSON: steps" + mend);
  EXPECT_EQ(told("/peak_bytes", 1), "plan JSON: peak_bytes is 1; it must lie from 576 to 9223372036854775807");
  EXPECT_EQ(told("/more", 1), "plan JSON: the document has an unknown key 'more'");
  EXPECT_EQ(told("/contraction/output/0", 1), "plan JSON: steps" + mend);  // i is summed in a step of its own then
  EXPECT_EQ(message_of<DataError>([] { from_json("{}"); }), "plan JSON: the document lacks 'format'");
  EXPECT_EQ(message_of<DataError>([] { from_json("[]"); }), "plan JSON: the document must be an object");
  EXPECT_EQ(message_of<DataError>([] { from_json(""); }), "plan JSON: not JSON at byte 1 of 0");
  EXPECT_EQ(message_of<DataError>([] { from_json(std::string(1'000'000, '[')); }),
            "plan JSON: brackets nest deeper than 8 at byte 8");
}

TEST(PlanJson, SmallFilesCannotBecomeLargePlans) {
  // 3,000 vectors with an output label each: a chain's results hold 4.5 million labels.
  Contraction whole;
  for (Label i = 0; i < 3000; ++i) {
    whole.inputs.push_back({{i}, false});
    whole.output.push_back(i);
    whole.extents.push_back(2);
  }
  path::Tree tree{3000, {{0, 1}}};
  for (int k = 1; k < 2999; ++k) tree.merges.emplace_back(2999 + k, k + 1);
  Contraction small;
  small.inputs = {{{0}, false}};
  small.output = {0};
  small.extents = {2};
  nlohmann::json document = nlohmann::json::parse(to_json(make_plan(small)));
  auto& inputs = document["contraction"]["inputs"] = nlohmann::json::array();
  for (const Term& term : whole.inputs) inputs.push_back({{"labels", {term.labels[0]}}, {"conjugated", false}});
  document["contraction"]["output"] = std::vector<Label>(whole.output.begin(), whole.output.end());
  document["contraction"]["extents"] = std::vector<std::int64_t>(3000, 2);
  document["operand_shapes"] = std::vector<std::vector<std::int64_t>>(3000, {2});
  document["tree"] = tree.merges;
  EXPECT_EQ(message_of<DataError>([&] { from_json(document.dump()); }),
            "plan JSON: tree does not fit: the results of this tree have too many labels");
}

// Any damage ends in a plan or a DataError; a plan that comes back is one that writes itself the same.
TEST(PlanJson, DamagedTextIsAPlanOrADataError) {
  Random random(33);
  const std::string pieces[] = {"[",
                                "]",
                                "{",
                                "}",
                                ",",
                                ":",
                                "\"",
                                "-1",
                                "0",
                                "1e999",
                                "9223372036854775808",
                                "null",
                                "true",
                                "3.5",
                                "\\u0000",
                                "\xff",
                                "\"\\ud800\"",
                                "[[[[[[[[[",
                                "1e-400",
                                "-0",
                                " "};
  int refused = 0, read = 0;
  for (int seed = 0; seed < 60; ++seed) {
    const Contraction whole =
        random_network({.operands = 1 + below(random, 5), .labels = 5, .broadcast = true, .repeats = true}, random);
    const std::string good = to_json(within_some_cap(whole, make_plan(whole).tree, random));
    for (int round = 0; round < 800; ++round) {
      std::string text = good;
      for (std::size_t changes = 1 + below(random, 3); changes > 0 && !text.empty(); --changes) {
        const std::size_t at = below(random, text.size());
        switch (below(random, 5)) {
          case 0: text[at] = static_cast<char>(random.next()); break;
          case 1: text.erase(at, 1 + below(random, 20)); break;
          case 2: text.insert(at, pieces[below(random, std::size(pieces))]); break;
          case 3: text.insert(at, text.substr(below(random, text.size()), below(random, 60))); break;
          default: text[at] = static_cast<char>('0' + below(random, 10));
        }
      }
      try {
        const Plan plan = from_json(text);
        EXPECT_NO_THROW(expect_equal(plan, from_json(to_json(plan))));
        ++read;
      } catch (const DataError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 30'000);
  EXPECT_GT(read, 100);  // damage to white space and the like
}

}  // namespace
}  // namespace ricci::planning
