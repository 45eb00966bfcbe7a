// How a tensor prints: Python's spelling of nested lists, long ones shortened as NumPy does.
#include <charconv>
#include <cmath>
#include <ostream>

#include "ricci/base/read_float.h"
#include "ricci/tensor/copy.h"

namespace ricci {
namespace {

constexpr std::int64_t kThreshold = 1000;  // elements shown in full
constexpr std::int64_t kEdge = 3;          // elements shown at either end beyond that
constexpr std::size_t kLineWidth = 79;

// Shortest digits that read back to the same value, laid out as Python's repr does.
template <class T>
void print_float(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
    return;
  }
  char buffer[64];
  const T size = std::abs(value);
  const bool fixed = size == 0 || (size >= T(1e-4) && size < T(1e16));
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == text.npos) out += ".0";
}

template <class T>
void print_value(std::string& out, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "True" : "False";
  } else if constexpr (is_complex_type<T>) {
    out += '(';
    print_float(out, value.real());
    if (!std::signbit(value.imag()) || std::isnan(value.imag())) out += '+';
    print_float(out, value.imag());
    out += "j)";
  } else if constexpr (is_half_type<T>) {
    // Six digits are more than either 16-bit float holds: print the shortest float that rounds to it.
    char buffer[32];
    for (int digits = 1; digits <= 9; ++digits) {
      const auto end =
          std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value), std::chars_format::general, digits)
              .ptr;
      float back = 0;
      read_float(buffer, end, back);
      if (T(back).bits == value.bits) {
        print_float(out, back);
        return;
      }
    }
    print_float(out, static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    print_float(out, value);
  } else {
    out += concat(static_cast<long long>(value));
  }
}

template <class T>
struct Printer {
  const Tensor& tensor;
  bool shortened;
  bool broken;  // one row a line
  std::string out;

  void axis(std::size_t i, const T* at, std::size_t indent) {
    if (i == tensor.shape().size()) {
      print_value(out, *at);
      return;
    }
    const std::int64_t extent = tensor.shape()[i], stride = tensor.strides()[i];
    const bool rows = broken && i + 1 < tensor.shape().size();
    out += '[';
    for (std::int64_t k = 0; k < extent; ++k) {
      if (k > 0) separate(rows, indent + 1, tensor.shape().size() - i - 1);
      if (shortened && extent > 2 * kEdge && k == kEdge) {
        out += "...";
        k = extent - kEdge - 1;
        continue;
      }
      axis(i + 1, at + k * stride, indent + 1);
    }
    out += ']';
  }

  void separate(bool rows, std::size_t indent, std::size_t depth) {
    out += ',';
    if (!rows) {
      const std::size_t line = out.rfind('\n');
      const std::size_t used = out.size() - (line == out.npos ? 0 : line);
      if (broken && used > kLineWidth - 12)
        out += "\n" + std::string(indent, ' ');
      else
        out += ' ';
      return;
    }
    out += std::string(depth, '\n') + std::string(indent, ' ');
  }
};

std::string values(const Tensor& elsewhere, std::size_t indent) {
  const Tensor tensor = on_host(elsewhere);
  return visit_dtype(tensor.dtype(), [&]<class T>(Tag<T>) {
    const bool shortened = tensor.numel() > kThreshold;
    const T* data = static_cast<const T*>(tensor.const_raw_data());
    Printer<T> line{tensor, shortened, false, {}};
    line.axis(0, data, indent);
    if (line.out.size() + indent <= kLineWidth) return line.out;
    Printer<T> rows{tensor, shortened, true, std::string(indent, ' ')};
    rows.axis(0, data, indent);
    return rows.out.substr(indent);
  });
}

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "Tensor(undefined)";
  const std::string head = "Tensor(";
  std::string out = head;
  if (!tensor.storage())
    out += "...";
  else if (tensor.impl()->wrapper && tensor.impl()->wrapper->batch() >= 0)
    out += concat(tensor.impl()->wrapper->batch(), " under vmap, shape=", tensor.shape());
  else if (tensor.numel() == 0)
    out += "[]" + concat(", shape=", tensor.shape());
  else
    out += values(tensor, head.size());
  if (tensor.dtype() != DType::f32) out += concat(", dtype=", tensor.dtype());
  if (tensor.requires_grad()) {
    const Tensor grad = tensor.grad();
    const std::string start = std::string(head.size(), ' ') + "grad=";
    const std::string text = grad.defined() ? values(grad, start.size()) : std::string("None");
    const bool one_line =
        out.find('\n') == out.npos && text.find('\n') == text.npos && out.size() + text.size() + 8 <= kLineWidth;
    out += grad.defined() && !one_line ? ",\n" + start + text : ", grad=" + text;
  }
  return out + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }

}  // namespace ricci
