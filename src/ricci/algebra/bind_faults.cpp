#include "ricci/algebra/bind_faults.h"

#include "ricci/algebra/fault.h"
#include "ricci/base/error.h"

namespace ricci::notation {
namespace {

constexpr std::size_t kMostLines = 8;

std::string counted(std::size_t count, std::string_view noun) {
  return concat(count, " ", noun, count == 1 ? "" : "s");
}
std::string axes(std::size_t count) { return concat(count, count == 1 ? " axis" : " axes"); }

// As Python writes a tuple, the many axes of a network's output cut short.
std::string shape_text(const Extents& shape) {
  constexpr std::size_t kMostAxes = 64;
  if (shape.size() <= kMostAxes) return concat(shape);
  std::string text = concat(Extents(shape.begin(), shape.begin() + kMostAxes));
  text.pop_back();
  return concat(text, ", and ", shape.size() - kMostAxes, " more)");
}

std::vector<Span> joined(std::vector<Span> first, const std::vector<Span>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

std::string BindFaults::shape_line(std::size_t operand) const {
  return concat("operand ", operand + 1, ": shape ", shape_text(operands.shapes[operand]));
}

std::vector<std::string> BindFaults::shape_lines() const {
  std::vector<std::string> lines;
  const std::size_t count = operands.shapes.size();
  for (std::size_t i = 0; i < count && i < kMostLines; ++i) lines.push_back(shape_line(i));
  if (count > kMostLines) lines.push_back(concat("and ", count - kMostLines, " more"));
  return lines;
}

std::string BindFaults::plain(Label label) const { return shown(in_braces(written.names[label])); }
std::string BindFaults::quoted(Label label) const { return concat("'", plain(label), "'"); }

std::vector<Span> BindFaults::places(const WrittenTerm& term, Label label) const {
  std::vector<Span> out;
  for (const WrittenLabel& l : term.labels)
    if (l.label == label) out.push_back(l.at);
  return out;
}

void BindFaults::operand_count() const {
  const std::size_t terms = written.inputs.size(), given = operands.shapes.size();
  Fault fault{.what = concat("the equation has ", counted(terms, "term"), " but ",
                             given == 0 ? std::string("no operands were")
                                        : counted(given, "operand") + (given == 1 ? " was" : " were"),
                             " given"),
              .lines = shape_lines(),
              .mend = "give one operand for each term; a scalar's term is empty"};
  if (terms > given) {
    fault.operand = static_cast<int>(given);
    for (std::size_t i = given; i < terms; ++i) fault.marks.push_back(written.inputs[i].at);
  } else {
    const std::size_t end = written.inputs.empty() ? 0 : written.inputs.back().at.end;
    fault.marks = {{end, end}};
    fault.operand = static_cast<int>(terms);
    fault.mend = "write one term for each operand, parted by ','; a scalar's term is empty";
  }
  raise(written.text, fault);
}

void BindFaults::label_count(std::size_t operand) const {
  const WrittenTerm& term = written.inputs[operand];
  const std::size_t rank = operands.shapes[operand].size(), labels = term.labels.size();
  const std::string has = labels == 0 && !term.ellipsis ? std::string("its term has no label")
                                                        : concat("its term '", shown(written.text_of(term.at)),
                                                                 "' has ", counted(labels, "label"));
  raise(written.text, {.what = concat("operand ", operand + 1, " has ", axes(rank), " but ", has,
                                      term.ellipsis ? " beside the '...'" : ""),
                       .marks = {term.at},
                       .lines = {shape_line(operand)},
                       .mend = rank > labels ? "write one label for each axis, or '...' for the axes without names"
                                             : "drop labels, or give the operand more axes; extent 1 broadcasts",
                       .operand = static_cast<int>(operand)});
}

void BindFaults::negative_extent(std::size_t operand) const {
  raise(written.text, {.what = concat("operand ", operand + 1, " has a negative extent"),
                       .marks = {written.inputs[operand].at},
                       .lines = {shape_line(operand)},
                       .mend = "extents are 0 or more",
                       .operand = static_cast<int>(operand)});
}

void BindFaults::operand_overflow(std::size_t operand) const {
  raise(written.text, {.what = concat("the extents of operand ", operand + 1, " multiply to more than 2^63 - 1"),
                       .marks = {written.inputs[operand].at},
                       .lines = {shape_line(operand)},
                       .mend = "no tensor has so many elements (zeros count as 1 here): check the shape",
                       .operand = static_cast<int>(operand)});
}

void BindFaults::output_overflow(const Extents& shape) const {
  const std::size_t end = written.text.size();
  raise(written.text, {.what = "the extents of the output multiply to more than 2^63 - 1",
                       .marks = {written.output ? written.output->at : Span{end, end}},
                       .lines = {concat("output: shape ", shape_text(shape))},
                       .mend = "no tensor has so many elements (zeros count as 1 here): sum over more labels"});
}

void BindFaults::dtype(std::size_t operand, Semiring semiring) const {
  const DType given = operands.dtypes[operand];
  raise<DTypeError>(written.text, {.what = concat("semiring '", name_of(semiring), "' needs real numbers, but operand ",
                                                  operand + 1, " is ", given),
                                   .marks = {written.inputs[operand].at},
                                   .lines = {concat(shape_line(operand), ", ", given)},
                                   .mend = "take its real part or its absolute value first, or use 'sum_product'",
                                   .operand = static_cast<int>(operand)});
}

void BindFaults::integer_dtype(DType dtype, Semiring semiring) const {
  raise<DTypeError>(
      written.text,
      {.what = concat("semiring '", name_of(semiring), "' needs floats, but operand 1 is ", operands.dtypes[0],
                      operands.dtypes.size() > 1 ? concat(" and the whole promotes to ", dtype) : ""),
       .marks = {written.inputs[0].at},
       .lines = {concat(shape_line(0), ", ", operands.dtypes[0])},
       .mend = "convert an operand to float32 or float64 first",
       .operand = 0});
}

void BindFaults::diagonal(std::size_t operand, Label label, std::int64_t first, std::int64_t second) const {
  raise(written.text,
        {.what = concat("label ", quoted(label), " is ", first, " and ", second, " in operand ", operand + 1),
         .marks = places(written.inputs[operand], label),
         .lines = {concat(shape_line(operand), ", ", plain(label), " = ", first, " and ", second)},
         .mend = "a diagonal needs equal axes: check the shape, or use two labels",
         .operand = static_cast<int>(operand),
         .label = written.names[label]});
}

void BindFaults::sizes_differ(Label label, const Clash& clash) const {
  const auto line = [&](std::size_t operand, std::int64_t extent, std::string_view note) {
    return concat(shape_line(operand), ", ", plain(label), " = ", extent, note);
  };
  const std::vector<Span> first = places(written.inputs[clash.first_operand], label);
  raise(written.text,
        {.what = concat("label ", quoted(label), " is ", clash.first, " in operand ", clash.first_operand + 1, " but ",
                        clash.second, " in operand ", clash.second_operand + 1),
         .marks = joined(first, places(written.inputs[clash.second_operand], label)),
         .lines = {line(clash.first_operand, clash.first, "   (first bound here)"),
                   line(clash.second_operand, clash.second, "")},
         .mend = clash.strict ? "to multiply along equal axes only, check the shapes; strict lets no size 1 broadcast"
                              : "to multiply along equal axes only, check the shapes; size 1 would broadcast",
         .operand = static_cast<int>(clash.second_operand),
         .label = written.names[label],
         .primary = first.size()});
}

void BindFaults::ellipses_differ(const Clash& clash) const {
  const auto line = [&](std::size_t operand, std::string_view note) {
    const WrittenTerm& term = written.inputs[operand];
    const Extents& shape = operands.shapes[operand];
    const auto begin = shape.begin() + *term.ellipsis;
    return concat(shape_line(operand),
                  ", '...' = ", shape_text(Extents(begin, begin + (shape.size() - term.labels.size()))), note);
  };
  raise(
      written.text,
      {.what = concat("the axes under '...' do not broadcast: ", clash.first, " in operand ", clash.first_operand + 1,
                      " but ", clash.second, " in operand ", clash.second_operand + 1),
       .marks = {written.inputs[clash.first_operand].ellipsis_at, written.inputs[clash.second_operand].ellipsis_at},
       .lines = {line(clash.first_operand, "   (first bound here)"), line(clash.second_operand, "")},
       .mend = clash.strict ? "ellipses align at their last axes, which must be equal; strict lets no size 1 broadcast"
                            : "ellipses align at their last axes, which must be equal, or 1",
       .operand = static_cast<int>(clash.second_operand),
       .label = "...",
       .primary = 1});
}

void BindFaults::unknown_label(Label label) const {
  raise(written.text, {.what = concat("label ", quoted(label), " is in the output but in no operand"),
                       .marks = places(*written.output, label),
                       .lines = shape_lines(),
                       .mend = concat("give its extent to broadcast along it, as sizes={'", shown(written.names[label]),
                                      "': 5}, or drop it"),
                       .label = written.names[label]});
}

void BindFaults::size_of_no_label(std::string_view name) const {
  raise(written.text, {.what = concat("sizes has '", shown(name), "', which is no label of the equation"),
                       .mend = "sizes gives the extents of output labels that no operand has",
                       .label = std::string(name)});
}

void BindFaults::negative_size(Label label, std::int64_t size) const {
  raise(written.text, {.what = concat("sizes gives label ", quoted(label), " the extent ", size),
                       .marks = written.output ? places(*written.output, label) : std::vector<Span>{},
                       .mend = "extents are 0 or more",
                       .label = written.names[label]});
}

void BindFaults::size_given_twice(Label label, std::int64_t first, std::int64_t second) const {
  raise(written.text, {.what = concat("sizes gives label ", quoted(label), " two extents, ", first, " and ", second),
                       .marks = written.output ? places(*written.output, label) : std::vector<Span>{},
                       .mend = "name a label once, with or without its braces",
                       .label = written.names[label]});
}

void BindFaults::size_differs(Label label, std::size_t operand, std::int64_t extent, std::int64_t size) const {
  raise(written.text, {.what = concat("label ", quoted(label), " is ", extent, " in operand ", operand + 1, " but ",
                                      size, " in sizes"),
                       .marks = places(written.inputs[operand], label),
                       .lines = {concat(shape_line(operand), ", ", plain(label), " = ", extent)},
                       .mend = "sizes is for output labels that no operand has: drop it there",
                       .operand = static_cast<int>(operand),
                       .label = written.names[label]});
}

}  // namespace ricci::notation
