#include "torch_memory.h"

#include <algorithm>
#include <array>

#include "checked.h"
#include "convert.h"
#include "dlpack.h"

namespace ricci::python {
namespace {

void drop(void* object) { Py_DECREF(static_cast<PyObject*>(object)); }

nb::object torch_member(const char* name) { return nb::module_::import_("torch").attr(name); }

bool says(nb::handle tensor, const char* method) { return nb::cast<bool>(tensor.attr(method)()); }

// The only lender there is in this module.
class Torch final : public Lender {
 public:
  Torch(nb::handle tensor, DType dtype) : tensor_(tensor), dtype_(dtype), counts_(!says(tensor, "is_inference")) {
    expect_release();
    tensor_.inc_ref();
  }
  ~Torch() override { release_with_lock(drop, tensor_.ptr()); }

  // What torch makes in inference mode has no count, and torch records nothing of it.
  std::uint32_t version() const override {
    if (!counts_) return 0;
    const Locked lock;
    return in_python([&] { return nb::cast<std::uint32_t>(tensor_.attr("_version")); });
  }

  void bump_version() override {
    if (!counts_) return;
    const Locked lock;
    in_python([&] { nb::module_::import_("torch.autograd.graph").attr("increment_version")(tensor_); });
  }

  bool can_view(const Tensor& result) const {
    const Strides& strides = result.strides();
    return result.dtype() == dtype_ && result.numel() > 0 &&
           std::all_of(strides.begin(), strides.end(), [](std::int64_t stride) { return stride >= 0; });
  }

  nb::object view(const Tensor& result) const {
    const nb::object values = tensor_.attr("detach")();
    const auto from = nb::cast<std::intptr_t>(values.attr("data_ptr")());
    const auto bytes = reinterpret_cast<std::intptr_t>(result.const_raw_data()) - from;
    const auto offset = nb::cast<std::int64_t>(values.attr("storage_offset")()) +
                        static_cast<std::int64_t>(bytes) / static_cast<std::int64_t>(size_of(dtype_));
    return values.attr("as_strided")(tuple_of(result.shape()), tuple_of(result.strides()), offset);
  }

 private:
  nb::handle tensor_;
  DType dtype_;
  bool counts_;
};

void check_on_host(nb::handle tensor) {
  if (!nb::cast<bool>(tensor.attr("is_cpu")))
    fail<DeviceError>("the torch tensor is on device ", str_of(nb::object(tensor.attr("device"))),
                      ", not on the host\n  copy it to the host first: x.cpu()");
}

}  // namespace

void check_dense(nb::handle tensor) {
  static const nb::object& strided = *new nb::object(torch_member("strided"));
  const bool nested = nb::cast<bool>(tensor.attr("is_nested"));
  if (tensor.attr("layout").is(strided) && !nested) return;
  fail<DTypeError>("a torch tensor of layout ", str_of(nb::object(tensor.attr("layout"))), nested ? ", nested," : "",
                   " is no dense array\n  pass x.to_dense(), or to_padded_tensor() of a nested one");
}

bool is_torch_dtype(nb::handle object) {
  return std::string_view(reinterpret_cast<PyTypeObject*>(object.type().ptr())->tp_name) == "torch.dtype";
}

DType dtype_from_torch(nb::handle dtype) {
  static const auto* const known = new std::array<nb::object, kDTypeCount>([] {
    std::array<nb::object, kDTypeCount> all;
    for (int i = 0; i < kDTypeCount; ++i)
      all[static_cast<std::size_t>(i)] = torch_member(std::string(name_of(static_cast<DType>(i))).c_str());
    return all;
  }());
  for (std::size_t i = 0; i < known->size(); ++i)
    if (dtype.is((*known)[i])) return static_cast<DType>(i);
  fail_no_counterpart(str_of(dtype), "x.to()");
}

Shared share_torch(nb::handle lent) {
  return in_python([&]() -> Shared {
    check_dense(lent);
    check_on_host(lent);
    const DType dtype = dtype_from_torch(nb::object(lent.attr("dtype")));
    nb::object tensor = nb::borrow(lent);
    if (is_complex(dtype) && says(tensor, "is_conj")) tensor = tensor.attr("detach")().attr("resolve_conj")();
    if (says(tensor, "is_neg")) tensor = tensor.attr("detach")().attr("resolve_neg")();
    const auto address = nb::cast<std::uintptr_t>(tensor.attr("data_ptr")());
    const Shape shape = integers_from(nb::object(tensor.attr("shape")), "shape");
    if (address == 0 && element_count(shape) > 0) return share_dlpack(tensor.attr("detach")());
    const Strides strides = integers_from(nb::object(tensor.attr("stride")()), "stride");
    Shared shared{from_memory(reinterpret_cast<void*>(address), dtype, shape, {.strides = strides})};
    shared.tensor.storage()->set_lender(make_ref<Torch>(tensor, dtype));
    return shared;
  });
}

nb::object torch_tensor(const Tensor& result) {
  return in_python([&] {
    const auto* lender = static_cast<const Torch*>(result.storage()->lender().get());
    if (lender && lender->can_view(result)) return lender->view(result);
    const Tensor own = result.is_read_only() ? clone(result) : result;  // torch has no word for it
    return nb::object(nb::module_::import_("torch.utils.dlpack").attr("from_dlpack")(to_dlpack(own, false)));
  });
}

}  // namespace ricci::python
