// A network: a contraction with its tensors, from a file. Our own are safetensors files (network_file.h); graphical
// models, formulas, circuits and contractions as JSON are read by their suffixes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ricci/algebra/contraction.h"
#include "ricci/io/array_info.h"

namespace ricci {

/// What is to be contracted, with words for people.
struct NetworkText {
  std::string equation;                       ///< as einsum takes it, named labels too
  std::map<std::string, std::int64_t> sizes;  ///< extents of output labels that no operand has
  Semiring semiring = Semiring::sum_product;
  std::string name, comment;
  /// An order that comes with it, in opt_einsum's linear form; empty: none.
  std::vector<std::vector<int>> path{};
};

struct Network : NetworkText {
  std::vector<Tensor> operands;  ///< may hold one tensor several times
  /// Of a .json file, which has no values, in place of operands: their shapes and dtypes.
  std::vector<io::ArrayInfo> absent{};
};

/// What is asked of a file that holds a problem rather than a contraction.
struct NetworkOptions {
  /// .cnf, .uai: what weights are added and multiplied in. max_plus, min_plus and log_sum_exp take their
  /// logarithms (min_plus negative ones), so that no partition function overflows.
  Semiring semiring = Semiring::sum_product;
  /// .uai: the path of an evidence file, whose variables are fixed; "": none.
  std::string evidence{};
  /// .cnf (counted from 1), .uai (counted from 0): variables that are not summed, an axis of the result each.
  std::vector<std::int64_t> keep{};
  /// .qasm: for each qubit, in the order they are declared, '0' or '1' for an amplitude's bit, '?' for an axis of
  /// the result; "": all axes, the whole state.
  std::string bits{};
};

/// Reads a network by the file's suffix. .safetensors is what save_network() writes; its equation is held against
/// the tensors' shapes. .json holds an equation and shapes (json_network.h), no operands. .cnf is a formula whose
/// models are counted, .uai a graphical model, .qasm a circuit. Throws DataError naming line and column, or for options
/// that the format does not have.
RICCI_API Network load_network(const std::string& path, const NetworkOptions& options = {});
/// Writes a network; operands that are the same view of the same storage are written once. Throws
/// EinsumError when the equation does not fit the operands, DataError when the file can't be written.
RICCI_API void save_network(const std::string& path, const Network& network);

namespace networks {

/// A network file without its data.
struct NetworkInfo : NetworkText {
  std::vector<io::ArrayInfo> operands;
  std::int64_t file_bytes = 0, tensor_bytes = 0;  ///< tensor_bytes: shared operands count once
};
RICCI_API NetworkInfo read_network_info(const std::string& path, const NetworkOptions& options = {});
/// Whether load_network() knows the path's suffix.
RICCI_API bool names_network(const std::string& path);
/// Whether the metadata are a network's.
RICCI_API bool is_network(const io::Metadata& metadata);

}  // namespace networks
}  // namespace ricci
