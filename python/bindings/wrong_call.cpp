#include "wrong_call.h"

#include <algorithm>
#include <vector>

namespace ricci::python {
namespace {

struct Parameter {
  std::string name;
  bool has_default = false, keyword_only = false;
};

// "softmax(x: TensorLike, axis: int = -1) -> Any" taken apart.
struct Signature {
  std::string text;  // what stands between the parentheses
  std::vector<Parameter> parameters;
  bool takes_rest = false, takes_any_keyword = false, is_method = false;

  bool knows(std::string_view name) const {
    return takes_any_keyword ||
           std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  }
};

std::string without(std::string text, std::string_view part) {
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

// The comma-separated parts of the first pair of parentheses; commas in brackets and strings stay inside.
std::vector<std::string> arguments_of(std::string_view line) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : line.substr(std::min(line.size(), line.find('(')))) {
    if (c == '\'' || c == '"') quoted = !quoted;
    const bool opens = !quoted && (c == '(' || c == '[' || c == '{'),
               closes = !quoted && (c == ')' || c == ']' || c == '}');
    if (opens && depth++ == 0) continue;
    if (closes && --depth == 0) break;
    if (c == ',' && depth == 1 && !quoted)
      parts.emplace_back();
    else if (c != ' ' || !parts.back().empty())
      parts.back() += c;
  }
  return parts;
}

Signature signature_of(std::string_view line) {
  Signature out;
  bool keyword_only = false;
  for (const std::string& part : arguments_of(line)) {
    if (part == "self" && out.parameters.empty()) {
      out.is_method = true;
      continue;
    }
    out.text += concat(out.text.empty() ? "" : ", ", part);
    if (part.starts_with("**")) out.takes_any_keyword = true;
    if (part.starts_with('*')) {
      out.takes_rest = out.takes_rest || (part.size() > 1 && part[1] != '*');
      keyword_only = true;
    } else if (!part.empty() && part != "/") {
      out.parameters.push_back({part.substr(0, part.find_first_of(":= ")), part.find('=') != part.npos, keyword_only});
    }
  }
  return out;
}

// How many letters have to change, come or go.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j)
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] != b[j])}));
  }
  return row.back();
}

// The name that was meant: what other libraries call it, or a slip of the fingers.
std::string meant(std::string_view written, const Signature& signature) {
  constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {
      {"dim", "axis"},         {"dim", "axes"},      {"dims", "axes"},       {"dims", "axis"},
      {"keepdim", "keepdims"}, {"input", "x"},       {"size", "shape"},      {"fill_value", "value"},
      {"N", "rows"},           {"grad", "gradient"}, {"start_dim", "first"}, {"end_dim", "last"}};
  for (const auto& [theirs, ours] : elsewhere)
    if (written == theirs && signature.knows(ours)) return concat("; did you mean '", ours, "'?");
  const Parameter* nearest = nullptr;
  std::size_t least = std::min<std::size_t>(3, written.size());
  for (const Parameter& p : signature.parameters)
    if (const std::size_t d = distance(written, p.name); d < least) nearest = &p, least = d;
  return nearest ? concat("; did you mean '", nearest->name, "'?") : "";
}

// One call that failed: its arguments as CPython passes them.
struct WrongCall {
  PyObject* const* arguments;
  std::size_t positional;
  std::vector<std::string> keywords;
};

std::string types_of(const WrongCall& call, bool is_method) {
  std::string out;
  for (std::size_t i = is_method; i < call.positional + call.keywords.size(); ++i)
    out += concat(out.empty() ? "" : ", ", i < call.positional ? "" : call.keywords[i - call.positional] + "=",
                  Py_TYPE(call.arguments[i])->tp_name);
  return without(out, "ricci._core.");
}

