// Modules that hold others under the names "0", "1", ...
#pragma once

#include "ricci/nn/module.h"

namespace ricci::nn {

/// Modules in a row.
class RICCI_API ModuleList : public Module {
 public:
  ModuleList() = default;
  explicit ModuleList(const std::vector<std::shared_ptr<Module>>& modules);
  /// Adds a module at the end, under its number.
  void append(std::shared_ptr<Module> module);
  std::size_t size() const { return named_children().size(); }
  /// Throws IndexError.
  std::shared_ptr<Module> at(std::size_t i) const;
};

/// Modules one after the other: each takes what the one before it gives.
class RICCI_API Sequential : public ModuleList {
 public:
  using ModuleList::ModuleList;
  template <class... M>
  requires(sizeof...(M) > 0 &&
           (std::is_base_of_v<Module, M> && ...)) explicit Sequential(const std::shared_ptr<M>&... modules)
      : ModuleList(std::vector<std::shared_ptr<Module>>{modules...}) {}
  Tensor forward(const Tensor& x) override;
};

}  // namespace ricci::nn
