#include "ricci/autograd/saved.h"

#include "ricci/autograd/anomaly.h"
#include "ricci/autograd/origin.h"
#include "ricci/autograd/region.h"
#include "ricci/base/error.h"

namespace ricci {

Saved save(const Tensor& value) {
  // A leaf lives on in the edge to it, so a slot would save nothing.
  if (Region* region = Region::current(); region && !value.impl()->requires_grad) return region->keep(value);
  return {value, {}, value.storage()->version(), detecting_anomalies() ? elements_hash(value) : 0};
}

Tensor unpack(const Saved& saved, std::string_view owner) {
  if (saved.slot) return with_history(static_cast<const Slot&>(*saved.slot).read(), saved.value.impl()->history);
  const bool counted = saved.value.storage() && saved.value.storage()->version() != saved.version;
  if (counted || (saved.elements != 0 && saved.elements != elements_hash(saved.value)))
    fail<GradError>(owner, ": a value of shape ", saved.value.shape(),
                    " that its gradient needs was changed in place after it was used",
                    "\n  change a clone() instead, or call backward() before the change");
  return saved.value;
}

Tensor with_history(const Tensor& tensor, Ref<History> history) {
  const TensorImpl& from = *tensor.impl();
  auto impl = make_ref<TensorImpl>(from.storage, from.shape, from.strides, from.offset, from.dtype, from.device);
  impl->is_view = from.is_view;
  impl->wrapper = from.wrapper;
  impl->history = std::move(history);
  return Tensor(std::move(impl));
}

}  // namespace ricci
