#include "ricci/tensor/copy.h"

#include "ricci/tensor/device_memory.h"

namespace ricci {

bool share_memory(Device a, Device b) { return &memory_of(a) == &memory_of(b); }

Tensor copy_to(const Tensor& tensor, Device device) {
  if (tensor.device() == device) return tensor;
  const bool any = tensor.numel() > 0;
  const Reach reach = any ? reach_of(tensor.shape(), tensor.strides()) : Reach{};
  const auto width = static_cast<std::int64_t>(size_of(tensor.dtype()));
  const std::int64_t bytes = any ? (reach.high - reach.low + 1) * width : 0;
  Ref<Storage> storage = Storage::allocate(bytes, device);
  if (any)
    copy_bytes(device, storage->address(), tensor.device(),
               static_cast<const std::byte*>(address_of(tensor)) + reach.low * width, bytes);
  return Tensor(
      make_ref<TensorImpl>(std::move(storage), tensor.shape(), tensor.strides(), -reach.low, tensor.dtype(), device));
}

Tensor on_host(const Tensor& tensor) { return copy_to(tensor, staging_device(tensor.device())); }

Device staging_device(Device device) { return memory_of(device).is_host() ? device : Device{}; }

}  // namespace ricci
