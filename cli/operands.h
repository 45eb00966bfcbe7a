// The operands of a command: known by shape and dtype first, so that a wrong equation is told before
// anything large is read; then loaded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/bar.h"
#include "cli/common.h"

namespace ricci::cli {

struct Operand {
  std::string written;  // as on the command line
  Shape shape;
  DType dtype = DType::f32;
  std::function<Tensor()> load;
};

/// What is contracted: equation, operands, and the options that a network file may hold.
struct Job {
  std::string equation;
  std::vector<Operand> operands;
  PlanOptions options;
  std::string remark = {};  // what is to be said before the data is made up
  std::vector<Shape> shapes() const;
};

/// Reads what the command line and the headers of its files say; no data. Standard input is read.
Job make_job(const Common& common);
/// The plan of the job: searched while the bar says so, or read from --plan and held against the equation.
Plan make_plan(const Job& job, const Common& common, Bar& bar);
/// The data, each file as it comes, in the dtype of --dtype.
std::vector<Tensor> load_operands(const Job& job, const Common& common);
/// A single operand by its name on the command line.
Operand find_operand(const std::string& written, const Common& common);

}  // namespace ricci::cli
