#include "ricci/networks/qasm/qasm.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <variant>

#include "ricci/networks/network_builder.h"
#include "ricci/networks/qasm/expression.h"
#include "ricci/networks/qasm/gate_tensor.h"
#include "ricci/networks/qasm/gates.h"

namespace ricci::networks {
namespace {

constexpr std::size_t kMostQubits = 1u << 16;
constexpr std::size_t kMostGates = 1u << 20;  // applications, those inside definitions counted
constexpr int kMostNesting = 200;             // of definitions in definitions
constexpr std::size_t kMostOpen = 32;         // qubits whose bits are left open

struct Definition;
using Gate = std::variant<const StandardGate*, const Definition*>;

struct Call {
  Gate gate;
  std::vector<QasmExpression> parameters;
  std::vector<std::size_t> qubits;  // by the definition's own numbering
};

struct Definition {
  std::string name;
  std::size_t parameters = 0, qubits = 0;
  std::vector<Call> body;
  int nesting = 1;
  bool opaque = false;
};

struct Register {
  std::size_t first = 0, size = 0;
  bool quantum = true;
};

// A register, or one of its bits.
struct Argument {
  std::size_t first = 0, size = 1;
  bool whole = false;
};

class QasmReader {
 public:
  explicit QasmReader(const io::InputFile& file) : lexer_(file) {}
  Network read(const NetworkOptions& options) &&;

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Place& place, const Parts&... parts) const {
    lexer_.text().refuse(place, parts...);
  }
  void header();
  void statement();
  void declare(bool quantum);
  void include();
  void define(bool opaque);
  std::vector<std::string> names(std::string_view what, std::string_view end);
  void body(Definition& gate, std::span<const std::string> parameters, std::span<const std::string> qubits);
  Gate find_gate(const Token& name) const;
  std::vector<QasmExpression> parameters(std::span<const std::string> names, std::size_t expected, const Token& gate);
  Argument argument(bool quantum);
  std::vector<Argument> arguments();
  void application(const Token& name);
  void measure();
  void apply(const Gate& gate, std::span<const double> parameters, std::span<const std::size_t> qubits,
             const Place& place);
  void emit(const StandardGate& gate, std::span<const double> parameters, std::span<const std::size_t> qubits);
  std::string label(std::size_t qubit) const { return concat("q", qubit, "_", versions_[qubit]); }
  Network finish(std::string bits);

