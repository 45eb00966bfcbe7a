#include "ricci/algebra/fault.h"
#include "ricci/algebra/scanner.h"
#include "ricci/algebra/written.h"
#include "ricci/base/error.h"

namespace ricci::notation {
namespace {

std::string name_of(const SublistLabel& label) {
  if (const int* number = std::get_if<int>(&label)) return std::to_string(*number);
  return std::string(without_braces(std::get<std::string>(label)));
}

class Writer {
 public:
  explicit Writer(Written& written) : written_(written) {}

  // `operand` is -1 for the output.
  WrittenTerm write(const Sublist& labels, int operand) {
    WrittenTerm term;
    term.at.begin = written_.text.size();
    for (const SublistLabel& label : labels) {
      if (std::holds_alternative<Ellipsis>(label))
        write_ellipsis(term, operand);
      else
        write_label(term, name_of(label), operand);
    }
    term.at.end = written_.text.size();
    return term;
  }

  // At the end, when the whole equation is there to point into.
  void check_ellipses() const {
    if (second_.empty()) return;
    const auto [operand, at] = second_.front();
    raise(written_.text, {.what = concat("the sublist of ", holder(operand), " has more than one ellipsis"),
                          .marks = {operand < 0 ? written_.output->ellipsis_at
                                                : written_.inputs[static_cast<std::size_t>(operand)].ellipsis_at,
                                    at},
                          .mend = "write the ellipsis once in a sublist, and give the other axes labels",
                          .operand = operand,
                          .primary = 1});
  }

 private:
  static std::string holder(int operand) {
    return operand < 0 ? std::string("the output") : concat("operand ", operand + 1);
  }
  void write_ellipsis(WrittenTerm& term, int operand) {
    const Span at{written_.text.size(), written_.text.size() + 3};
    written_.text += "...";
    if (term.ellipsis) {
      second_.emplace_back(operand, at);
    } else {
      term.ellipsis = term.labels.size();
      term.ellipsis_at = at;
    }
  }
  void write_label(WrittenTerm& term, const std::string& name, int operand) {
    const std::string_view fault = fault_of_name(name);
    if (!fault.empty())
      fail_at<EinsumError>({.operand = operand, .label = name, .position = -1}, "'", shown(name),
                           "' is not a label, in the sublist of ", holder(operand), ": ", fault,
                           "\n  a label is an int, a name without blanks and braces, or the ellipsis");
    const std::string text = in_braces(name);
    term.labels.push_back({written_.names.number(name), {written_.text.size(), written_.text.size() + text.size()}});
    written_.text += text;
  }

  Written& written_;
  std::vector<std::pair<int, Span>> second_;  // ellipses beyond a term's first, with the operand
};

}  // namespace

Written write_sublists(std::span<const Sublist> operands, const std::optional<Sublist>& output) {
  Written written;
  Writer writer(written);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i > 0) written.text += ',';
    written.inputs.push_back(writer.write(operands[i], static_cast<int>(i)));
  }
  if (output) {
    written.text += "->";
    written.output = writer.write(*output, -1);
  }
  writer.check_ellipses();
  return written;
}

}  // namespace ricci::notation
