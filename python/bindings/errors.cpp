// C++ errors become the classes of ricci.errors, with operand, label and position as attributes.
#include "common.h"

namespace ricci::python {
namespace {

nb::object text(const std::string& utf8) {
  return nb::steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace"));
}

void raise(const char* name, const Error& error) {
  const nb::object type = nb::module_::import_("ricci.errors").attr(name);
  const nb::object raised = type(text(error.what()));
  if (error.operand() >= 0) raised.attr("operand") = error.operand();
  if (!error.label().empty()) raised.attr("label") = text(error.label());
  if (error.position() >= 0) raised.attr("position") = static_cast<Py_ssize_t>(error.position());
  PyErr_SetObject(type.ptr(), raised.ptr());
}

void translate(const std::exception_ptr& exception, void*) {
  try {
    std::rethrow_exception(exception);
  } catch (const BudgetError& e) {
    raise("BudgetError", e);
  } catch (const MemoryError& e) {
    raise("MemoryError", e);
  } catch (const DeviceError& e) {
    raise("DeviceError", e);
  } catch (const DataError& e) {
    raise("DataError", e);
  } catch (const GradError& e) {
    raise("GradError", e);
  } catch (const DTypeError& e) {
    raise("DTypeError", e);
  } catch (const IndexError& e) {
    raise("IndexError", e);
  } catch (const ShapeError& e) {
    raise("ShapeError", e);
  } catch (const EinsumError& e) {
    raise("EinsumError", e);
  } catch (const Error& e) {
    raise("Error", e);
  }
}

}  // namespace

void bind_errors() { nb::register_exception_translator(translate); }

}  // namespace ricci::python
