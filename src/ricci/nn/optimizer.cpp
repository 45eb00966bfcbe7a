#include "ricci/nn/optimizer.h"

#include <cmath>
#include <map>
#include <unordered_set>

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci::optim {
namespace {

std::string described(std::size_t number, const Tensor& parameter) {
  return concat("parameter ", static_cast<unsigned long>(number), " of shape ", parameter.shape());
}

void check_trainable(const Tensor& parameter, std::size_t number, std::string_view optimizer) {
  if (!parameter.defined())
    fail<GradError>(optimizer, ": parameter ", static_cast<unsigned long>(number), " is undefined");
  check_not_read_only(optimizer, parameter);
  if (!parameter.requires_grad())
    fail<GradError>(optimizer, ": ", described(number, parameter), " does not require grad, so it can't be trained",
                    "\n  leave it out, or set requires_grad on it first");
  if (!parameter.is_leaf())
    fail<GradError>(optimizer, ": ", described(number, parameter), " was computed from others; only leaves are trained",
                    "\n  detach() gives a leaf with the same elements");
}

Tensor number_tensor(double value) { return full({}, Scalar(value), {.dtype = DType::f64}); }

}  // namespace

// A state dict as it is read: what has been looked up is crossed out, and every fault is noted.
class Optimizer::Reading {
 public:
  explicit Reading(const StateDict& state) {
    for (const auto& item : state) given_.emplace(item.name, item.tensor);
  }
  Tensor take(const std::string& name) {
    const auto found = given_.find(name);
    if (found == given_.end()) return {};
    const Tensor out = found->second;
    given_.erase(found);
    return out;
  }
  bool has(const std::string& name) const { return given_.contains(name); }
  double number(const std::string& name) {
    const Tensor t = take(name);
    if (t.defined() && t.numel() == 1) return t.item<double>();
    note(concat(t.defined() ? "not one number: " : "missing: ", name));
    return 0;
  }
  void note(const std::string& fault) { faults_ += "\n  " + fault; }
  std::string faults() const {
    std::string out = faults_;
    for (const auto& item : given_) out += "\n  unexpected: " + item.first;
    return out;
  }

 private:
  std::map<std::string, Tensor> given_;
  std::string faults_;
};

double setting(const Settings& settings, std::string_view name) {
  for (const auto& [key, value] : settings)
    if (key == name) return value;
  std::string known;
  for (const auto& item : settings) known += (known.empty() ? "" : ", ") + item.first;
  fail("there is no setting '", name, "'; there are ", known);
}

Optimizer::~Optimizer() = default;

void Optimizer::add(const std::vector<Tensor>& parameters, Settings settings) {
  check(settings);
  if (parameters.empty()) fail(name(), ": there are no parameters to train");
  std::unordered_set<const TensorImpl*> seen;
  for (const Group& group : groups_)
    for (const Tensor& p : group.parameters) seen.insert(p.impl().get());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    check_trainable(parameters[i], memories_.size() + i, name());
    if (!seen.insert(parameters[i].impl().get()).second)
      fail(name(), ": ", described(memories_.size() + i, parameters[i]), " is given twice");
  }
  groups_.push_back({parameters, std::move(settings)});
  memories_.resize(memories_.size() + parameters.size(), Memory{.tensors = std::vector<Tensor>(state_names().size())});
}

void Optimizer::set(std::size_t group, std::string_view name, double value) {
  if (group >= groups_.size()) fail("there is no group ", static_cast<unsigned long>(group));
  Settings changed = groups_[group].settings;
  setting(changed, name);
  for (auto& item : changed)
    if (item.first == name) item.second = value;
  check(changed);
  groups_[group].settings = std::move(changed);
}

void Optimizer::set(std::string_view name, double value) {
  for (std::size_t i = 0; i < groups_.size(); ++i) set(i, name, value);
}

// Whom a step changes, checked as a whole before any of it.
std::vector<Optimizer::Work> Optimizer::work(const StepOptions& options) {
  std::vector<Work> out;
  std::string without;
  std::size_t number = 0, missing = 0;
  for (const Group& group : groups_)
    for (const Tensor& parameter : group.parameters) {
      Memory& memory = memories_[number++];
      const Tensor gradient = parameter.grad();
      if (gradient.defined())
        out.push_back({&group, parameter.detach(), gradient.detach(), &memory});
      else if (++missing <= 8)
        without += "\n  " + described(number - 1, parameter);
    }
  if (missing > 8) without += concat("\n  and ", static_cast<unsigned long>(missing - 8), " more");
  if (!without.empty() && !options.allow_unused)
    fail<GradError>(name(), ": step() without a gradient of", without,
                    "\n  call backward() first; to() makes new parameters, so make the optimiser after it",
                    "\n  step(allow_unused=True) leaves parameters that the loss does not depend on as they are");
  return out;
}

