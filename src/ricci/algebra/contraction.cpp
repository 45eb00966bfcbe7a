#include "ricci/algebra/contraction.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "ricci/base/error.h"

namespace ricci {
namespace {

std::string made_up_name(Label label) {
  if (label < 26) return {static_cast<char>('a' + label)};
  if (label < 52) return {static_cast<char>('A' + label - 26)};
  return concat("{", label, "}");
}

// A name for a fresh label that no other has.
std::string fresh_name(const std::vector<std::string>& names) {
  std::string name = "{batch}";
  for (int i = 2; contains(names, name); ++i) name = concat("{batch", i, "}");
  return name;
}

template <class T>
void append_bytes(std::string& out, const T* values, std::size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// The length first: without it two lists of labels could run together.
template <class List>
void append_list(std::string& out, const List& list) {
  const std::uint64_t size = list.size();
  append_bytes(out, &size, 1);
  append_bytes(out, list.data(), list.size());
}

// Calls f on every list of labels: the operands', then the output.
template <class C, class F>
void for_each_term(C& contraction, F&& f) {
  for (auto& term : contraction.inputs) f(term.labels);
  f(contraction.output);
}

}  // namespace

Extents Contraction::shape_of(const Labels& labels) const {
  Extents shape;
  for (const Label label : labels) shape.push_back(extents[static_cast<std::size_t>(label)]);
  return shape;
}

Contraction Contraction::adjoint(std::size_t i) const {
  assert(i < inputs.size());
  Contraction out = *this;
  const bool seed = inputs[i].conjugated;
  for (std::size_t j = 0; j < inputs.size(); ++j)
    if (j != i) out.inputs[j].conjugated = inputs[j].conjugated == seed;
  out.inputs[i].labels = output;
  out.output = inputs[i].labels;
  return out;
}

Contraction Contraction::batched(const std::vector<bool>& operands, std::int64_t extent) const {
  assert(operands.size() == inputs.size());
  Contraction out = *this;
  const Label fresh = label_count();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (operands[i]) out.inputs[i].labels.insert(out.inputs[i].labels.begin(), fresh);
  out.output.insert(out.output.begin(), fresh);
  out.extents.push_back(extent);
  if (!names.empty()) out.names.push_back(fresh_name(names));
  return out;
}

Contraction Contraction::sliced(Label label) const {
  assert(label >= 0 && label < label_count());
  Contraction out = *this;
  for_each_term(out, [&](Labels& labels) {
    Labels kept;
    for (const Label l : labels)
      if (l != label) kept.push_back(l > label ? l - 1 : l);
    labels = std::move(kept);
  });
  out.extents.erase(out.extents.begin() + label);
  if (!names.empty()) out.names.erase(out.names.begin() + label);
  return out;
}

Contraction Contraction::canonical() const {
  Contraction out = *this;
  out.names.clear();
  out.extents.clear();
  std::vector<Label> number(extents.size(), -1);
  for_each_term(out, [&](Labels& labels) {
    for (Label& label : labels) {
      Label& now = number[static_cast<std::size_t>(label)];
      if (now < 0) {
        now = out.label_count();
        out.extents.push_back(extents[static_cast<std::size_t>(label)]);
      }
      label = now;
    }
  });
  if (!is_complex(dtype))
    for (Term& term : out.inputs) term.conjugated = false;
  return out;
}

std::string Contraction::key() const {
  const Contraction plain = canonical();
  std::string out;
  out += static_cast<char>(dtype);
  out += static_cast<char>(semiring);
  const std::uint64_t count = plain.inputs.size();
  append_bytes(out, &count, 1);
  for (const Term& term : plain.inputs) {
    out += term.conjugated ? '*' : ' ';
    append_list(out, term.labels);
  }
  append_list(out, plain.output);
  append_list(out, plain.extents);
  return out;
}

std::string Contraction::equation() const {
  std::string out;
  const auto write = [&](const Labels& labels) {
    for (const Label label : labels) out += name_of_label(label);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i > 0) out += ',';
    write(inputs[i].labels);
    if (inputs[i].conjugated) out += '*';
  }
  out += "->";
  write(output);
  return out;
}

std::string Contraction::name_of_label(Label label) const {
  const auto i = static_cast<std::size_t>(label);
  return i < names.size() && !names[i].empty() ? names[i] : made_up_name(label);
}

}  // namespace ricci
