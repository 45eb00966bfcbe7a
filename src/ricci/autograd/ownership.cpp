#include "ricci/autograd/ownership.h"

#include "ricci/tensor/tensor.h"

namespace ricci {
namespace {

// What a kind that is not here owns is not known, and so stays out.
void visit_owned(const RefCounted& object, OwnedVisitor visit) {
  if (const auto* owner = dynamic_cast<const Owner*>(&object)) {
    owner->visit_owned(visit);
  } else if (const auto* tensor = dynamic_cast<const TensorImpl*>(&object)) {
    visit(tensor->history.get());
    visit(tensor->hooks.get());
    visit(tensor->wrapper.get());
    if (tensor->grad) visit(tensor->grad->impl().get());
  } else if (const auto* wrapper = dynamic_cast<const Wrapper*>(&object)) {
    for (const Tensor& part : wrapper->parts()) visit(part.impl().get());
  }
}

}  // namespace

std::size_t Ownership::add(const RefCounted* object) {
  const auto [at, is_new] = indices_.try_emplace(object, objects_.size());
  if (is_new) objects_.push_back({object});
  Object& found = objects_[at->second];
  ++found.known;
  if (found.is_owned()) ready_.push_back(at->second);
  return at->second;
}

void Ownership::assume(const std::vector<TensorImpl*>& leaves) {
  for (const TensorImpl* leaf : leaves) {
    const std::size_t i = add(leaf);
    if (!leaf->grad) continue;
    const std::size_t grad = add(leaf->grad->impl().get());
    objects_[i].owned.push_back(grad);
    objects_[i].assumed = true;
  }
}

void Ownership::follow(std::size_t i) {
  std::vector<std::size_t> owned = objects_[i].owned;
  const bool has_grad = objects_[i].assumed;
  visit_owned(*objects_[i].object, [&](const RefCounted* object) {
    const bool is_grad = has_grad && object == objects_[owned[0]].object;
    if (object && !is_grad) owned.push_back(add(object));
  });
  objects_[i].owned = std::move(owned);
  objects_[i].followed = true;
}

void Ownership::follow() {
  while (!ready_.empty()) {
    const std::size_t i = ready_.back();
    ready_.pop_back();
    if (!objects_[i].followed) follow(i);
  }
}

}  // namespace ricci
