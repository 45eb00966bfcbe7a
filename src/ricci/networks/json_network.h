// A contraction as JSON, as it is kept by those who search orders (opt_einsum, cotengra, quimb, einsum_benchmark):
// {"equation" or "eq": "ij,jk->ik", "shapes": [[2, 3], [3, 4]], "path": [[0, 1]]}, or
// {"inputs": [["i", "j"], ...], "output": [...], "size_dict" or "sizes": {"i": 2, ...} or a list by label
// number}; "path" may be left away.
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

/// Labels of `inputs` are text or whole numbers, or one string of letters an operand. There are shapes but no
/// operands, of float32 or "dtype". Throws DataError, also for a saved plan and an equation that does not fit.
RICCI_API Network read_json_network(const io::InputFile& file, const NetworkOptions& options = {});

}  // namespace ricci::networks
