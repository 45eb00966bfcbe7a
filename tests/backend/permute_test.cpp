// Copies that turn matrices, and results that pass by the caches, against the naive loop.
#include "ricci/backend/cpu/map/permute.h"

#include <set>

#include "support.h"

namespace ricci::test {
namespace {

constexpr DType kSizes[] = {DType::i8, DType::f16, DType::f32, DType::f64, DType::c128};

// Memory for `bytes` that begins a cache line.
Buffer aligned(DType dtype, std::size_t bytes) {
  Buffer buffer;
  buffer.dtype = dtype;
  buffer.bytes.resize(bytes + 64);
  buffer.poison();
  const std::size_t past = reinterpret_cast<std::uintptr_t>(buffer.bytes.data()) % 64;
  buffer.first = static_cast<std::int64_t>((64 - past) % 64 / size_of(dtype));
  return buffer;
}

// "ij->ji" between buffers whose rows are `gap` elements longer than they need be.
void check_turned(Random& random, DType dtype, std::int64_t rows, std::int64_t columns, std::int64_t gap) {
  SCOPED_TRACE(concat(name_of(dtype), " ", rows, " x ", columns, " gap ", gap));
  Buffer in;
  in.dtype = dtype;
  in.bytes.resize(static_cast<std::size_t>(rows * (columns + gap)) * size_of(dtype));
  in.randomize(random);
  const std::size_t bytes = static_cast<std::size_t>(columns * (rows + gap)) * size_of(dtype);
  Buffer got = aligned(dtype, bytes), want = aligned(dtype, bytes);
  ReduceStep step;
  step.loops.left = {{columns, 1, 0, rows + gap}, {rows, columns + gap, 0, 1}};
  fold(step.loops.left);
  step.a = {in.data(), dtype};
  for (Buffer* out : {&got, &want}) {
    step.c = {out->data(), dtype};
    (out == &got ? cpu_backend() : reference_backend()).reduce(step);
  }
  ASSERT_EQ(std::memcmp(got.data(), want.data(), bytes), 0);
}

TEST(Permute, EveryTileOfEveryTarget) {
  Random random(51);
  std::set<const void*> loops;
  std::size_t targets = 0;
  for_each_target([&](std::int64_t) {
    ++targets;
    loops.insert(reinterpret_cast<const void*>(cpu::transpose_loop(4)));
    for (const DType dtype : kSizes)
      for (const std::int64_t rows : {2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 67, 130})
        for (const std::int64_t columns : {2, 3, 4, 5, 8, 9, 16, 17, 33, 129})
          check_turned(random, dtype, rows, columns, pick(random, 0, 2));
  });
  EXPECT_EQ(loops.size(), targets) << "a target was not reached";
}

TEST(Permute, RowsFarApart) {
  Random random(54);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : kSizes)
      for (const std::int64_t rows : {7, 16, 37})
        for (const std::int64_t columns : {16, 35}) check_turned(random, dtype, rows, columns, 4099);
  });
}

TEST(Permute, LargeResultsPassByTheCaches) {
  Random random(52);
  check_turned(random, DType::f32, 1040, 2064, 0);
  check_turned(random, DType::f32, 1039, 2065, 1);
  check_turned(random, DType::f64, 1064, 1033, 0);
}

// c[i, j] = a[i] * b[j], and b[j] spread along i, of 33 MiB.
template <class T>
void check_streamed(std::int64_t columns) {
  const std::int64_t rows = (std::int64_t{33} << 20) / (columns * static_cast<std::int64_t>(sizeof(T)));
  Random random(53);
  std::vector<T> a(static_cast<std::size_t>(rows)), b(static_cast<std::size_t>(columns));
  for (T& x : a) x = random_value<T>(random);
  for (T& x : b) x = random_value<T>(random);
  Buffer memory = aligned(dtype_of<T>(), static_cast<std::size_t>(rows * columns) * sizeof(T));
  T* c = static_cast<T*>(memory.data());
  ContractStep product;
  product.loops.left = {{rows, 1, 0, columns}};
  product.loops.right = {{columns, 0, 1, 1}};
  product.a = {a.data(), dtype_of<T>()};
  product.b = {b.data(), dtype_of<T>()};
  product.c = {c, dtype_of<T>()};
  cpu_backend().contract(product);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) ASSERT_EQ(c[i * columns + j], a[i] * b[j]) << i << " " << j;
  memory.poison();
  ReduceStep spread;
  spread.loops.left = {{columns, 1, 0, 1}};
  spread.loops.broadcast = {{rows, 0, 0, columns}};
  spread.a = {b.data(), dtype_of<T>()};
  spread.c = {c, dtype_of<T>()};
  cpu_backend().reduce(spread);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) ASSERT_EQ(c[i * columns + j], b[j]) << i << " " << j;
}

TEST(Permute, LargeProductsAndCopiesPassByTheCaches) {
  for_each_target([](std::int64_t) {
    check_streamed<float>(1031);
    check_streamed<float>(48);  // short rows of whole lines
    check_streamed<double>(2048);
  });
}

}  // namespace
}  // namespace ricci::test