  QasmLexer lexer_;
  std::map<std::string, Register, std::less<>> registers_;
  std::map<std::string, Definition, std::less<>> definitions_;
  std::map<std::string, GateTensor> tensors_;  // by the matrix's bytes
  std::vector<std::size_t> versions_;          // by qubit: how often its label has changed
  std::vector<bool> measured_;
  std::size_t applied_ = 0;
  NetworkBuilder builder_;
};

std::size_t qubits_of(const Gate& gate) {
  if (const auto* standard = std::get_if<const StandardGate*>(&gate))
    return static_cast<std::size_t>((*standard)->qubits);
  return std::get<const Definition*>(gate)->qubits;
}

std::size_t parameters_of(const Gate& gate) {
  if (const auto* standard = std::get_if<const StandardGate*>(&gate))
    return static_cast<std::size_t>((*standard)->parameters);
  return std::get<const Definition*>(gate)->parameters;
}

// ---- reading

void QasmReader::header() {
  const Token first = lexer_.next();
  if (first.text != "OPENQASM") refuse(first.place, "a circuit begins with 'OPENQASM 2.0;', not with ", shown(first));
  const Token version = lexer_.next();
  if (version.text != "2.0" && version.text != "2")
    refuse(version.place, "OpenQASM ", shown(version), "; this reads 2.0\n  export the circuit as OpenQASM 2");
  lexer_.expect(";");
}

void QasmReader::statement() {
  const Token first = lexer_.name("a statement");
  if (first.text == "qreg" || first.text == "creg") return declare(first.text == "qreg");
  if (first.text == "include") return include();
  if (first.text == "gate" || first.text == "opaque") return define(first.text == "opaque");
  if (first.text == "measure") return measure();
  if (first.text == "barrier") {
    arguments();
    return lexer_.expect(";");
  }
  if (first.text == "if" || first.text == "reset")
    refuse(first.place, "'", first.text, "' depends on a measurement, so the circuit is no contraction",
           "\n  drop it, or read the circuit up to there");
  application(first);
}

void QasmReader::include() {
  const Token file = lexer_.next();
  if (file.text != "\"qelib1.inc\"")
    refuse(file.place, "only \"qelib1.inc\", whose gates are known here, can be included, not ", shown(file),
           "\n  put the gates' definitions into the file itself");
  lexer_.expect(";");
}

void QasmReader::declare(bool quantum) {
  const Token name = lexer_.name("a register's name");
  lexer_.expect("[");
  const Token size = lexer_.next();
  const std::size_t known = quantum ? versions_.size() : 0;
  Register fresh{known, 0, quantum};
  fresh.size = static_cast<std::size_t>(
      lexer_.text().integer(size, "a register's size", 1, static_cast<std::int64_t>(kMostQubits - known)));
  lexer_.expect("]");
  lexer_.expect(";");
  if (!registers_.emplace(name.text, fresh).second) refuse(name.place, "a second register named ", shown(name));
  if (!quantum) return;
  versions_.resize(known + fresh.size);
  measured_.resize(known + fresh.size);
}

// Names up to `end`, which is taken too.
std::vector<std::string> QasmReader::names(std::string_view what, std::string_view end) {
  std::vector<std::string> out;
  if (lexer_.accept(end)) return out;
  do {
    const Token name = lexer_.name(what);
    if (std::find(out.begin(), out.end(), name.text) != out.end()) refuse(name.place, shown(name), " is named twice");
    if (out.size() == io::kMaxAxes) refuse(name.place, "more than ", io::kMaxAxes, " names");
    out.emplace_back(name.text);
  } while (lexer_.accept(","));
  lexer_.expect(end);
  return out;
}

void QasmReader::define(bool opaque) {
  const Token name = lexer_.name("a gate's name");
  if (definitions_.contains(name.text)) refuse(name.place, "a second definition of ", shown(name));
  const std::vector<std::string> parameters =
      lexer_.accept("(") ? names("a parameter", ")") : std::vector<std::string>();
  const std::vector<std::string> qubits = names("a qubit", opaque ? ";" : "{");
  if (qubits.empty()) refuse(name.place, "gate ", shown(name), " has no qubit");
  Definition gate{std::string(name.text), parameters.size(), qubits.size(), {}, 1, opaque};
  if (!opaque) body(gate, parameters, qubits);
  definitions_.emplace(name.text, std::move(gate));
}

void QasmReader::body(Definition& gate, std::span<const std::string> parameters, std::span<const std::string> qubits) {
  while (!lexer_.accept("}")) {
    const Token name = lexer_.name("a gate or '}'");
    const bool barrier = name.text == "barrier";
    Call call{barrier ? Gate() : find_gate(name), {}, {}};
    if (!barrier) call.parameters = this->parameters(parameters, parameters_of(call.gate), name);
    do {
      const Token qubit = lexer_.name("a qubit");
      const auto at = std::find(qubits.begin(), qubits.end(), qubit.text);
      if (at == qubits.end()) refuse(qubit.place, shown(qubit), " is no qubit of gate '", gate.name, "'");
      const auto number = static_cast<std::size_t>(at - qubits.begin());
      if (!barrier && std::find(call.qubits.begin(), call.qubits.end(), number) != call.qubits.end())
        refuse(qubit.place, "qubit ", shown(qubit), " is given twice");
      call.qubits.push_back(number);
    } while (lexer_.accept(","));
    lexer_.expect(";");
    if (barrier) continue;
    if (call.qubits.size() != qubits_of(call.gate))
      refuse(name.place, "gate ", shown(name), " takes ", qubits_of(call.gate), " qubits, ", call.qubits.size(),
             " are given");
    if (const auto* inner = std::get_if<const Definition*>(&call.gate))
      gate.nesting = std::max(gate.nesting, (*inner)->nesting + 1);
    if (gate.nesting > kMostNesting)
      refuse(name.place, "definitions stand in definitions more than ", kMostNesting, " deep");
    gate.body.push_back(std::move(call));
  }
}

Gate QasmReader::find_gate(const Token& name) const {
  if (const auto at = definitions_.find(name.text); at != definitions_.end()) return &at->second;
  if (const StandardGate* standard = find_standard_gate(name.text)) return standard;
  refuse(name.place, "unknown gate ", shown(name), "\n  define it before it is used: gate ",
         std::string_view(name.text).substr(0, 40), " a { ... }");
}

// "(a, b)", or nothing for a gate without parameters.
std::vector<QasmExpression> QasmReader::parameters(std::span<const std::string> names, std::size_t expected,
                                                   const Token& gate) {
  std::vector<QasmExpression> out;
  if (lexer_.accept("(") && !lexer_.accept(")")) {
    do out.push_back(QasmExpression::read(lexer_, names));
    while (lexer_.accept(","));
    lexer_.expect(")");
  }
  if (out.size() != expected)
    refuse(gate.place, "gate ", shown(gate), " takes ", expected, " parameters, ", out.size(), " are given");
  return out;
}

Argument QasmReader::argument(bool quantum) {
  const Token name = lexer_.name("a register");
  const auto at = registers_.find(name.text);
  if (at == registers_.end()) refuse(name.place, "unknown register ", shown(name));
  if (at->second.quantum != quantum)
    refuse(name.place, shown(name), " is no ", quantum ? "register of qubits" : "classical register");
  const Register& found = at->second;
  Argument out{found.first, found.size, true};
  if (lexer_.accept("[")) {
    const Token number = lexer_.next();
    const auto last = static_cast<std::int64_t>(found.size) - 1;
    out = {found.first + static_cast<std::size_t>(lexer_.text().integer(number, "a bit's number", 0, last)), 1, false};
    lexer_.expect("]");
  }
  return out;
}

std::vector<Argument> QasmReader::arguments() {
  std::vector<Argument> out;
  do out.push_back(argument(true));
  while (lexer_.accept(","));
  return out;
}

void QasmReader::measure() {
  const Argument from = argument(true);
  lexer_.expect("->");
  const Place place = lexer_.peek().place;
  const Argument into = argument(false);
  if (from.size != into.size) refuse(place, from.size, " qubits are measured into ", into.size, " bits");
  lexer_.expect(";");
  std::fill_n(measured_.begin() + static_cast<std::ptrdiff_t>(from.first), from.size, true);
}

// A gate on qubits, or on registers of one size, bit by bit.
void QasmReader::application(const Token& name) {
  const Gate gate = find_gate(name);
  std::vector<double> values;
  for (const QasmExpression& parameter : parameters({}, parameters_of(gate), name))
    values.push_back(parameter.evaluate({}, lexer_.text()));
  const std::vector<Argument> on = arguments();
  lexer_.expect(";");
  if (on.size() != qubits_of(gate))
    refuse(name.place, "gate ", shown(name), " takes ", qubits_of(gate), " qubits, ", on.size(), " are given");
  std::size_t times = 1;
  for (const Argument& one : on) {
    if (!one.whole) continue;
    if (times > 1 && times != one.size) refuse(name.place, "registers of ", times, " and ", one.size, " qubits");
    times = one.size;
  }
  for (std::size_t i = 0; i < times; ++i) {
    std::vector<std::size_t> qubits;
    for (const Argument& one : on) {
      const std::size_t qubit = one.first + (one.whole ? i : 0);
      if (std::find(qubits.begin(), qubits.end(), qubit) != qubits.end())
        refuse(name.place, "gate ", shown(name), " is given qubit ", qubit, " twice");
      if (measured_[qubit])
        refuse(name.place, "gate ", shown(name), " comes after its qubit ", qubit, " was measured",
               "\n  drop the measurement, or the gate");
      qubits.push_back(qubit);
    }
    apply(gate, values, qubits, name.place);
  }
}

// ---- the network

void QasmReader::apply(const Gate& gate, std::span<const double> parameters, std::span<const std::size_t> qubits,
                       const Place& place) {
  if (++applied_ > kMostGates) refuse(place, "more than ", kMostGates, " gates, definitions expanded");
  if (const auto* standard = std::get_if<const StandardGate*>(&gate)) return emit(**standard, parameters, qubits);
  const Definition& definition = *std::get<const Definition*>(gate);
  if (definition.opaque) refuse(place, "gate '", definition.name, "' is opaque: it has no definition to expand");
  for (const Call& call : definition.body) {
    std::vector<double> values;
    for (const QasmExpression& parameter : call.parameters)
      values.push_back(parameter.evaluate(parameters, lexer_.text()));
    std::vector<std::size_t> on;
    for (const std::size_t qubit : call.qubits) on.push_back(qubits[qubit]);
    apply(call.gate, values, on, place);
  }
}

void QasmReader::emit(const StandardGate& gate, std::span<const double> parameters,
                      std::span<const std::size_t> qubits) {
  const Matrix matrix = gate.matrix(parameters);
  const std::string key(reinterpret_cast<const char*>(matrix.data()), matrix.size() * sizeof matrix[0]);
  const auto [at, fresh] = tensors_.try_emplace(key);
  GateTensor& known = at->second;
  if (fresh) known = make_gate_tensor(matrix, qubits.size());
  if (known.identity) return;
  LabelNames labels;
  for (std::size_t q = 0; q < qubits.size(); ++q) {
    const std::string before = label(qubits[q]);
    if (!known.keeps[q]) {
      ++versions_[qubits[q]];
      labels.push_back(label(qubits[q]));
    }
    labels.push_back(before);
  }
  builder_.add(labels, known.tensor);
}

Network QasmReader::finish(std::string bits) {
  const std::size_t n = versions_.size();
  if (bits.empty()) bits.assign(n, '?');
  if (bits.size() != n || bits.find_first_not_of("01?") != std::string::npos)
    fail<DataError>(lexer_.text().name(), ": bits '", bits.substr(0, 80), "' should be ", n,
                    " of 0, 1 and ?, one for each qubit in the order they are declared");
  const auto open = static_cast<std::size_t>(std::count(bits.begin(), bits.end(), '?'));
  if (open > kMostOpen)
    fail<DataError>(lexer_.text().name(), ": the state of ", open, " qubits has 2^", open, " amplitudes; at most ",
                    kMostOpen, " qubits are left open\n  ask for some: bits (--bits) of ", n,
                    " signs 0 and 1, with ? for an axis of the result");
  using Values = std::vector<std::complex<double>>;
  const Tensor zero = tensor_of({2}, Values{1, 0}), one = tensor_of({2}, Values{0, 1});
  LabelNames output;
  for (std::size_t qubit = 0; qubit < n; ++qubit) {
    builder_.add({concat("q", qubit, "_0")}, zero);
    if (bits[qubit] == '?')
      output.push_back(label(qubit));
    else
      builder_.add({label(qubit)}, bits[qubit] == '1' ? one : zero);
  }
  if (n == 0) builder_.add({}, tensor_of({}, Values{1}));
  Network network = std::move(builder_).finish(output);
  network.comment = concat(counted(n, "qubit"), ", ", counted(applied_, "gate"));
  return network;
}

Network QasmReader::read(const NetworkOptions& options) && {
  header();
  while (!lexer_.peek().empty()) statement();
  return finish(options.bits);
}

}  // namespace

Network read_qasm(const io::InputFile& file, const NetworkOptions& options) { return QasmReader(file).read(options); }

}  // namespace ricci::networks