void Optimizer::prepare(const Settings& settings, const Tensor& parameter, Memory& memory) const {
  for (std::size_t k = 0; k < memory.tensors.size(); ++k)
    if (needs(settings, k) && !memory.tensors[k].defined()) memory.tensors[k] = zeros_like(parameter);
}

void Optimizer::step(const StepOptions& options) {
  const NoGrad inside;
  const std::vector<Work> all = work(options);
  for (const Work& w : all) prepare(w.group->settings, w.parameter, *w.memory);
  for (const Work& w : all) {
    ++w.memory->step;
    update(w.group->settings, w.parameter, w.gradient, *w.memory);
    w.parameter.storage()->bump_version();
  }
}

void Optimizer::zero_grad() {
  for (const Group& group : groups_)
    for (const Tensor& parameter : group.parameters) parameter.set_grad({});
}

StateDict Optimizer::state_dict() const {
  StateDict out;
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    const Memory& memory = memories_[i];
    if (memory.step == 0) continue;
    const std::string prefix = concat("state.", static_cast<unsigned long>(i), ".");
    out.push_back({prefix + "step", full({}, memory.step, {.dtype = DType::i64})});
    for (std::size_t k = 0; k < memory.tensors.size(); ++k)
      if (memory.tensors[k].defined()) out.push_back({prefix + state_names()[k], memory.tensors[k]});
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const std::string prefix = concat("groups.", static_cast<unsigned long>(g), ".");
    out.push_back({prefix + "parameters", number_tensor(static_cast<double>(groups_[g].parameters.size()))});
    for (const auto& [key, value] : groups_[g].settings) out.push_back({prefix + key, number_tensor(value)});
  }
  return out;
}

// What the state says of one parameter, in tensors of this optimiser's own.
Optimizer::Memory Optimizer::read_memory(Reading& reading, const Settings& settings, std::size_t number,
                                         const Tensor& parameter) const {
  const std::string prefix = concat("state.", static_cast<unsigned long>(number), ".");
  Memory memory{.tensors = std::vector<Tensor>(state_names().size())};
  if (!reading.has(prefix + "step")) return memory;  // it has made no step
  memory.step = static_cast<std::int64_t>(reading.number(prefix + "step"));
  prepare(settings, parameter.detach(), memory);
  for (std::size_t k = 0; k < memory.tensors.size(); ++k) {
    const Tensor& mine = memory.tensors[k];
    if (!mine.defined()) continue;
    const std::string key = prefix + state_names()[k];
    const Tensor given = reading.take(key);
    if (!given.defined())
      reading.note("missing: " + key);
    else if (given.shape() != mine.shape())
      reading.note(concat("misshapen: ", key, " is ", given.shape(), " in the state, ", mine.shape(), " here"));
    else
      copy_into(mine, given);
  }
  return memory;
}

void Optimizer::load_state_dict(const StateDict& state) {
  const NoGrad inside;
  Reading reading(state);
  std::vector<Group> groups = groups_;
  std::vector<Memory> memories;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string prefix = concat("groups.", static_cast<unsigned long>(g), ".");
    const double given = reading.number(prefix + "parameters"), here = static_cast<double>(groups[g].parameters.size());
    if (given != here) reading.note(concat(prefix, "parameters: ", given, " of them in the state, ", here, " here"));
    for (auto& [key, value] : groups[g].settings) value = reading.number(prefix + key);
    for (const Tensor& parameter : groups[g].parameters)
      memories.push_back(read_memory(reading, groups[g].settings, memories.size(), parameter));
  }
  const std::string faults = reading.faults();
  if (!faults.empty()) fail<DataError>(name(), ": the state does not fit the optimiser; nothing was changed", faults);
  for (const Group& group : groups) check(group.settings);
  groups_ = std::move(groups);
  memories_ = std::move(memories);
}

}  // namespace ricci::optim
