#include "ricci/backend/cpu/contract/packed/packing_order.h"

#include <algorithm>

namespace ricci::cpu {
namespace {

std::size_t adjacent_axis(const Axes& axes, std::int64_t Axis::*side) {
  std::size_t i = 0;
  while (i < axes.size() && axes[i].*side != 1) ++i;
  return i;
}

std::int64_t extent_after(const Axes& axes, std::size_t axis) {
  std::int64_t extent = 1;
  for (std::size_t i = axis + 1; i < axes.size(); ++i) extent *= axes[i].extent;
  return extent;
}

// Axis `from` becomes axis `to`, further on; those between move up.
void move_on(Axes& axes, std::size_t from, std::size_t to) {
  std::rotate(axes.begin() + from, axes.begin() + from + 1, axes.begin() + to + 1);
}

// The largest divisor of `extent` that is a multiple of `unit`, and at most `most`; 0 if there is none.
std::int64_t divisor(std::int64_t extent, std::int64_t unit, std::int64_t most) {
  for (std::int64_t piece = most / unit * unit; piece >= unit; piece -= unit)
    if (extent % piece == 0) return piece;
  return 0;
}

// Axis `i` in two: whole pieces, and just after them the positions of one. The index of the latter.
std::size_t split(Axes& axes, std::size_t i, std::int64_t piece) {
  const Axis axis = axes[i];
  if (axis.extent == piece) return i;
  axes[i].extent = piece;
  axes.insert(axes.begin() + i, {axis.extent / piece, axis.a * piece, axis.b * piece, axis.c * piece});
  return i + 1;
}

}  // namespace

std::int64_t run_in(const Axes& axes, std::int64_t Axis::*side) {
  const std::size_t i = adjacent_axis(axes, side);
  return i == axes.size() ? 0 : extent_after(axes, i);
}

void order_lines(Axes& lines, std::int64_t Axis::*side, int width) {
  constexpr std::int64_t kLongest = 128;  // positions of c's axes before the operand's next one
  const std::size_t own = adjacent_axis(lines, side);
  if (own + 1 >= lines.size()) return;
  std::size_t first = lines.size() - 1;
  std::int64_t extent = lines[first].extent;
  while (extent < width && first > 0) extent *= lines[--first].extent;
  if (own >= first) return;
  const std::int64_t rest = extent_after(lines, first), most = std::max<std::int64_t>(1, kLongest / rest);
  if (lines[first].extent > most)
    for (const std::int64_t unit : {std::int64_t{width}, std::int64_t{8}, std::int64_t{1}})
      if (const std::int64_t piece = divisor(lines[first].extent, unit, most); piece * rest >= width) {
        first = split(lines, first, piece);
        break;
      }
  move_on(lines, own, first - 1);
}

void order_rows(Axes& rows, const Axes& columns, int width) {
  constexpr std::int64_t kLong = 64;  // elements of c
  const std::size_t row = adjacent_axis(columns, &Axis::c);
  if (row == columns.size() || columns[row].extent < kLong) return order_lines(rows, &Axis::a, width);
  const std::size_t own = adjacent_axis(rows, &Axis::a);
  if (own < rows.size()) move_on(rows, own, rows.size() - 1);
}

void order_contracted(Axes& contracted, std::int64_t piece) {
  const std::size_t none = contracted.size(), last = none - 1;
  const std::size_t a = adjacent_axis(contracted, &Axis::a), b = adjacent_axis(contracted, &Axis::b);
  if (a == none && b == none) return;
  if (a == none || b == none || a == b) return move_on(contracted, std::min(a, b), last);
  move_on(contracted, b, last);
  move_on(contracted, adjacent_axis(contracted, &Axis::a), last);
  const std::int64_t near = divisor(contracted[last].extent, 4, 2 * piece);
  if (near > 0 && split(contracted, last, near) > last) move_on(contracted, last - 1, last);
}

}  // namespace ricci::cpu
