// The order of packed positions: the same positions, with what is near in an operand near in a panel.
#include "ricci/backend/cpu/contract/packed/packing_order.h"

#include <algorithm>

#include "support.h"

namespace ricci::test {
namespace {

using Positions = std::vector<std::array<std::int64_t, 3>>;

Positions positions_of(const Axes& axes) {
  Positions all;
  walk(axes, {}, [&](Offsets at) { all.push_back({at.a, at.b, at.c}); });
  return all;
}

Positions sorted(Positions all) {
  std::sort(all.begin(), all.end());
  return all;
}

// Axes whose strides in a, b and c are those of three layouts of their own.
Axes random_axes(Random& random, std::size_t count) {
  std::vector<std::int64_t> extents(count), a, b, c;
  for (std::int64_t& extent : extents) extent = pick(random, 2, 6) * pick(random, 1, 9);
  for (std::vector<std::int64_t>* strides : {&a, &b, &c})
    lay_out(random, extents, DType::f32, Layout::permuted, *strides);
  Axes axes;
  for (std::size_t i = 0; i < count; ++i) axes.push_back({extents[i], a[i], b[i], c[i]});
  fold(axes);
  return axes;
}

TEST(PackingOrder, TakesEveryPositionOnce) {
  Random random(31);
  for (int trial = 0; trial < 60; ++trial) {
    const Axes axes = random_axes(random, static_cast<std::size_t>(pick(random, 0, 3)));
    Axes lines = axes, rows = axes, contracted = axes;
    cpu::order_lines(lines, &Axis::b, static_cast<int>(pick(random, 1, 64)));
    cpu::order_rows(rows, axes, static_cast<int>(pick(random, 1, 12)));
    cpu::order_contracted(contracted, pick(random, 4, 16));
    for (const Axes* ordered : {&lines, &rows, &contracted})
      EXPECT_EQ(sorted(positions_of(*ordered)), sorted(positions_of(axes)));
  }
}

TEST(PackingOrder, TheElementBesideIsARunFurtherOn) {
  Random random(32);
  for (int trial = 0; trial < 60; ++trial) {
    Axes axes = random_axes(random, static_cast<std::size_t>(pick(random, 1, 3)));
    cpu::order_lines(axes, &Axis::b, 16);
    const std::int64_t run = cpu::run_in(axes, &Axis::b);
    const Positions all = positions_of(axes);
    ASSERT_GT(run, 0);
    EXPECT_EQ(all[static_cast<std::size_t>(run)][1], all[0][1] + 1);
  }
}

TEST(PackingOrder, LinesOfTheResultFillAPanelBeforeThoseOfTheOperand) {
  Axes lanes{{96, 1, 7000, 500}, {5, 1, 1, 96}, {96, 1, 35, 1}};  // c's adjacent axis is last, b's before it
  Axes moved{{5, 1, 1, 9600}, {100, 1, 35, 96}, {96, 1, 3500, 1}};
  cpu::order_lines(lanes, &Axis::b, 32);
  cpu::order_lines(moved, &Axis::b, 32);
  EXPECT_EQ(cpu::run_in(lanes, &Axis::b), 96);
  EXPECT_EQ(cpu::run_in(moved, &Axis::b), 96);
  Axes cut{{12, 1, 1, 640}, {640, 1, 12, 1}};
  cpu::order_lines(cut, &Axis::b, 32);
  EXPECT_EQ(cpu::run_in(cut, &Axis::b), 128);
}

TEST(PackingOrder, BothOperandsAdjacentAxesComeLastTogether) {
  Axes contracted{{376, 1, 400, 0}, {384, 376, 1, 0}};
  cpu::order_contracted(contracted, 16);
  EXPECT_EQ(cpu::run_in(contracted, &Axis::a), 1);
  EXPECT_EQ(cpu::run_in(contracted, &Axis::b), 8);
  Axes one{{6, 1, 7, 0}, {9, 6, 42, 0}};
  cpu::order_contracted(one, 16);
  EXPECT_EQ(cpu::run_in(one, &Axis::a), 1);
}

}  // namespace
}  // namespace ricci::test
