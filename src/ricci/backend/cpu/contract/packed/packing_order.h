// The order in which a packed product takes its positions. It changes which elements lie beside each other
// in a panel, and of the contracted ones that in which they are summed; never what is computed.
#pragma once

#include "ricci/backend/loops.h"

namespace ricci::cpu {

/// How many positions of `axes` further on the element beside one comes in the operand whose strides are `side`;
/// 0 where no axis is adjacent there.
std::int64_t run_in(const Axes& axes, std::int64_t Axis::*side);

/// c's nearest axes, or a part of them that fills a panel `width` wide, last; the axis that is adjacent in the operand
/// whose strides are `side` just before: what is near in either is then near in a few panels.
void order_lines(Axes& lines, std::int64_t Axis::*side, int width);

/// The same of the rows where the columns are short in c; otherwise their order in c matters little, and their
/// operand's adjacent axis comes last.
void order_rows(Axes& rows, const Axes& columns, int width);

/// An axis adjacent in an operand last. Where each operand has another, `piece` positions of one are last, the whole
/// of the other before them.
void order_contracted(Axes& contracted, std::int64_t piece);

}  // namespace ricci::cpu
