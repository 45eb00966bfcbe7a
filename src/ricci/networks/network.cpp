#include <array>
#include <set>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"
#include "ricci/networks/cnf.h"
#include "ricci/networks/json_network.h"
#include "ricci/networks/network_file.h"
#include "ricci/networks/qasm/qasm.h"
#include "ricci/networks/uai.h"

namespace ricci {
namespace networks {
namespace {

constexpr std::array<std::string_view, 5> kSuffixes{".safetensors", ".json", ".cnf", ".uai", ".qasm"};

std::string_view suffix_of(const std::string& path) {
  for (const std::string_view suffix : kSuffixes)
    if (path.ends_with(suffix)) return suffix;
  fail<DataError>(
      "'", path, "': the suffix tells what a network is kept in, and this one is unknown",
      "\n  known: .safetensors (as save_network writes), .json (equation and shapes), .cnf (DIMACS), .uai, ",
      ".qasm (OpenQASM 2)");
}

// An option that the format has no use for is a mistake that would otherwise go unseen.
void check_options(const std::string& path, std::string_view suffix, const NetworkOptions& options) {
  const auto refuse = [&](const char* option, const char* formats) {
    fail<DataError>("'", path, "': ", option, " is for ", formats, " files\n  leave it away");
  };
  if (!options.bits.empty() && suffix != ".qasm") refuse("bits", ".qasm");
  if (!options.evidence.empty() && suffix != ".uai") refuse("evidence", ".uai");
  if (!options.keep.empty() && suffix != ".cnf" && suffix != ".uai") refuse("keep", ".cnf and .uai");
  if (options.semiring != Semiring::sum_product && (suffix == ".qasm" || suffix == ".safetensors"))
    refuse("another semiring", ".cnf, .uai and .json");
}

Network read_other(const std::string& path, std::string_view suffix, const io::InputFile& file,
                   const NetworkOptions& options) {
  if (suffix == ".cnf") return read_cnf(file, options);
  if (suffix == ".qasm") return read_qasm(file, options);
  if (suffix == ".json") return read_json_network(file, options);
  if (options.evidence.empty()) return read_uai(file, nullptr, options);
  if (options.evidence == path) fail<DataError>("'", path, "' is the model, not its evidence");
  const io::InputFile evidence = io::InputFile::open(options.evidence);
  return read_uai(file, &evidence, options);
}

// Only JSON brings an equation of its own, which need not fit its shapes.
void check_equation(const Network& network, const std::string& where) {
  std::vector<Extents> shapes;
  std::vector<DType> dtypes;
  for (const io::ArrayInfo& operand : network.absent) {
    shapes.emplace_back(operand.shape.begin(), operand.shape.end());
    dtypes.push_back(operand.dtype);
  }
  try {
    parse(network.equation, shapes, dtypes, {.sizes = network.sizes, .strict = false, .semiring = network.semiring});
  } catch (const Error& error) {
    fail<DataError>(where, ": its equation does not fit its shapes\n", error.what());
  }
}

}  // namespace

bool names_network(const std::string& path) {
  for (const std::string_view suffix : kSuffixes)
    if (path.ends_with(suffix)) return true;
  return false;
}

NetworkInfo read_network_info(const std::string& path, const NetworkOptions& options) {
  const std::string_view suffix = suffix_of(path);
  check_options(path, suffix, options);
  if (suffix == ".safetensors") return read_network_file_info(path);
  const io::InputFile file = io::InputFile::open(path, io::InputFile::Pipes::refuse);
  const Network network = load_network(path, options);
  NetworkInfo info{{network}, network.absent, file.size(), 0};
  std::map<const void*, std::string> names;  // by the tensor that operands share
  for (const Tensor& operand : network.operands) {
    const auto [at, fresh] = names.emplace(operand.impl().get(), concat(names.size()));
    const io::ArrayInfo one{.name = at->second, .dtype = operand.dtype(), .shape = operand.shape()};
    info.operands.push_back(one);
    if (fresh) info.tensor_bytes += io::checked_bytes(one, file.name());
  }
  return info;
}

}  // namespace networks

Network load_network(const std::string& path, const NetworkOptions& options) {
  const std::string_view suffix = networks::suffix_of(path);
  networks::check_options(path, suffix, options);
  if (suffix == ".safetensors") return networks::load_network_file(path);
  const io::InputFile file = io::InputFile::open(path);
  Network network = networks::read_other(path, suffix, file, options);
  if (suffix == ".json") networks::check_equation(network, file.name());
  return network;
}

}  // namespace ricci
