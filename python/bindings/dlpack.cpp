#include "dlpack.h"

#include <memory>

#include "checked.h"
#include "ricci/tensor/defined.h"

namespace ricci::python {
namespace {

// The layout that DLPack fixes; names here are ours.
struct WireDevice {
  std::int32_t type, index;
};
struct WireDType {
  std::uint8_t code, bits;
  std::uint16_t lanes;
};
struct WireTensor {
  void* data;
  WireDevice device;
  std::int32_t rank;
  WireDType dtype;
  std::int64_t *shape, *strides;
  std::uint64_t byte_offset;
};
struct Managed {
  WireTensor tensor;
  void* context;
  void (*deleter)(Managed*);
};
struct VersionedManaged {
  std::uint32_t major, minor;
  void* context;
  void (*deleter)(VersionedManaged*);
  std::uint64_t flags;
  WireTensor tensor;
};

constexpr std::uint64_t kReadOnly = 1;
constexpr std::int32_t kHost = 1, kPinnedHost = 3;
enum Code : std::uint8_t { kInt = 0, kUnsigned = 1, kFloat = 2, kBfloat = 4, kComplex = 5, kBool = 6 };

template <class M>
struct CapsuleNames;
template <>
struct CapsuleNames<Managed> {
  static constexpr const char *fresh = "dltensor", *used = "used_dltensor";
};
template <>
struct CapsuleNames<VersionedManaged> {
  static constexpr const char *fresh = "dltensor_versioned", *used = "used_dltensor_versioned";
};

Code code_of(DType t) {
  if (t == DType::b8) return kBool;
  if (t == DType::u8) return kUnsigned;
  if (t == DType::bf16) return kBfloat;
  if (is_complex(t)) return kComplex;
  return is_float(t) ? kFloat : kInt;
}

DType dtype_from_wire(const WireDType& type) {
  if (type.lanes == 1) {
    for (int i = 0; i < kDTypeCount; ++i) {
      const auto t = static_cast<DType>(i);
      if (type.code == code_of(t) && type.bits == 8 * size_of(t)) return t;
    }
  }
  if (type.lanes == 1 && type.code == kUnsigned)
    fail_no_counterpart(concat("DLPack: uint", static_cast<int>(type.bits)), "astype()");
  fail<DTypeError>("DLPack: elements of type code ", static_cast<int>(type.code), " with ", static_cast<int>(type.bits),
                   " bits and ", static_cast<int>(type.lanes), " lanes have no counterpart here");
}

WireDType wire_dtype(DType t) { return {code_of(t), static_cast<std::uint8_t>(8 * size_of(t)), 1}; }

template <class M>
void delete_managed(void* managed) {
  auto* m = static_cast<M*>(managed);
  if (m->deleter) m->deleter(m);
}

Tensor view_wire(const WireTensor& wire, std::function<void()> release) {
  if (wire.rank < 0 || (wire.rank > 0 && !wire.shape)) fail<ShapeError>("DLPack: an array of ", wire.rank, " axes");
  Shape shape;
  MemoryOptions options;
  for (std::int32_t i = 0; i < wire.rank; ++i) {
    shape.push_back(wire.shape[i]);
    if (wire.strides) options.strides.push_back(wire.strides[i]);
  }
  void* data = wire.data ? static_cast<std::byte*>(wire.data) + wire.byte_offset : nullptr;
  return from_memory(data, dtype_from_wire(wire.dtype), shape, options, std::move(release));
}

template <class M>
Shared take_capsule(nb::handle capsule) {
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule.ptr(), CapsuleNames<M>::fresh));
  if (!managed) nb::raise_python_error();
  const WireTensor& wire = managed->tensor;
  if (wire.device.type != kHost && wire.device.type != kPinnedHost)
    fail<DeviceError>("DLPack: the array lives on device ", wire.device.type,
                      ", not on the host\n  copy it to the host first");
  // The owner passes to the tensor only when nothing can fail any more.
  expect_release();
  Shared shared;
  shared.tensor = view_wire(wire, [managed] { release_with_lock(delete_managed<M>, managed); });
  PyCapsule_SetName(capsule.ptr(), CapsuleNames<M>::used);
  if constexpr (std::is_same_v<M, VersionedManaged>) shared.writable = !(managed->flags & kReadOnly);
  return shared;
}

bool requires_grad(nb::handle object) {
  if (!nb::hasattr(object, "requires_grad")) return false;
  const nb::object flag = object.attr("requires_grad");
  const int truth = PyObject_IsTrue(flag.ptr());
  if (truth < 0) nb::raise_python_error();
  return truth == 1;
}

nb::object ask_for_capsule(nb::handle object) {
  try {
    return in_python([&] { return object.attr("__dlpack__")("max_version"_a = nb::make_tuple(1, 0)); });
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  return in_python([&] { return object.attr("__dlpack__")(); });
}

// What an exported capsule owns.
struct Export {
  Tensor tensor;
  Shape shape;
  Strides strides;
};

template <class M>
nb::object new_capsule(const Tensor& tensor) {
  auto managed = std::make_unique<M>();
  auto owned = std::make_unique<Export>(Export{tensor, tensor.shape(), tensor.strides()});
  managed->tensor = {const_cast<void*>(tensor.const_raw_data()),
                     {kHost, 0},
                     static_cast<std::int32_t>(tensor.ndim()),
                     wire_dtype(tensor.dtype()),
                     owned->shape.data(),
                     owned->strides.data(),
                     0};
  managed->context = owned.get();
  managed->deleter = [](M* self) {
    delete static_cast<Export*>(self->context);
    delete self;
  };
  if constexpr (std::is_same_v<M, VersionedManaged>) {
    managed->major = 1;
    managed->minor = 0;
    managed->flags = tensor.is_read_only() ? kReadOnly : 0;
  }
  // A capsule nobody has taken still owns its tensor.
  PyObject* capsule = PyCapsule_New(managed.get(), CapsuleNames<M>::fresh, [](PyObject* self) {
    if (PyCapsule_IsValid(self, CapsuleNames<M>::fresh))
      delete_managed<M>(PyCapsule_GetPointer(self, CapsuleNames<M>::fresh));
  });
  if (!capsule) nb::raise_python_error();
  owned.release();
  managed.release();
  return nb::steal(capsule);
}

}  // namespace

bool has_dlpack(nb::handle object) { return nb::hasattr(object, "__dlpack__"); }

Shared share_dlpack(nb::handle object) {
  if (requires_grad(object))
    fail<GradError>("an array of type ", nb::type_name(object.type()).c_str(),
                    " requires grad, and its own library would not see what is done here",
                    "\n  pass its values: x.detach()");
  const nb::object capsule = ask_for_capsule(object);
  if (PyCapsule_IsValid(capsule.ptr(), CapsuleNames<VersionedManaged>::fresh))
    return take_capsule<VersionedManaged>(capsule);
  if (!PyCapsule_IsValid(capsule.ptr(), CapsuleNames<Managed>::fresh))
    fail<DTypeError>("DLPack: __dlpack__() of an object of type ", nb::type_name(object.type()).c_str(),
                     " gave no fresh capsule");
  return take_capsule<Managed>(capsule);
}

nb::object to_dlpack(const Tensor& tensor, bool versioned) {
  check_exportable(tensor, "__dlpack__");
  if (!versioned) check_not_read_only("__dlpack__", tensor);  // the older form has no word for it
  return versioned ? new_capsule<VersionedManaged>(tensor) : new_capsule<Managed>(tensor);
}

}  // namespace ricci::python
