// The UAI competitions' format: a Markov or Bayesian network, whose value is its partition function, or with
// evidence that of what agrees with it. A variable is a label, a factor a tensor, last variable fastest.
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

/// `evidence` (null: none) is a file of "COUNT VARIABLE VALUE ..."; factors are cut down to its values.
/// Throws DataError.
RICCI_API Network read_uai(const io::InputFile& file, const io::InputFile* evidence,
                           const NetworkOptions& options = {});
/// The same with the evidence that the options name.
Network read_uai(const io::InputFile& file, const NetworkOptions& options);

}  // namespace ricci::networks
