#include "examples/main_job/transcript.h"

#include <sstream>
#include <string_view>

#include "examples/main_job/naive.h"
#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

constexpr std::size_t kWidth = 80;  // of the narrowest terminal it is made for

// The text with its later lines moved in.
std::string indented(const std::string& text, std::size_t indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(indent, ' ');
  }
  return out;
}

// Where a line of a printed tensor can break, and the column that the text after it goes to.
struct Break {
  std::size_t at, column;
  int depth;
  bool row;  // a bracket or a word follows, not a number
};

// `line` may be a later one, whose outer brackets were opened above it.
std::vector<Break> breaks_of(const std::string& line) {
  std::vector<Break> breaks;
  std::vector<std::size_t> open{line.find_first_not_of(' ')};
  int closed_above = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '[' || c == '(') open.push_back(i + 1);
    if ((c == ']' || c == ')') && open.size() > 1)
      open.pop_back();
    else if (c == ']')
      open[0] = std::string_view("Tensor(").size(), ++closed_above;
    if (c == ',' && i + 2 < line.size())
      breaks.push_back({i + 2, open.back(), static_cast<int>(open.size()) - closed_above,
                        std::string_view("[gd").find(line[i + 2]) != std::string_view::npos});
  }
  return breaks;
}

// A line of a printed tensor in lines of at most `room`: broken after the outermost row, else after the last
// number that fits.
std::string fitted(const std::string& line, std::size_t room) {
  if (line.size() <= room) return line;
  const std::vector<Break> breaks = breaks_of(line);
  const Break* best = nullptr;
  for (const Break& b : breaks)
    if (b.row ? !best || !best->row || b.depth < best->depth : b.at <= room + 1 && (!best || !best->row)) best = &b;
  if (!best) return line;
  return fitted(line.substr(0, best->at - 1), room) + '\n' +
         fitted(std::string(best->column, ' ') + line.substr(best->at), room);
}

// A printed tensor in at most six rows, each `room` wide: empty lines go, and of a long one all but the ends.
std::string compact(const std::string& text, std::size_t room) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  constexpr std::size_t most = 6, head = 3;
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines.size() > most && i == head) {
      out += concat("\n       ... ", lines.size() - head - 1, " rows ...");
      i = lines.size() - 1;
    }
    out += (i > 0 ? "\n" : "") + fitted(lines[i], room);
  }
  return out;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

double terms_of(const std::vector<Array>& operands) {
  // Roundings on the way to one element: at most one for each product and sum, and the last.
  double terms = 2;
  for (const Array& operand : operands) terms += static_cast<double>(operand.values.size());
  return terms;
}

std::vector<Array> magnitudes_of(const std::vector<Array>& operands) {
  std::vector<Array> out;
  for (const Array& operand : operands) out.push_back(magnitudes(operand));
  return out;
}

}  // namespace

void Transcript::part(const std::string& title) { out_ << '\n' << style_.bold(title) << '\n'; }

void Transcript::title(const std::string& text) { out_ << '\n' << ++number_ << ". " << style_.bold(text) << '\n'; }

void Transcript::call(const std::string& code) { out_ << "   " << indented(code, 3) << '\n'; }

void Transcript::show(const std::string& name, const Tensor& tensor) {
  const std::string head = "     " + padded(name, 8) + padded(concat(tensor.shape()), 14);
  out_ << head << indented(compact(to_string(tensor), kWidth - head.size()), head.size()) << '\n';
}

void Transcript::say(const std::string& text) { out_ << "     " << indented(text, 5) << '\n'; }

void Transcript::correction(const std::string& text) { out_ << "   ! " << indented(text, 5) << '\n'; }

void Transcript::checks(const std::vector<std::pair<std::string, bool>>& marks) {
  std::string line;
  for (const auto& [what, right] : marks) {
    ++checked_;
    failed_ += right ? 0 : 1;
    line += "   " + (right ? style_.good("✓") : style_.bad("✗")) + " " + what;
  }
  out_ << line << '\n';
}

void Transcript::contraction(const std::string& equation, const Tensor& y, const std::vector<Tensor>& operands,
                             const std::vector<std::string>& names) {
  std::vector<Array> arrays;
  for (const Tensor& operand : operands) arrays.push_back(array_of(operand));
  const double terms = terms_of(arrays);
  const std::vector<Array> sizes = magnitudes_of(arrays);
  const Array value = array_of(y);
  show("value", y.detach());
  backward(y, {.retain_graph = true});
  for (std::size_t k = 0; k < operands.size(); ++k) show(names[k] + ".grad", operands[k].grad());

  bool right = agrees(value, naive_contraction(equation, arrays), naive_contraction(equation, sizes), terms, y.dtype());
  const Tensor seed = randn(y.shape(), {.dtype = y.dtype(), .seed = 77});
  const Array seeds = array_of(seed);
  const std::vector<Tensor> gradients = grad(y, operands, {.gradient = seed});
  bool gradients_right = true, adjoint = true;
  const double wanted = inner_product(seeds, value);
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Array gradient = array_of(gradients[k]);
    const Array bound = naive_gradient(equation, sizes, magnitudes(seeds), k);
    gradients_right = gradients_right && agrees(gradient, naive_gradient(equation, arrays, seeds, k), bound,
                                                terms + static_cast<double>(value.values.size()), y.dtype());
    const double scale = inner_product(bound, sizes[k]);
    const Array got{{}, {inner_product(arrays[k], gradient)}};
    adjoint = adjoint && agrees(got, {{}, {wanted}}, {{}, {scale}},
                                2 * (terms + static_cast<double>(value.values.size())), y.dtype());
  }
  checks({{"value", right}, {"gradients", gradients_right}, {"<x, grad x> = <seed, y>", adjoint}});
}

}  // namespace ricci::examples
