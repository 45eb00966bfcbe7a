#include "ricci/io/array_info.h"

#include "ricci/base/checked.h"
#include "ricci/base/error.h"
#include "ricci/io/array_checks.h"

namespace ricci::io {

std::int64_t checked_bytes(const ArrayInfo& info, const std::string& where) {
  if (info.shape.size() > kMaxAxes)
    fail<DataError>(where, " has ", info.shape.size(), " axes; files may have ", kMaxAxes,
                    "\n  reshape it before it is saved");
  auto bytes = std::optional<std::int64_t>(static_cast<std::int64_t>(size_of(info.dtype)));
  bool empty = false;
  for (const std::int64_t extent : info.shape) {
    if (extent < 0) fail<DataError>(where, ": shape ", info.shape, " has a negative extent\n  the file is damaged");
    empty = empty || extent == 0;
    if (extent > 0 && bytes) bytes = checked_mul(*bytes, extent);
  }
  if (!bytes)
    fail<DataError>(where, ": the bytes of shape ", info.shape, " pass 2^63 - 1\n  the file is damaged or hostile");
  return empty ? 0 : *bytes;
}

std::string describe(const ArrayInfo& info) { return concat(info.dtype, " ", info.shape); }

void check_writable(const Tensor& tensor, const std::string& where) {
  if (!tensor.defined()) fail(where, ": the tensor to write is undefined");
  if (!tensor.storage()) fail(where, ": only the shape of the tensor to write is known, not its elements");
  checked_bytes({.name = "", .dtype = tensor.dtype(), .shape = tensor.shape()}, where);
}

std::string list_names(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) out += concat(i == 0 ? "'" : ", '", names[i], "'");
  if (names.size() > kShown) out += concat(" and ", names.size() - kShown, " more");
  return names.empty() ? "none" : out;
}

}  // namespace ricci::io
