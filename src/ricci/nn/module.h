// Module: parameters (trained), buffers (kept, not trained) and children under names; the state dict
// has parameters and persistent buffers. The layers of layers.h and the caller's own models derive from it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ricci/base/function_ref.h"
#include "ricci/tensor/named_tensor.h"

namespace ricci::nn {

using ricci::NamedTensor;                    // what save() and load() take, too
using StateDict = std::vector<NamedTensor>;  // in order of registration, names like "layer.weight"

/// What load_state_dict found that did not fit.
struct LoadReport {
  std::vector<std::string> missing, unexpected;
};

class RICCI_API Module {
 public:
  Module() = default;
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// What the module computes of one tensor; throws Error where a class does not say.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x) { return forward(x); }

  /// Registers a trained tensor (it is made to require grad) and returns it; an undefined one only keeps the
  /// name. Throws Error for a name that is empty, has a '.', or is taken, and GradError for integer dtypes
  /// and tensors with history.
  Tensor& register_parameter(const std::string& name, const Tensor& tensor);
  /// Registers a tensor that moves and is saved with the module but is not trained; persistent = false
  /// keeps it out of the state dict.
  Tensor& register_buffer(const std::string& name, const Tensor& tensor, bool persistent = true);
  template <class M>
  M& register_module(const std::string& name, std::shared_ptr<M> child) {
    add_child(name, child);
    return *child;
  }

  /// Recursive, each shared tensor once.
  std::vector<NamedTensor> named_parameters() const;
  std::vector<Tensor> parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  std::vector<Tensor> buffers() const;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> named_children() const;
  /// Calls f on every tensor that is registered in this module itself, and on every module directly inside it. They do
  /// not allocate.
  void visit_own_tensors(FunctionRef<void(const Tensor&)> f) const;
  void visit_children(FunctionRef<void(const Module&)> f) const;

  /// Parameters and persistent buffers of this module and its children, detached views.
  StateDict state_dict() const;
  /// Copies values in. With strict, every missing, unexpected or misshapen name is listed in one
  /// DataError and nothing is changed.
  LoadReport load_state_dict(const StateDict& state, bool strict = true);

  /// Converts floating parameters and buffers (dtype), or moves all (device).
  void to(DType dtype);
  void to(Device device);
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  /// Forgets the parameters' gradients.
  void zero_grad();

  /// The registered tensor of this module by name. Throws Error.
  Tensor& get(const std::string& name);
  /// The same, or null where there is none of that name.
  Tensor* find(const std::string& name);

 private:
  struct Entry {
    std::string name;
    Tensor tensor;
    bool parameter = false, persistent = true;
  };
  void add_child(const std::string& name, std::shared_ptr<Module> child);
  void check_name(const std::string& name) const;
  bool holds(const Module& other) const;  // itself, or a module below it
  Tensor& add(Entry entry);
  void visit(const std::string& prefix, const std::function<void(const std::string&, Entry&)>& f);

  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  bool training_ = true;
};

}  // namespace ricci::nn
