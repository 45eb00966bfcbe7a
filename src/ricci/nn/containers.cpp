#include "ricci/nn/containers.h"

#include "ricci/base/error.h"

namespace ricci::nn {

ModuleList::ModuleList(const std::vector<std::shared_ptr<Module>>& modules) {
  for (const std::shared_ptr<Module>& module : modules) append(module);
}

void ModuleList::append(std::shared_ptr<Module> module) { register_module(std::to_string(size()), std::move(module)); }

std::shared_ptr<Module> ModuleList::at(std::size_t i) const {
  const auto children = named_children();
  if (i >= children.size())
    fail<IndexError>("module ", static_cast<unsigned long>(i), " of ", static_cast<unsigned long>(children.size()));
  return children[i].second;
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& [name, module] : named_children()) y = module->forward(y);
  return y;
}

}  // namespace ricci::nn
