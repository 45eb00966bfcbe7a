#include "ricci/report/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"
#include "ricci/plan/make_plan.h"
#include "ricci/report/figures.h"
#include "ricci/report/markup.h"
#include "ricci/report/outline.h"

namespace ricci::report {
namespace {

planning::Plan plan_of(const std::string& equation, const std::vector<Extents>& shapes,
                       path::Method method = path::Method::greedy) {
  path::SearchOptions search{.method = method, .trials = 1};
  return planning::make_plan(parse(equation, shapes).contraction, {.search = search});
}

// A chain of n matrices with random extents, merged in a random order: stems, bushes and everything between.
planning::Plan random_chain(int n, unsigned seed, bool left_to_right = false) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> extents;
  for (int i = 0; i <= n; ++i) extents.push_back(1 + static_cast<std::int64_t>(random() % 9));
  Contraction chain{.extents = Extents(extents.begin(), extents.end())};
  for (int i = 0; i < n; ++i) chain.inputs.push_back({.labels = {i, i + 1}});
  chain.output = {0, n};
  path::Tree tree{static_cast<std::size_t>(n), {}};
  std::vector<int> nodes;
  for (int i = 0; i < n; ++i) nodes.push_back(i);
  for (int k = 0; k + 1 < n; ++k) {
    const std::size_t at = left_to_right ? 0 : random() % (nodes.size() - 1);
    tree.merges.emplace_back(nodes[at], nodes[at + 1]);
    nodes[at] = n + k;
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return planning::make_plan(chain, tree);
}

// Every element closed in turn, every attribute quoted, no bare '<' or '&': "" or what is wrong.
std::string fault_of_xml(std::string_view text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '&') {
      const std::size_t end = text.find(';', at);
      const std::string_view name = text.substr(at + 1, std::min(end, text.size()) - at - 1);
      if (name != "lt" && name != "gt" && name != "amp" && name != "quot" && name != "#39")
        return "bare & at " + std::to_string(at);
      at = end;
    }
    if (text[at++] != '<') continue;
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos) return "unclosed tag";
    const std::string_view tag = text.substr(at, end - at);
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0 || tag.find('<') != std::string_view::npos)
      return "bad tag " + std::string(tag);
    const std::string name(tag.substr(0, tag.find_first_of(" />", 1)));
    if (tag.starts_with('/')) {
      if (open.empty() || "/" + open.back() != tag) return "stray " + std::string(tag);
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : "open " + open.back();
}

TEST(Escaped, NothingEndsWhatItStandsIn) {
  EXPECT_EQ(escaped("<a href=\"x\" id='y'>&</a>"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
  EXPECT_EQ(escaped("a\x01\x7f\n"), "a\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xff\xc3\u00e9\uFFFE"), "\uFFFD\uFFFD\u00e9\uFFFD");
}

TEST(CostScale, IsLogarithmicAndTakesAnything) {
  CostScale scale;
  EXPECT_TRUE(scale.empty());
  for (const double cost : {0.0, 10.0, 1000.0}) scale.add(cost);
  EXPECT_DOUBLE_EQ(scale.share(100), 0.5);
  EXPECT_NE(scale.colour(0), scale.colour(10));
  EXPECT_NE(scale.colour(10), scale.colour(1000));
  scale.add(std::numeric_limits<double>::infinity());
  EXPECT_GT(scale.share(std::numeric_limits<double>::infinity()), 0.99);
}

TEST(Outline, ShowsEveryFlopOnce) {
  for (const int n : {1, 2, 3, 10, 40, 500, 10000})
    for (const bool stem : {false, true}) {
      const planning::Plan plan = random_chain(n, static_cast<unsigned>(n), stem);
      const std::size_t most = 16;
      const Outline out = outline(plan, most);
      ASSERT_LE(out.rows.size(), std::max<std::size_t>(4 * most, 2));
      const std::size_t first = plan.whole.inputs.size();
      Amount total;
      std::size_t opened = 0;
      for (std::size_t r = 0; r < out.rows.size(); ++r) {
        const Row& row = out.rows[r];
        total += row.holds;
        opened += row.kind == Row::Kind::step;
        EXPECT_EQ(row.kind == Row::Kind::operand, static_cast<std::size_t>(row.value) < first);
        if (row.reader < 0) {
          EXPECT_EQ(static_cast<std::size_t>(row.value), first + plan.steps.size() - 1);
          continue;
        }
        const Row& reader = out.rows[static_cast<std::size_t>(row.reader)];
        EXPECT_EQ(row.depth, reader.depth + 1);
        if (reader.kind != Row::Kind::step) continue;
        const auto& read = plan.steps[static_cast<std::size_t>(reader.value) - first].values;
        // What a step reads first stands above it.
        EXPECT_EQ(row.value, static_cast<int>(r) < row.reader ? read[0] : read[1]);
      }
      EXPECT_NEAR(total.flops, plan.flops, 1e-9 * plan.flops);
      EXPECT_EQ(total.operands, n);
      EXPECT_EQ(total.steps, static_cast<std::int64_t>(plan.steps.size()));
      EXPECT_EQ(opened, std::min(most, plan.steps.size()));
    }
}

TEST(Outline, OpensTheDearest) {
  const planning::Plan plan = random_chain(300, 5, true);
  double least = std::numeric_limits<double>::infinity();
  std::vector<bool> shown(plan.steps.size());
  for (const Row& row : outline(plan, 10).rows) {
    if (row.kind != Row::Kind::step) continue;
    const std::size_t k = static_cast<std::size_t>(row.value) - plan.whole.inputs.size();
    shown[k] = true;
    if (k + 1 < plan.steps.size()) least = std::min(least, plan.steps[k].flops);
  }
  for (std::size_t k = 0; k < plan.steps.size(); ++k) EXPECT_TRUE(shown[k] || plan.steps[k].flops <= least) << k;
}

// Whole blocks of 64 bytes: a result from the step that makes it to the last that reads it, the whole's to the end.
TEST(Memory, HeldBytesAreThoseOfWhatIsStillReadAndPeakWithThePlan) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const planning::Plan plan = random_chain(60, seed);
    const std::size_t count = plan.steps.size(), first = plan.whole.inputs.size();
    std::vector<std::int64_t> expected(count);
    for (std::size_t made = 0; made < count; ++made) {
      std::size_t last = made + 1 == count ? made : 0;
      for (std::size_t k = made; k < count; ++k)
        for (const int value : plan.steps[k].values)
          if (static_cast<std::size_t>(value) == first + made) last = k;
      for (std::size_t k = made; k <= last; ++k) expected[k] += planning::charged_bytes(plan.steps[made].bytes);
    }
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(plan.steps[k].held_bytes, expected[k]) << k;
    EXPECT_EQ(*std::max_element(expected.begin(), expected.end()), plan.peak_bytes);
  }
}

