// Rates that were measured, with what they were measured on, as JSON text. Files of it are found and read in
// ops/rates.h; `ricci bench --calibrate` writes them.
#pragma once

#include <string>
#include <string_view>

#include "ricci/path/tree/rates.h"

namespace ricci::planning {

struct MeasuredRates {
  std::string processor;        ///< as the system calls it
  std::string instruction_set;  ///< that the kernels ran in
  std::string date;             ///< "2026-11-27", in UTC
  path::Rates rates;
};

RICCI_API std::string to_json(const MeasuredRates& measured);
/// Validates like hostile input: a row for each of the built-in rates', every number in a range where predictions stay
/// finite. Throws DataError.
RICCI_API MeasuredRates rates_from_json(std::string_view text);

}  // namespace ricci::planning
