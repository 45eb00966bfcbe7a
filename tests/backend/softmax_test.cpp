// Softmax and its derivative on the host against the naive loop, on every instruction set.
#include "ricci/base/parallel.h"
#include "support.h"

namespace ricci::test {
namespace {

using Extents = std::vector<std::int64_t>;

struct SoftmaxCase {
  SoftmaxStep step;
  Buffer x, y, out;

  SoftmaxCase(Random& random, const Extents& shape, int axis, DType dtype, bool derivative, Layout in, Layout result) {
    Extents strides[3];
    x = lay_out(random, shape, dtype, in, strides[0]);
    y = lay_out(random, shape, dtype, in, strides[1]);
    out = lay_out(random, shape, dtype, result, strides[2]);
    x.randomize(random);
    y.randomize(random);
    step.shape = Shape(shape.begin(), shape.end());
    step.axis = axis;
    step.dtype = dtype;
    step.x = x.data();
    step.x_strides = Strides(strides[0].begin(), strides[0].end());
    if (derivative) step.y = y.data();
    step.y_strides = Strides(strides[1].begin(), strides[1].end());
    step.out_strides = Strides(strides[2].begin(), strides[2].end());
  }

  Buffer run(const Backend& backend) {
    Buffer result = out;
    result.poison();
    step.out = result.data();
    backend.softmax(step);
    return result;
  }

  // Values are at most 1, derivatives at most the number of terms.
  void check() {
    Buffer got = run(cpu_backend()), want = run(reference_backend());
    const auto terms = static_cast<double>(step.shape[static_cast<std::size_t>(step.axis)]);
    double allowed = (step.y ? 2 * (terms + 4) * terms : 16 + 2 * terms) * epsilon(accumulator_of(step.dtype));
    if (is_half(step.dtype)) allowed += 2 * epsilon(step.dtype) * (step.y ? terms : 1);
    visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
      for (std::int64_t i = 0; i < got.count(); ++i)
        ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), allowed) << "element " << i;
    });
  }
};

constexpr DType kFloats[] = {DType::f16, DType::bf16, DType::f32, DType::f64};

TEST(Softmax, EveryDtypeAxisAndLayoutAsTheNaiveLoop) {
  Random random(31);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : kFloats)
      for (const Layout layout : {Layout::dense, Layout::permuted, Layout::stepped, Layout::negative})
        for (const bool derivative : {false, true})
          for (const int axis : {0, 1, 2}) {
            SCOPED_TRACE(concat(dtype, " axis ", axis, derivative ? " derivative" : ""));
            SoftmaxCase(random, {pick(random, 1, 40), pick(random, 1, 9), pick(random, 1, 70)}, axis, dtype, derivative,
                        layout, layout)
                .check();
          }
  });
}

TEST(Softmax, LongRows) {
  Random random(32);
  for_each_target([&](std::int64_t) {
    for (const bool derivative : {false, true}) {
      SoftmaxCase(random, {3, 9001}, 1, DType::f32, derivative, Layout::dense, Layout::dense).check();
      SoftmaxCase(random, {20003, 3}, 0, DType::f32, derivative, Layout::dense, Layout::permuted).check();
    }
  });
}

template <class T>
std::vector<T> softmax_of(const Backend& backend, std::vector<T> x) {
  const auto n = static_cast<std::int64_t>(x.size());
  const SoftmaxStep step{.shape = {n},
                         .dtype = dtype_of<T>(),
                         .x = x.data(),
                         .x_strides = {1},
                         .y_strides = {},
                         .out = x.data(),
                         .out_strides = {1}};
  backend.softmax(step);
  return x;
}

TEST(Softmax, InfinitiesAndNaNWhereTheNaiveLoopHasThem) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for_each_target([&](std::int64_t) {
    for (const std::size_t n : {1u, 3u, 16u, 41u, 200u})
      for (const double special : {inf, -inf, nan, -3e38, 3e38, -95.0})
        for (const bool everywhere : {false, true}) {
          std::vector<double> x(n, everywhere ? special : 0.25);
          x[n / 2] = special;
          const std::vector<float> narrow(x.begin(), x.end());
          const auto got = softmax_of(cpu_backend(), x), want = softmax_of(reference_backend(), x);
          const auto got32 = softmax_of(cpu_backend(), narrow), want32 = softmax_of(reference_backend(), narrow);
          for (std::size_t i = 0; i < n; ++i) {
            ASSERT_LE(distance(got[i], want[i]), 1e-15) << special << " in " << n;
            ASSERT_LE(distance(got32[i], want32[i]), 1e-6) << special << " in " << n;
          }
        }
  });
}

TEST(Softmax, SameBitsForAnyNumberOfThreads) {
  Random random(33);
  const int before = num_threads();
  for (const int axis : {0, 1})
    for (const bool derivative : {false, true}) {
      SoftmaxCase example(random, {401, 997}, axis, DType::f32, derivative, Layout::dense, Layout::dense);
      set_num_threads(1);
      const Buffer one = example.run(cpu_backend());
      for (const int threads : {3, 8}) {
        set_num_threads(threads);
        EXPECT_EQ(example.run(cpu_backend()).bytes, one.bytes) << threads << " threads, axis " << axis;
      }
    }
  set_num_threads(before);
}

TEST(Softmax, RefusesWhatIsNoRealFloat) {
  std::int64_t x[2] = {1, 2};
  const SoftmaxStep step{
      .shape = {2}, .dtype = DType::i64, .x = x, .x_strides = {1}, .y_strides = {}, .out = x, .out_strides = {1}};
  EXPECT_THROW(cpu_backend().softmax(step), DTypeError);
}

}  // namespace
}  // namespace ricci::test
