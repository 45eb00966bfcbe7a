#include "ricci/algebra/contraction.h"

#include <array>

#include "ricci/base/error.h"

namespace ricci {
namespace {

constexpr std::array<std::string_view, 5> kSemirings{"sum_product", "max_plus", "min_plus", "max_product",
                                                     "log_sum_exp"};

void append_bytes(std::string& out, std::int64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_labels(std::string& out, const Labels& labels) {
  append_bytes(out, static_cast<std::int64_t>(labels.size()));
  for (const Label label : labels) append_bytes(out, label);
}

}  // namespace

std::string_view name_of(Semiring semiring) { return kSemirings[static_cast<std::size_t>(semiring)]; }

Semiring parse_semiring(std::string_view name) {
  for (std::size_t i = 0; i < kSemirings.size(); ++i)
    if (name == kSemirings[i]) return static_cast<Semiring>(i);
  fail<EinsumError>("unknown semiring '", name,
                    "'\n  known: sum_product, max_plus, min_plus, max_product, log_sum_exp");
}

Extents Contraction::shape_of(const Labels& labels) const {
  Extents shape;
  for (const Label label : labels) shape.push_back(extents[static_cast<std::size_t>(label)]);
  return shape;
}

Contraction Contraction::adjoint(std::size_t i) const {
  Contraction out = *this;
  const bool flag = inputs[i].conjugated;
  for (Term& term : out.inputs) term.conjugated = term.conjugated == flag;
  out.inputs[i] = {.labels = output, .conjugated = flag};
  out.output = inputs[i].labels;
  return out;
}

Contraction Contraction::batched(const std::vector<bool>& operands, std::int64_t extent) const {
  Contraction out = *this;
  const Label fresh = label_count();
  out.extents.push_back(extent);
  if (!names.empty()) out.names.push_back("{batch}");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (operands[i]) out.inputs[i].labels.insert(out.inputs[i].labels.begin(), fresh);
  out.output.insert(out.output.begin(), fresh);
  return out;
}

Contraction Contraction::sliced(Label label) const {
  Contraction out = *this;
  const auto without = [label](const Labels& labels) {
    Labels rest;
    for (const Label l : labels)
      if (l != label) rest.push_back(l);
    return rest;
  };
  for (Term& term : out.inputs) term.labels = without(term.labels);
  out.output = without(output);
  out.extents[static_cast<std::size_t>(label)] = 1;
  return out;
}

Contraction Contraction::canonical() const {
  Contraction out{.dtype = dtype, .semiring = semiring};
  std::vector<Label> number(extents.size(), -1);
  const auto renumber = [&](const Labels& labels) {
    Labels fresh;
    for (const Label label : labels) {
      Label& n = number[static_cast<std::size_t>(label)];
      if (n < 0) {
        n = out.label_count();
        out.extents.push_back(extents[static_cast<std::size_t>(label)]);
      }
      fresh.push_back(n);
    }
    return fresh;
  };
  for (const Term& term : inputs)
    out.inputs.push_back({.labels = renumber(term.labels), .conjugated = term.conjugated && is_complex(dtype)});
  out.output = renumber(output);
  return out;
}

std::string Contraction::key() const {
  const Contraction plain = canonical();
  std::string out;
  append_bytes(out, static_cast<std::int64_t>(dtype));
  append_bytes(out, static_cast<std::int64_t>(semiring));
  append_bytes(out, static_cast<std::int64_t>(plain.inputs.size()));
  for (const Term& term : plain.inputs) {
    append_bytes(out, term.conjugated);
    append_labels(out, term.labels);
  }
  append_labels(out, plain.output);
  for (const std::int64_t extent : plain.extents) append_bytes(out, extent);
  return out;
}

std::string Contraction::name_of_label(Label label) const {
  const auto i = static_cast<std::size_t>(label);
  if (i < names.size() && !names[i].empty()) return names[i];
  if (i < 26) return std::string(1, static_cast<char>('a' + i));
  if (i < 52) return std::string(1, static_cast<char>('A' + (i - 26)));
  return concat("{", label, "}");
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

}  // namespace ricci
