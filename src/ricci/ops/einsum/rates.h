// Which rates plans are made and predicted by: the built-in ones, the same on every machine, unless a plan, the shell
// or the environment asks for measured ones.
#pragma once

#include <string>

#include "ricci/path/tree/rates.h"

namespace ricci {

struct ChosenRates {
  path::Rates rates = path::Rates::built_in();
  std::string measured = {};  ///< when, on what, and by which file; "" for the built-in ones
};

/// "builtin", "measured" (on this machine, by `ricci bench --calibrate`), or the path of a file that it wrote on any
/// machine; "" is what RICCI_RATES says when rates are first asked for, builtin where it says nothing. Throws DataError
/// for a file that is missing or damaged, and for measured ones of another processor or instruction set.
RICCI_API ChosenRates chosen_rates(const std::string& name = "");

/// The rates for the steps of this contraction's dtype and semiring.
RICCI_API path::CostModel chosen_model(const Contraction& contraction, const std::string& name = "");

/// Writes what was measured on this machine for "measured" to find, and gives the file's path:
/// $XDG_CACHE_HOME/ricci/rates.json, or ~/.cache/ricci/rates.json. Throws DataError.
RICCI_API std::string save_measured(path::Rates rates);

}  // namespace ricci
