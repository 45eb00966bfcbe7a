#include "ricci/backend/rows.h"

#include "ricci/backend/element_functions.h"

namespace ricci {
namespace {

template <class From, class To>
void copy_loop(const Row& row) {
  const auto* in = static_cast<const From*>(row.in[0]);
  auto* out = static_cast<To*>(row.out);
  for (std::int64_t i = 0; i < row.n; ++i) out[i * row.out_stride] = element::convert<To>(in[i * row.in_stride[0]]);
}

template <class T>
void where_loop(const Row& row) {
  const auto* condition = static_cast<const bool*>(row.in[0]);
  const auto *x = static_cast<const T*>(row.in[1]), *y = static_cast<const T*>(row.in[2]);
  auto* out = static_cast<T*>(row.out);
  for (std::int64_t i = 0; i < row.n; ++i)
    out[i * row.out_stride] = condition[i * row.in_stride[0]] ? x[i * row.in_stride[1]] : y[i * row.in_stride[2]];
}

// 16-bit floats are computed in float and rounded once.
template <Map M, class T>
element::Result<M, T> one(std::same_as<T> auto... operands) {
  using Wide = accumulator<T>;
  return element::convert<element::Result<M, T>>(element::Function<M>::of(element::convert<Wide>(operands)...));
}

// Adjacent elements have loops of their own, which compilers turn into vectors; sizes are read once, since a result may
// be of their type.
template <Map M, class T>
void unary_loop(const Row& row) {
  const auto* x = static_cast<const T*>(row.in[0]);
  auto* out = static_cast<element::Result<M, T>*>(row.out);
  const std::int64_t n = row.n, step = row.in_stride[0], step_out = row.out_stride;
  if (step == 1 && step_out == 1)
    for (std::int64_t i = 0; i < n; ++i) out[i] = one<M, T>(x[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) out[i * step_out] = one<M, T>(x[i * step]);
}

template <Map M, class T>
void binary_loop(const Row& row) {
  const auto *x = static_cast<const T*>(row.in[0]), *y = static_cast<const T*>(row.in[1]);
  auto* out = static_cast<element::Result<M, T>*>(row.out);
  const std::int64_t n = row.n, step_x = row.in_stride[0], step_y = row.in_stride[1], step_out = row.out_stride;
  if (step_x == 1 && step_y == 1 && step_out == 1)
    for (std::int64_t i = 0; i < n; ++i) out[i] = one<M, T>(x[i], y[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) out[i * step_out] = one<M, T>(x[i * step_x], y[i * step_y]);
}

template <Map M, class T>
constexpr RowLoop loop_of() {
  if constexpr (M == Map::copy)
    return copy_loop<T, T>;
  else if constexpr (M == Map::where)
    return where_loop<T>;
  else if constexpr (!contains<T>(traits_of(M).domain))
    return nullptr;
  else if constexpr (traits_of(M).operands == 1)
    return unary_loop<M, T>;
  else
    return binary_loop<M, T>;
}

template <class T>
RowLoop find_row(Map map) {
#define RICCI_LOOP(map, ...) loop_of<Map::map, T>(),
  static constexpr RowLoop kLoops[] = {RICCI_MAPS(RICCI_LOOP)};
#undef RICCI_LOOP
  return kLoops[static_cast<std::size_t>(map)];
}

RowLoop copy_row(DType in, DType out) {
  return visit_dtype(in, [&]<class From>(Tag<From>) -> RowLoop {
    return visit_dtype(out, [&]<class To>(Tag<To>) -> RowLoop { return copy_loop<From, To>; });
  });
}

}  // namespace

RowLoop row_of(Map map, DType in, DType out) {
  if (map == Map::copy) return copy_row(in, out);
  if (out != result_dtype(map, in))
    fail<DTypeError>(name_of(map), " of ", in, " gives ", result_dtype(map, in), ", not ", out);
  const RowLoop loop = visit_dtype(in, [&]<class T>(Tag<T>) { return find_row<T>(map); });
  if (!loop)
    fail<DTypeError>(name_of(map), " has no meaning for ", in, "\n  convert the operand to a dtype that has it");
  return loop;
}

}  // namespace ricci