std::string reason(const WrongCall& call, const Signature& signature) {
  std::string known;
  for (const Parameter& p : signature.parameters) known += concat(known.empty() ? "" : ", ", p.name);
  for (const std::string& keyword : call.keywords)
    if (!signature.knows(keyword))
      return concat(" has no argument '", keyword, "'", meant(keyword, signature),
                    known.empty() ? "" : "\n  it knows: ", known);
  const std::size_t given = call.positional - signature.is_method;
  std::size_t places = 0;
  for (const Parameter& p : signature.parameters) {
    const bool named = std::find(call.keywords.begin(), call.keywords.end(), p.name) != call.keywords.end();
    const bool placed = !p.keyword_only && places++ < given;
    if (named && placed) return concat(" got '", p.name, "' twice: by its place and by its name");
    if (!named && !placed && !p.has_default)
      return concat(" needs the argument '", p.name, "'\n  it takes (", signature.text, ")");
  }
  if (given > places && !signature.takes_rest)
    return concat(" takes ", places, places == 1 ? " argument" : " arguments", " by place, not ", given,
                  "\n  it takes (", signature.text, ")");
  return concat(" can't be called with (", types_of(call, signature.is_method), ")\n  it takes (", signature.text, ")");
}

// nanobind's message lists the signatures as numbered lines; the last is the widest.
std::string explanation(std::string_view raw, const WrongCall& call) {
  constexpr std::string_view before = "(): incompatible function arguments.", after = "\n\nInvoked with types: ";
  const std::size_t name_end = raw.find(before), end = raw.find(after);
  if (name_end == raw.npos || end == raw.npos) return "";
  const std::string_view list = raw.substr(0, end);
  const Signature signature = signature_of(without(std::string(list.substr(list.rfind('\n') + 1)), "ricci._core."));
  std::string name(raw.substr(0, name_end));
  if (name.empty() && signature.is_method && call.positional == 2)  // the setter of an attribute
    return concat("an attribute of ", without(Py_TYPE(call.arguments[0])->tp_name, "ricci._core."),
                  " can't be set to an object of type ", types_of(call, true), "\n  it takes (", signature.text, ")");
  if (signature.is_method && call.positional > 0) {
    const std::string type = without(Py_TYPE(call.arguments[0])->tp_name, "ricci._core.");
    name = name == "__init__" ? type : concat(type, ".", name);
  }
  return concat(name, "()", reason(call, signature));
}

nb::handle uninitialised_among(const WrongCall& call) {
  for (std::size_t i = 0; i < call.positional + call.keywords.size(); ++i)
    if (nb::inst_check(call.arguments[i]) && !nb::inst_ready(call.arguments[i])) return call.arguments[i];
  return {};
}

std::string uninitialised(nb::handle object) {
  const std::string type = nb::str(object.type().attr("__name__")).c_str();
  return concat("this ", type, " was never initialised\n  call ", type, ".__init__ first");
}

void set_error(nb::handle type, const std::string& message) {
  const nb::object text =
      nb::steal(PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
  PyErr_SetObject(type.ptr(), text.ptr());
}

WrongCall call_of(const CallArguments& call) {
  WrongCall out{call.arguments, static_cast<std::size_t>(PyVectorcall_NARGS(call.count)), {}};
  if (call.names)
    for (nb::handle name : nb::borrow<nb::tuple>(call.names)) out.keywords.push_back(nb::str(name).c_str());
  return out;
}

}  // namespace

void explain(const CallArguments& arguments) noexcept {
  nb::python_error error;
  try {
    const std::string raw = nb::str(error.value()).c_str();
    const WrongCall call = call_of(arguments);
    const std::string better = explanation(raw, call);
    if (better.empty()) return error.restore();
    const bool constructs = raw.starts_with("__init__(");
    if (const nb::handle object = constructs ? nb::handle() : uninitialised_among(call); object.is_valid())
      return set_error(nb::module_::import_("ricci.errors").attr("Error"), uninitialised(object));
    set_error(PyExc_TypeError, better);
  } catch (...) {
    error.restore();
  }
}

PyObject* check_declined(PyObject* result, const CallArguments& call) noexcept {
  try {
    if (const nb::handle object = uninitialised_among(call_of(call)); object.is_valid()) {
      set_error(nb::module_::import_("ricci.errors").attr("Error"), uninitialised(object));
      Py_CLEAR(result);
    }
  } catch (...) {
    PyErr_Clear();
  }
  return result;
}

void fail_uninitialised(nb::handle object) { fail<Error>(uninitialised(object)); }

}  // namespace ricci::python
