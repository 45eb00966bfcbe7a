// The rates that plans predict seconds by, measured on this machine.
#pragma once

#include <string>
#include <vector>

#include "cli/bar.h"
#include "ricci/path/tree/rates.h"
#include "ricci/ricci.h"

namespace ricci::cli {

/// The rates of one dtype in one semiring, fitted to steps of many shapes.
struct Calibration : path::KernelRates {
  double typical = 1, worst = 1;  ///< factors between predicted and measured: geometric mean, and the largest
  std::string worst_shape = {};
};

/// All dtypes and semirings whose kernels differ, on one thread from then on. Takes half a minute; `quick`, which looks
/// at small steps only and no longer than it must, a second.
std::vector<Calibration> calibrate(Bar& bar, bool quick);

/// A row of the table in ricci/path/tree/rates.cpp.
std::string row_text(const Calibration& calibration);

}  // namespace ricci::cli
