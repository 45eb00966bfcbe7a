#include "ricci/autograd/region.h"

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

thread_local Region* active = nullptr;
thread_local bool filling = false;

[[noreturn]] void fail_changed() {
  fail<GradError>("checkpoint: an operand of the function was changed in place before its gradient was computed",
                  "\n  call backward() before the change, or change a clone()");
}

[[noreturn]] void fail_different() {
  fail<GradError>("checkpoint: the function did not do the same when it was run again for its gradient",
                  "\n  it may depend on nothing but its arguments and unchanged values");
}

}  // namespace

Region::Region(Rerun rerun, const std::vector<Tensor>& inputs, Ref<RefCounted> held)
    : held_(std::move(held)), rerun_(std::move(rerun)) {
  for (const Tensor& x : inputs) inputs_.push_back(save(x));
}

Region::Scope::Scope(Region& region, bool fills) : region_(region), before_(active), fills_before_(filling) {
  active = &region;
  filling = fills;
}
Region::Scope::~Scope() {
  if (!filling) region_.first_.clear();
  active = before_;
  filling = fills_before_;
}

Region* Region::current() { return active; }

Saved Region::keep(const Tensor& value) {
  if (filling) {
    values_.push_back(with_history(value, nullptr));
    return {value, {}, value.storage()->version()};
  }
  first_.push_back(with_history(value, nullptr));
  Tensor outline = metadata_of(value);
  outline.impl()->history = value.impl()->history;
  return {outline, make_ref<Slot>(Ref<Region>(this), slots_++), 0};
}

void Region::note(const Tensor& operand) {
  const Note now{operand.storage().get(), operand.storage()->version()};
  if (!filling) return notes_.push_back(now);
  // A storage of the first run's own may be gone and its address in use again, but then as new as it was.
  if (noted_ < notes_.size()) {
    const Note& then = notes_[noted_];
    if (then.storage == now.storage && then.version != now.version) fail_changed();
  }
  ++noted_;
}

Tensor Region::read(std::size_t slot) {
  const std::lock_guard lock(mutex_);
  if (slot < first_.size()) return first_[slot];
  if (!filled_) run_again();
  return values_[slot];
}

void Region::drop(std::size_t slot) {
  Tensor gone;  // destroyed after the lock
  const std::lock_guard lock(mutex_);
  if (slot < values_.size()) std::swap(gone, values_[slot]);
}

void Region::visit_owned(OwnedVisitor visit) const {
  visit(held_.get());
  for (const Saved& saved : inputs_) saved.visit_owned(visit);
  for (const auto* values : {&first_, &values_})
    for (const Tensor& value : *values) visit(value.impl().get());
}

void Region::run_again() {
  std::vector<Tensor> inputs;
  for (const Saved& x : inputs_) inputs.push_back(unpack(x, "checkpoint"));
  values_.clear();
  noted_ = 0;
  {
    const Scope scope(*this, true);
    const RecordingScope records(true);
    rerun_(inputs);
  }
  if (values_.size() != slots_ || noted_ != notes_.size()) fail_different();
  filled_ = true;
}

}  // namespace ricci
