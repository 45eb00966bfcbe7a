#include "ricci/nn/module.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci::nn {

Module::~Module() = default;

Tensor Module::forward(const Tensor&) {
  fail("this module has no forward(x) of one tensor\n  override forward() in the class that derives from Module");
}

void Module::check_name(const std::string& name) const {
  if (name.empty()) fail("a module's tensor or child needs a name");
  if (name.find('.') != name.npos) fail("'", name, "': a name can't have a '.', which joins modules in the state dict");
  for (const auto& entry : entries_)
    if (entry->name == name)
      fail("'", name, "' is already a ", entry->parameter ? "parameter" : "buffer", " of this module");
  for (const auto& child : children_)
    if (child.first == name) fail("'", name, "' is already a child of this module");
}

Tensor& Module::add(Entry entry) {
  check_name(entry.name);
  if (!entry.tensor.defined() && !entry.parameter) fail("'", entry.name, "': the tensor is undefined");
  entries_.push_back(std::make_unique<Entry>(std::move(entry)));
  return entries_.back()->tensor;
}

Tensor& Module::register_parameter(const std::string& name, const Tensor& tensor) {
  if (tensor.defined() && tensor.requires_grad() && !tensor.is_leaf())
    fail<GradError>("'", name, "': a parameter is a leaf, this tensor was computed from others\n  detach() gives one");
  Tensor leaf = tensor;
  if (leaf.defined()) leaf.set_requires_grad();
  return add({.name = name, .tensor = leaf, .parameter = true, .persistent = true});
}

Tensor& Module::register_buffer(const std::string& name, const Tensor& tensor, bool persistent) {
  return add({.name = name, .tensor = tensor, .parameter = false, .persistent = persistent});
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> child) {
  check_name(name);
  if (!child) fail("'", name, "': the module is null");
  if (child->holds(*this)) fail("'", name, "': a module can't hold itself, directly or through its children");
  children_.emplace_back(name, std::move(child));
}

bool Module::holds(const Module& other) const {
  if (this == &other) return true;
  return std::any_of(children_.begin(), children_.end(), [&](const auto& child) { return child.second->holds(other); });
}

void Module::visit_own_tensors(FunctionRef<void(const Tensor&)> f) const {
  for (const auto& entry : entries_) f(entry->tensor);
}

void Module::visit_children(FunctionRef<void(const Module&)> f) const {
  for (const auto& [name, child] : children_) f(*child);
}

void Module::visit(const std::string& prefix, const std::function<void(const std::string&, Entry&)>& f) {
  for (const auto& entry : entries_)
    if (entry->tensor.defined()) f(prefix + entry->name, *entry);
  for (const auto& [name, child] : children_) child->visit(prefix + name + ".", f);
}

namespace {
// Shared tensors are listed under their first name only.
class Once {
 public:
  bool first(const Tensor& t) { return seen_.insert(t.impl().get()).second; }

 private:
  std::unordered_set<const TensorImpl*> seen_;
};

std::vector<Tensor> values(const std::vector<NamedTensor>& named) {
  std::vector<Tensor> out;
  for (const NamedTensor& item : named) out.push_back(item.tensor);
  return out;
}
}  // namespace

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> out;
  Once once;
  const_cast<Module*>(this)->visit("", [&](const std::string& name, Entry& e) {
    if (e.parameter && once.first(e.tensor)) out.push_back({name, e.tensor});
  });
  return out;
}

std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> out;
  Once once;
  const_cast<Module*>(this)->visit("", [&](const std::string& name, Entry& e) {
    if (!e.parameter && once.first(e.tensor)) out.push_back({name, e.tensor});
  });
  return out;
}

std::vector<Tensor> Module::parameters() const { return values(named_parameters()); }
std::vector<Tensor> Module::buffers() const { return values(named_buffers()); }
std::vector<std::pair<std::string, std::shared_ptr<Module>>> Module::named_children() const { return children_; }

StateDict Module::state_dict() const {
  StateDict out;
  const_cast<Module*>(this)->visit("", [&](const std::string& name, Entry& e) {
    if (e.parameter || e.persistent) out.push_back({name, e.tensor.detach()});
  });
  return out;
}

LoadReport Module::load_state_dict(const StateDict& state, bool strict) {
  std::map<std::string, Tensor> given;
  for (std::size_t i = 0; i < state.size(); ++i) {
    check_defined_at("load_state_dict", i, state[i].tensor);
    given.emplace(state[i].name, state[i].tensor);
  }
  std::vector<std::pair<Tensor, Tensor>> copies;  // from, to
  LoadReport report;
  std::string misshapen;
  visit("", [&](const std::string& name, Entry& e) {
    if (!e.parameter && !e.persistent) return;
    const auto found = given.find(name);
    if (found == given.end()) {
      report.missing.push_back(name);
      return;
    }
    if (found->second.shape() != e.tensor.shape())
      misshapen += concat("\n  misshapen: ", name, " is ", found->second.shape(), " in the state, ", e.tensor.shape(),
                          " in the module");
    else
      copies.emplace_back(found->second, e.tensor);
    given.erase(found);
  });
  for (const auto& [name, tensor] : given) report.unexpected.push_back(name);
  if (!misshapen.empty() || (strict && (!report.missing.empty() || !report.unexpected.empty()))) {
    std::string text = "load_state_dict: the state does not fit the module; nothing was changed";
    for (const std::string& name : report.missing) text += "\n  missing: " + name;
    for (const std::string& name : report.unexpected) text += "\n  unexpected: " + name;
    fail<DataError>(text, misshapen);
  }
  for (const auto& [from, into] : copies) check_not_read_only("load_state_dict", into);
  const NoGrad inside;
  for (const auto& [from, into] : copies) copy_into(into, from);
  return report;
}

namespace {
// Converts each tensor once, so that shared ones stay shared. Keeps the originals: an address is their name.
class ConvertOnce {
 public:
  template <class F>
  Tensor operator()(const Tensor& t, F convert) {
    auto& [original, converted] = done_[t.impl().get()];
    if (!original.defined()) {
      original = t;
      converted = convert(t);
    }
    return converted;
  }

 private:
  std::unordered_map<const TensorImpl*, std::pair<Tensor, Tensor>> done_;
};
}  // namespace

void Module::to(DType dtype) {
  const NoGrad inside;
  ConvertOnce once;
  visit("", [&](const std::string&, Entry& e) {
    if (!is_float(e.tensor.dtype())) return;
    const bool trained = e.tensor.requires_grad();
    e.tensor = once(e.tensor, [&](const Tensor& t) { return ricci::to(t, dtype); });
    e.tensor.set_requires_grad(trained);
  });
}

void Module::to(Device device) {
  const NoGrad inside;
  ConvertOnce once;
  visit("", [&](const std::string&, Entry& e) {
    const bool trained = e.tensor.requires_grad();
    e.tensor = once(e.tensor, [&](const Tensor& t) { return ricci::to(t, device); });
    e.tensor.set_requires_grad(trained);
  });
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& child : children_) child.second->train(on);
}

void Module::zero_grad() {
  for (const Tensor& p : parameters()) p.set_grad({});
}

Tensor* Module::find(const std::string& name) {
  for (const auto& entry : entries_)
    if (entry->name == name) return &entry->tensor;
  return nullptr;
}

Tensor& Module::get(const std::string& name) {
  if (Tensor* tensor = find(name)) return *tensor;
  fail("this module has no tensor '", name, "'");
}

}  // namespace ricci::nn
