#include "ricci/base/error.h"

#include <charconv>

namespace ricci {

// Out of line, so that each type has one home and catches across shared libraries.
Error::~Error() = default;
EinsumError::~EinsumError() = default;
ShapeError::~ShapeError() = default;
IndexError::~IndexError() = default;
DTypeError::~DTypeError() = default;
GradError::~GradError() = default;
DataError::~DataError() = default;
DeviceError::~DeviceError() = default;
MemoryError::~MemoryError() = default;
BudgetError::~BudgetError() = default;

template <class T>
static void append_number(std::string& out, T value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_text(std::string& out, long long value) { append_number(out, value); }
void append_text(std::string& out, unsigned long long value) { append_number(out, value); }
void append_text(std::string& out, double value) { append_number(out, value); }

}  // namespace ricci
