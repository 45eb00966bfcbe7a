// The rates that plans predict seconds by, measured on this machine.
#pragma once

#include <string>
#include <vector>

#include "cli/bar.h"
#include "ricci/ricci.h"

namespace ricci::cli {

/// The rates of one dtype in one semiring, fitted to steps of many shapes.
struct Calibration {
  DType dtype;
  Semiring semiring;
  path::CostModel model;
  double typical = 1, worst = 1;  ///< factors between predicted and measured: geometric mean, and the largest
  std::string worst_shape;
};

/// All dtypes and semirings whose kernels differ, on one thread from then on. Takes half a minute.
std::vector<Calibration> calibrate(Bar& bar);

/// A row of the table in ricci/path/rates.cpp.
std::string row_text(const Calibration& calibration);

}  // namespace ricci::cli
