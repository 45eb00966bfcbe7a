// A network file: a contraction with its tensors in one safetensors file. The metadata holds
// "format" = "ricci-network", "version" = "1", "equation", "operands" (a JSON list of tensor names, in
// order; a name may repeat), and where they are needed "sizes" (JSON), "semiring", "name", "comment".
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
};

struct Network : NetworkText {
  std::vector<Tensor> operands;  ///< may hold one tensor several times
};

/// Reads a network; the equation is held against the tensors' shapes. Throws DataError.
RICCI_API Network load_network(const std::string& path);
/// Writes a network; operands that are the same view of the same storage are written once. Throws
/// EinsumError when the equation does not fit the operands, DataError when the file can't be written.
RICCI_API void save_network(const std::string& path, const Network& network);

namespace io {

/// A network file without its data.
struct NetworkInfo : NetworkText {
  std::vector<ArrayInfo> operands;
  std::int64_t file_bytes = 0, tensor_bytes = 0;  ///< tensor_bytes: shared operands count once
};
RICCI_API NetworkInfo read_network_info(const std::string& path);
/// Whether the metadata are a network's.
RICCI_API bool is_network(const Metadata& metadata);

}  // namespace io
}  // namespace ricci
