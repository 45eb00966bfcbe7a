// Optimizer: changes parameters in place by their gradients, with what it remembers of each between steps.
// A step changes all of its parameters or, when something is wrong, none. sgd.cpp and adam.cpp derive from it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/nn/module.h"

namespace ricci::optim {

using nn::StateDict;

/// The numbers that steer an optimiser, in order: "lr", "momentum", ... Switches are 0 or 1.
using Settings = std::vector<std::pair<std::string, double>>;
/// Throws Error for a name that is not there.
RICCI_API double setting(const Settings& settings, std::string_view name);

struct StepOptions {
  bool allow_unused = false;  ///< parameters without a gradient are left alone; else they are an error
};

class RICCI_API Optimizer {
 public:
  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One step down the gradients that backward() left in .grad. Throws GradError, with all weights as they were, for
  /// parameters without a gradient.
  void step(const StepOptions& options = {});
  /// Forgets the parameters' gradients.
  void zero_grad();

  /// Parameters trained with the same settings.
  struct Group {
    std::vector<Tensor> parameters;
    Settings settings;
  };
  const std::vector<Group>& groups() const { return groups_; }
  /// Changes a setting of one group. Throws Error for an unknown name or a value that makes no sense.
  void set(std::size_t group, std::string_view name, double value);
  /// The same for all groups, a learning rate for example.
  void set(std::string_view name, double value);

  /// What step() goes on from: "state.0.step", "state.0.exp_avg" (parameters are numbered through all groups),
  /// "groups.0.lr" and the number of parameters as "groups.0.parameters". States share memory with the optimiser.
  StateDict state_dict() const;
  /// Copies a state in, settings too, so that training goes on as if it had never stopped. Throws DataError, which
  /// lists everything that does not fit, with nothing changed.
  void load_state_dict(const StateDict& state);

 protected:
  /// What is remembered of one parameter: the steps it has made, and tensors of its shape and dtype in the order of
  /// state_names(), zeros at first.
  struct Memory {
    std::int64_t step = 0;
    std::vector<Tensor> tensors{};
  };

  Optimizer() = default;
  /// Adds parameters. Throws GradError for tensors that are no leaves or do not require grad, Error for one that is
  /// there already and for settings that make no sense.
  void add(const std::vector<Tensor>& parameters, Settings settings);

  /// "SGD": for messages.
  virtual std::string_view name() const = 0;
  virtual const std::vector<std::string>& state_names() const = 0;
  /// Throws Error for settings that make no sense.
  virtual void check(const Settings& settings) const = 0;
  /// Whether a step with these settings remembers this tensor.
  virtual bool needs(const Settings& settings, std::size_t state) const = 0;
  /// One parameter's step; memory.step counts it already.
  virtual void update(const Settings& settings, const Tensor& parameter, const Tensor& gradient,
                      Memory& memory) const = 0;

 private:
  struct Work {
    const Group* group;
    Tensor parameter, gradient;
    Memory* memory;
  };
  std::vector<Work> work(const StepOptions& options);
  void prepare(const Settings& settings, const Tensor& parameter, Memory& memory) const;
  class Reading;
  Memory read_memory(Reading& reading, const Settings& settings, std::size_t number, const Tensor& parameter) const;

  std::vector<Group> groups_;
  std::vector<Memory> memories_;  // one for each parameter, through all groups
};

}  // namespace ricci::optim
