#include "ricci/base/scalar.h"

#include <limits>

#include "ricci/base/error.h"

namespace ricci {

bool fits(const Scalar& number, DType dtype) {
  if (dtype == DType::b8 || is_complex(dtype)) return true;
  if (number.value.imag() != 0) return false;
  if (is_float(dtype)) return true;
  return visit_dtype(dtype, [&]<class T>(Tag<T>) {
    if constexpr (std::is_integral_v<T>) {
      constexpr T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
      if (!number.is_integer && !(number.value.real() >= -0x1p63 && number.value.real() < 0x1p63)) return false;
      return number.integer >= low && number.integer <= high;
    } else {
      return true;
    }
  });
}

void check_fits(std::string_view function, const Scalar& number, DType dtype) {
  if (!fits(number, dtype))
    fail<DTypeError>(function, ": ", number, " does not fit in ", dtype, "\n  choose a dtype that can hold it");
}

void append_text(std::string& out, const Scalar& number) {
  if (number.is_integer) return append_text(out, static_cast<long long>(number.integer));
  append_text(out, number.value.real());
  if (number.value.imag() == 0) return;
  if (!(number.value.imag() < 0)) out += '+';
  append_text(out, number.value.imag());
  out += 'j';
}

}  // namespace ricci