TEST(Svg, IsWellFormedForEverySizeOfPlan) {
  for (const int n : {1, 2, 3, 30, 10000}) {
    const std::string svg = to_svg(random_chain(n, 7));
    EXPECT_EQ(fault_of_xml(svg), "") << n;
    EXPECT_LT(svg.size(), 200'000u) << n;
  }
}

TEST(Svg, NamesEveryStepOfASmallPlan) {
  const std::string svg = to_svg(plan_of("ij,jk,kl->il", {{2, 30}, {30, 4}, {4, 50}}));
  for (const char* part : {"ij,jk-&gt;ik", "operand 1", "operand 3", "peak 512 B at step 2", "float32"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
}

TEST(Svg, PlansInSlicesSaySo) {
  planning::Plan plan = plan_of("ij,jk->ik", {{20, 30}, {30, 40}});
  EXPECT_EQ(to_svg(plan).find("sliced"), std::string::npos);
  plan.slices = {{0, 5}, {2, 40}};
  plan.gradients = true;
  for (const std::string& text : {to_svg(plan), to_html(plan)})
    for (const char* part : {"sliced: i into 4", "one slice of 4", "all gradients together"})
      EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(fault_of_xml(to_svg(plan)), "");
}

TEST(Svg, PlansWithoutCost) {
  for (const auto& [equation, shapes] : std::vector<std::pair<std::string, std::vector<Extents>>>{
           {"ij->", {{2, 3}}}, {"ij,jk->ik", {{0, 3}, {3, 0}}}, {",->", {{}, {}}}, {"i->ii", {{3}}}}) {
    const planning::Plan plan = plan_of(equation, shapes);
    EXPECT_EQ(fault_of_xml(to_svg(plan)), "") << equation;
    EXPECT_NE(to_html(plan).find("</html>"), std::string::npos) << equation;
    EXPECT_EQ(to_svg(plan).find("nan"), std::string::npos) << equation;
  }
}

TEST(Svg, CostsBeyondADouble) {
  std::string equation;
  for (int i = 0; i < 80; ++i) equation += (i == 0 ? "" : ",") + concat("{a", i % 40, "}");
  const std::vector<Extents> shapes(80, Extents{1'000'000'000});
  const planning::Plan plan = plan_of(equation + "->", shapes, path::Method::in_order);
  ASSERT_TRUE(std::isinf(plan.flops));
  EXPECT_EQ(fault_of_xml(to_svg(plan)), "");
  EXPECT_NE(to_html(plan).find(",1e999,"), std::string::npos);
  EXPECT_EQ(to_html(plan).find(",null,"), std::string::npos);
}

TEST(Html, HostileLabelsStayText) {
  const std::string label = "{</script><script>alert(1)</script>&\"'><!--}";
  const planning::Plan plan = plan_of(label + "j,jk->" + label + "k", {{2, 3}, {3, 4}});
  const std::string html = to_html(plan), svg = to_svg(plan);
  EXPECT_EQ(fault_of_xml(svg), "");
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("<!--"), std::string::npos);
  // The page's two scripts, and no more.
  std::size_t scripts = 0;
  for (std::size_t at = html.find("<script"); at != std::string::npos; at = html.find("<script", at + 1)) ++scripts;
  EXPECT_EQ(scripts, 2u);
}

TEST(Html, IsBoundedForTenThousandSteps) {
  const std::string html = to_html(random_chain(10'001, 3));
  EXPECT_LT(html.size(), 3'000'000u);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("}) {
    std::string text = html;  // the name of the SVG namespace is no address that is fetched
    for (std::size_t at; (at = text.find("http://www.w3.org/2000/svg")) != std::string::npos;) text.erase(at, 26);
    EXPECT_EQ(text.find(outside), std::string::npos) << outside;
  }
}

}  // namespace
}  // namespace ricci::report
