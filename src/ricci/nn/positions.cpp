#include "ricci/nn/positions.h"

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/copy.h"

namespace ricci::nn {

void check_positions(const Tensor& positions, std::int64_t count, std::string_view function, std::string_view noun,
                     std::optional<std::int64_t> ignored) {
  if (!is_integer(positions.dtype()))
    fail<DTypeError>(function, ": a ", noun, " is an integer, not ", positions.dtype());
  if (positions.impl()->wrapper) return;  // inside a transform the elements are not at hand
  const NoGrad inside;
  const Tensor all = on_host(contiguous(to(positions, DType::i64)));
  const std::int64_t* at = all.data<const std::int64_t>();
  for (std::int64_t i = 0; i < all.numel(); ++i)
    if ((at[i] < 0 || at[i] >= count) && at[i] != ignored)
      fail<IndexError>(function, ": ", noun, " ", at[i], " is not one of 0 to ", count - 1);
}

}  // namespace ricci::nn
