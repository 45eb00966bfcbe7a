// Gather, scatter_add and the positions of extremes on both backends against loops written here.
#include <algorithm>

#include "ricci/base/parallel.h"
#include "support.h"

namespace ricci::test {
namespace {

const Backend* const kBackends[] = {&reference_backend(), &cpu_backend()};

// A table [rows, extent, columns] and an index [rows, m, columns] along the middle axis.
struct IndexCase {
  std::int64_t rows, extent, m, columns;
  std::vector<std::int64_t> index;

  IndexCase(Random& random, std::int64_t rows_, std::int64_t extent_, std::int64_t m_, std::int64_t columns_)
      : rows(rows_), extent(extent_), m(m_), columns(columns_), index(static_cast<std::size_t>(rows * m * columns)) {
    for (std::int64_t& i : index) i = pick(random, 0, extent - 1);
  }
  GatherStep step(DType dtype, void* table, void* values) const {
    GatherStep s;
    s.shape = {rows, m, columns};
    s.axis = 1;
    s.extent = extent;
    s.index = index.data();
    s.index_strides = {m * columns, columns, 1};
    s.table = table;
    s.table_strides = {extent * columns, columns, 1};
    s.values = values;
    s.value_strides = {1, rows * columns, rows};  // not in the table's order
    s.dtype = dtype;
    return s;
  }
};

TEST(Index, GatherAndScatterOfEveryDtype) {
  Random random(51);
  for (int d = 0; d < kDTypeCount; ++d)
    for (const auto& [rows, extent, m, columns] :
         std::vector<std::array<std::int64_t, 4>>{{3, 5, 7, 11}, {1, 9, 1, 300}, {70, 4, 130, 13}})
      visit_dtype(static_cast<DType>(d), [&]<class T>(Tag<T>) {
        if constexpr (!std::is_same_v<T, bool>) {
          const IndexCase example(random, rows, extent, m, columns);
          std::vector<T> table(static_cast<std::size_t>(rows * extent * columns));
          std::vector<T> values(static_cast<std::size_t>(rows * m * columns));
          for (T& x : table) x = random_value<T>(random);
          for (const Backend* backend : kBackends) {
            backend->gather(example.step(dtype_of<T>(), table.data(), values.data()));
            for (std::int64_t r = 0; r < rows; ++r)
              for (std::int64_t j = 0; j < m; ++j)
                for (std::int64_t c = 0; c < columns; ++c) {
                  const auto i = example.index[static_cast<std::size_t>((r * m + j) * columns + c)];
                  ASSERT_EQ(distance(values[static_cast<std::size_t>(r + rows * (c + columns * j))],
                                     table[static_cast<std::size_t>((r * extent + i) * columns + c)]),
                            0);
                }
          }
          std::vector<T> sums[2] = {table, table};
          for (int k = 0; k < 2; ++k)
            kBackends[k]->scatter_add(example.step(dtype_of<T>(), sums[k].data(), values.data()));
          std::vector<T> want = table;
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t j = 0; j < m; ++j)
              for (std::int64_t c = 0; c < columns; ++c) {
                const auto i = example.index[static_cast<std::size_t>((r * m + j) * columns + c)];
                using W = accumulator<T>;
                T& sum = want[static_cast<std::size_t>((r * extent + i) * columns + c)];
                sum = element::convert<T>(
                    element::add(element::convert<W>(sum),
                                 element::convert<W>(values[static_cast<std::size_t>(r + rows * (c + columns * j))])));
              }
          for (std::size_t i = 0; i < want.size(); ++i) {
            ASSERT_EQ(distance(sums[0][i], want[i]), 0);
            ASSERT_EQ(distance(sums[1][i], want[i]), 0);
          }
        }
      });
}

// Whole rows of a table [extent, columns], as an index without strides along the columns names them.
GatherStep rows_step(const std::vector<std::int64_t>& index, std::int64_t extent, std::int64_t columns, DType dtype,
                     void* table, void* values) {
  GatherStep s;
  s.shape = {static_cast<std::int64_t>(index.size()), columns};
  s.extent = extent;
  s.index = index.data();
  s.index_strides = {1, 0};
  s.table = table;
  s.table_strides = {columns, 1};
  s.values = values;
  s.value_strides = {columns, 1};
  s.dtype = dtype;
  return s;
}

TEST(Index, RowsAsTheNaiveLoopWithAnyNumberOfThreads) {
  Random random(55);
  const int before = num_threads();
  for (int d = 0; d < kDTypeCount; ++d)
    for (const auto& [extent, columns, count] :
         std::vector<std::array<std::int64_t, 3>>{{50, 1, 9}, {50, 7, 90}, {300, 64, 3001}, {3, 70001, 5}})
      visit_dtype(static_cast<DType>(d), [&]<class T>(Tag<T>) {
        if constexpr (!std::is_same_v<T, bool>) {
          std::vector<std::int64_t> index(static_cast<std::size_t>(count));
          for (std::int64_t& i : index) i = pick(random, 0, extent - 1);
          std::vector<T> table(static_cast<std::size_t>(extent * columns));
          for (T& x : table) x = random_value<T>(random);
          std::vector<T> values(static_cast<std::size_t>(count * columns)), want = values, sums = table;
          reference_backend().gather(rows_step(index, extent, columns, dtype_of<T>(), table.data(), want.data()));
          reference_backend().scatter_add(rows_step(index, extent, columns, dtype_of<T>(), sums.data(), want.data()));
          const auto same = [](const std::vector<T>& x, const std::vector<T>& y) {
            return std::equal(x.begin(), x.end(), y.begin(), [](T a, T b) { return distance(a, b) == 0; });
          };
          for (const int threads : {1, 2, 8}) {
            set_num_threads(threads);
            std::fill(values.begin(), values.end(), T());
            cpu_backend().gather(rows_step(index, extent, columns, dtype_of<T>(), table.data(), values.data()));
            EXPECT_TRUE(same(values, want)) << name_of(dtype_of<T>()) << " " << columns;
            std::vector<T> got = table;
            cpu_backend().scatter_add(rows_step(index, extent, columns, dtype_of<T>(), got.data(), values.data()));
            EXPECT_TRUE(same(got, sums)) << name_of(dtype_of<T>()) << " " << columns;
          }
          set_num_threads(before);
        }
      });
}

TEST(Index, NothingIsWrittenWhereAnIndexIsOutOfRange) {
  const std::vector<std::int64_t> index{0, 1, 2, 9};
  std::vector<float> table(30, 1.0f), values(40, 2.0f);
  const auto step = rows_step(index, 3, 10, DType::f32, table.data(), values.data());
  EXPECT_THROW(cpu_backend().gather(step), IndexError);
  EXPECT_THROW(cpu_backend().scatter_add(step), IndexError);
  EXPECT_EQ(table, std::vector<float>(30, 1.0f));
  EXPECT_EQ(values, std::vector<float>(40, 2.0f));
}

TEST(Index, OutOfRangeIsNamed) {
  Random random(52);
  for (const std::int64_t wrong : {-1, 5}) {
    IndexCase example(random, 2, 5, 3, 4);
    example.index[7] = wrong;
    std::vector<float> table(40), values(24);
    for (const Backend* backend : kBackends) {
      EXPECT_THROW(backend->gather(example.step(DType::f32, table.data(), values.data())), IndexError);
      EXPECT_THROW(backend->scatter_add(example.step(DType::f32, table.data(), values.data())), IndexError);
    }
  }
}

TEST(Index, NothingToGather) {
  Random random(53);
  const IndexCase example(random, 2, 5, 0, 4);
  for (const Backend* backend : kBackends) EXPECT_NO_THROW(backend->gather(example.step(DType::f32, nullptr, nullptr)));
}

TEST(Index, PositionsOfExtremes) {
  Random random(54);
  for (const DType dtype : {DType::f16, DType::f32, DType::f64, DType::i8, DType::i64, DType::u8})
    visit_dtype(dtype, [&]<class T>(Tag<T>) {
      if constexpr (!is_complex_type<T> && !std::is_same_v<T, bool>)
        for (const bool largest : {false, true}) {
          const std::int64_t rows = 60, n = 41, columns = 37;
          std::vector<T> data(static_cast<std::size_t>(rows * n * columns));
          for (T& x : data) {
            x = element::convert<T>(static_cast<double>(pick(random, -20, 20)));  // many ties
            if (epsilon(dtype) > 0 && pick(random, 0, 99) == 0) x = element::convert<T>(double(NAN));
          }
          for (const Backend* backend : kBackends) {
            std::vector<std::int64_t> out(static_cast<std::size_t>(rows * columns), -1);
            ArgStep step;
            step.shape = {rows, n, columns};
            step.axis = 1;
            step.data = data.data();
            step.dtype = dtype;
            step.strides = {n * columns, columns, 1};
            step.largest = largest;
            step.out = out.data();
            step.out_strides = {columns, 0, 1};
            backend->arg_extreme(step);
            for (std::int64_t r = 0; r < rows; ++r)
              for (std::int64_t c = 0; c < columns; ++c) {
                std::int64_t want = 0;
                for (std::int64_t i = 1; i < n; ++i) {
                  const auto value = [&](std::int64_t k) {
                    return element::convert<double>(data[static_cast<std::size_t>((r * n + k) * columns + c)]);
                  };
                  if (std::isnan(value(want))) break;
                  if (std::isnan(value(i)) || (largest ? value(i) > value(want) : value(i) < value(want))) want = i;
                }
                ASSERT_EQ(out[static_cast<std::size_t>(r * columns + c)], want) << name_of(dtype);
              }
          }
        }
    });
}

TEST(Index, ExtremesOfNothingAndOfComplex) {
  for (const Backend* backend : kBackends) {
    ArgStep step;
    step.shape = {2, 0};
    step.axis = 1;
    step.strides = {0, 1};
    step.out_strides = {1, 0};
    EXPECT_THROW(backend->arg_extreme(step), ShapeError);
    step.shape = {0, 3};
    EXPECT_NO_THROW(backend->arg_extreme(step));
    std::complex<float> z[3];
    std::int64_t out;
    step.shape = {3};
    step.axis = 0;
    step.strides = {1};
    step.out_strides = {0};
    step.data = z;
    step.out = &out;
    step.dtype = DType::c64;
    EXPECT_THROW(backend->arg_extreme(step), DTypeError);
  }
}

}  // namespace
}  // namespace ricci::test
