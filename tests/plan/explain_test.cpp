#include "ricci/plan/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ricci/plan/format.h"
#include "tests/plan/chain.h"

namespace ricci::planning {
namespace {

using test::chain;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out{""};
  for (const char c : text) {
    if (c == '\n') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

TEST(Explain, SaysEveryStepAndTheTotals) {
  const path::CostModel model{1e9, 1e9, 1e-6};
  const Plan plan = make_plan(chain(), path::Tree{3, {{0, 1}, {3, 2}}}, {.search = {.model = model}});
  EXPECT_EQ(explain(plan), plan.whole.equation() +
                               "\n3 operands of float64, sum_product\n"
                               "\n"
                               "result  from   equation    sizes         flops       bytes  predicted\n"
                               "%3      %0 %1  ij,jk*->ik  i=2 j=3 k=5      30        80 B   1.248 us\n"
                               "%4      %2     klm->kl     k=5 l=7 m=11      0       280 B    4.36 us\n"
                               "%5      %3 %4  ik,kl->il   i=2 k=5 l=7      70       112 B   1.472 us\n"
                               "total          3 steps                     100  576 B peak    7.08 us\n"
                               "\n"
                               "predicted by other rates than the built-in: 1e+09 multiplications/s, 953.7 MiB/s, "
                               "1 us a step\n"
                               "\n"
                               "the tree: 10^2 multiplications, largest result 35 elements, 59 elements written\n");
}

TEST(Explain, ShowsWhatWasMeasuredBesideWhatWasPredicted) {
  const Plan plan = make_plan(chain());
  const std::string plain = explain(plan);
  const Measured measured{std::vector<double>(plan.steps.size(), 2.5e-3), 0.75};
  const std::vector<std::string> before = lines_of(plain), lines = lines_of(explain(plan, 200, &measured));
  ASSERT_EQ(lines.size(), before.size());
  EXPECT_TRUE(lines[3].ends_with("  measured"));
  for (std::size_t k = 0; k < plan.steps.size(); ++k) EXPECT_TRUE(lines[4 + k].ends_with("2.5 ms")) << lines[4 + k];
  EXPECT_TRUE(lines[4 + plan.steps.size()].ends_with("750 ms"));
}

TEST(Explain, NamesTheKernelOfEveryStep) {
  const Plan plan = make_plan(chain(), path::Tree{3, {{0, 1}, {3, 2}}}, {});
  const auto name = [](const StepShape& step) {
    std::string strides;
    for (const AxisStrides& s : step.strides) strides += concat(" ", s);
    return concat(step.strides.size(), " operands", strides, " into", " ", step.result_strides);
  };
  const std::vector<std::string> names = kernel_names(plan, name);
  ASSERT_EQ(names.size(), 3u);
  const std::string text = explain(plan, 1000, nullptr, name);
  for (const std::string& line : names) EXPECT_NE(text.find(line + "\n"), std::string::npos) << line;
  EXPECT_NE(text.find("predicted  kernel\n"), std::string::npos);
  EXPECT_TRUE(names[0].starts_with("2 operands")) << names[0];
  EXPECT_TRUE(names[1].starts_with("1 operands")) << names[1];
}

TEST(Explain, ColumnsStayAlignedUnderWideNames) {
  Contraction whole = chain();
  whole.names = {"\u884c", "\u5217", "e\u0301", "\u03bb", "{batch}"};
  const std::vector<std::string> lines = lines_of(explain(make_plan(whole)));
  // The header's "predicted" and every row's last unit end in the same column.
  const std::size_t width = display_width(lines[3]);
  for (std::size_t row = 3; row + 3 < lines.size(); ++row) EXPECT_EQ(display_width(lines[row]), width) << lines[row];
}

TEST(Explain, LongPlansShowTheirEnds) {
  const Contraction net = test::three_regular(400, 31);
  const std::string text = explain(make_plan(net, path::search(net, {.method = path::Method::greedy, .trials = 1})));
  EXPECT_NE(text.find("(279 more steps)"), std::string::npos);
  EXPECT_LT(lines_of(text).size(), 135u);
}

TEST(Explain, LinesFitTheirColumns) {
  const Contraction net = test::three_regular(60, 31);
  const Plan plan = make_plan(net, path::search(net, {.method = path::Method::greedy, .trials = 1}));
  for (const std::size_t columns : {90u, 100u, 140u, 1000u}) {
    std::size_t widest = 0;
    for (const std::string& line : lines_of(explain(plan, columns))) widest = std::max(widest, display_width(line));
    EXPECT_LE(widest, columns);
    if (columns < 1000) {
      EXPECT_GE(widest + 2, columns) << "room was left where cells were cut";
    }
    EXPECT_EQ(explain(plan, columns).find("\u2026") == std::string::npos, columns == 1000);
  }
  EXPECT_NE(explain(plan, 1).find("\u2026"), std::string::npos) << "too narrow for any table";
}

TEST(Explain, SaysHowItIsSliced) {
  const path::CostModel model{1e9, 1e9, 1e-6};
  const Plan plan = make_plan(chain(), path::Tree{3, {{0, 1}, {3, 2}}}, {.search = {.model = model}, .max_bytes = 512});
  EXPECT_EQ(explain(plan), plan.whole.equation() +
                               "\n3 operands of float64, sum_product\n"
                               "\n"
                               "result  from   equation             sizes         flops       bytes  predicted\n"
                               "%3      %0 %1  ij,jk*->ik           i=1 j=3 k=5      15        40 B   1.184 us\n"
                               "%4      %2     klm->kl              k=5 l=7 m=11      0       280 B    4.36 us\n"
                               "%5      %3 %4  ik,kl->il            i=1 k=5 l=7      35        56 B   1.376 us\n"
                               "total          3 steps in 2 slices                  100  512 B peak    9.48 us\n"
                               "\n"
                               "sliced: i into 2\n"
                               "\n"
                               "predicted by other rates than the built-in: 1e+09 multiplications/s, 953.7 MiB/s, "
                               "1 us a step\n"
                               "\n"
                               "the tree: 10^2 multiplications, largest result 35 elements, 59 elements written\n");
}

}  // namespace
}  // namespace ricci::planning
