#include "ricci/backend/rows.h"

#include "ricci/backend/element.h"
#include "ricci/backend/map_names.h"

namespace ricci {
namespace {

template <class From, class To>
void copy_loop(const Row& row) {
  const auto* in = static_cast<const From*>(row.in[0]);
  auto* out = static_cast<To*>(row.out);
  for (std::int64_t i = 0; i < row.n; ++i) out[i * row.out_stride] = element::convert<To>(in[i * row.in_stride[0]]);
}

template <class T>
void select_loop(const Row& row) {
  const auto* condition = static_cast<const bool*>(row.in[0]);
  const auto *x = static_cast<const T*>(row.in[1]), *y = static_cast<const T*>(row.in[2]);
  auto* out = static_cast<T*>(row.out);
  for (std::int64_t i = 0; i < row.n; ++i)
    out[i * row.out_stride] = condition[i * row.in_stride[0]] ? x[i * row.in_stride[1]] : y[i * row.in_stride[2]];
}

bool is_comparison(Map map) { return map >= Map::equal && map <= Map::greater_equal; }

}  // namespace

DType result_dtype(Map map, DType in) {
  switch (map) {
    case Map::logical_not:
    case Map::is_nan:
    case Map::is_finite: return DType::b8;
    case Map::real:
    case Map::imag:
    case Map::absolute: return real_of(in);
    default: return is_comparison(map) ? DType::b8 : in;
  }
}

RowLoop row_of(Map map, DType in, DType out) {
  if (map == Map::copy) return detail::copy_row(in, out);
  if (out != result_dtype(map, in))
    fail<DTypeError>(name_of(map), " of ", in, " gives ", result_dtype(map, in), ", not ", out);
  if (map == Map::select) return detail::select_row(in);
  if (is_comparison(map)) return detail::compare_row(map, in);
  return arity(map) == 1 ? detail::unary_row(map, in) : detail::binary_row(map, in);
}

namespace detail {

RowLoop copy_row(DType in, DType out) {
  return visit_dtype(in, [&]<class From>(Tag<From>) -> RowLoop {
    return visit_dtype(out, [&]<class To>(Tag<To>) -> RowLoop { return copy_loop<From, To>; });
  });
}

RowLoop select_row(DType in) {
  return visit_dtype(in, [&]<class T>(Tag<T>) -> RowLoop { return select_loop<T>; });
}

}  // namespace detail
}  // namespace ricci
