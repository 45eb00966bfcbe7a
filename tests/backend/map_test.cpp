// Elementwise maps: the host backend against the naive one, and both against the mathematics.
#include "ricci/backend/rows.h"
#include "ricci/base/parallel.h"
#include "support.h"

namespace ricci::test {
namespace {

using Extents = std::vector<std::int64_t>;

struct MapCase {
  MapStep step;
  std::vector<Buffer> in;
  Buffer out;

  MapCase(Random& random, Map map, DType dtype, DType out_dtype, const Extents& shape, Layout layout) {
    step.map = map;
    step.shape = Shape(shape.begin(), shape.end());
    Extents strides;
    for (int k = 0; k < traits_of(map).operands; ++k) {
      const DType type = map == Map::where && k == 0 ? DType::b8 : dtype;
      in.push_back(lay_out(random, shape, type, k == 0 ? layout : kLayouts[pick(random, 0, 4)], strides));
      in.back().randomize(random);
      step.inputs.push_back({nullptr, type, Strides(strides.begin(), strides.end())});
    }
    out = lay_out(random, shape, out_dtype, layout == Layout::broadcast ? Layout::dense : layout, strides);
    step.out_strides = Strides(strides.begin(), strides.end());
  }

  Buffer run(const Backend& backend) {
    Buffer result = out;
    result.poison();
    for (std::size_t k = 0; k < in.size(); ++k) step.inputs[k].data = in[k].data();
    step.out = {result.data(), result.dtype};
    backend.map(step);
    return result;
  }
};

bool has_meaning(Map map, DType dtype) {
  try {
    (void)row_of(map, dtype, result_dtype(map, dtype));
    return true;
  } catch (const DTypeError&) {
    return false;
  }
}

bool divides_integers(Map map, DType dtype) {
  return epsilon(dtype) == 0 && (map == Map::floor_divide || map == Map::remainder || map == Map::power);
}

// A NaN and both infinities somewhere.
void sprinkle(Random& random, Buffer& buffer) {
  visit_dtype(buffer.dtype, [&]<class T>(Tag<T>) {
    if constexpr (!std::is_integral_v<T>)
      for (const double special : {double(NAN), double(INFINITY), -double(INFINITY)})
        buffer.as<T>()[pick(random, 0, buffer.count() - 1)] = element::convert<T>(special);
  });
}

// What the two backends may differ by: 4 units in the last place where vectors compute a function.
double allowed(Map map, DType dtype, double value) {
  const bool function = map == Map::exp || map == Map::log || map == Map::tanh || map == Map::sigmoid ||
                        map == Map::sin || map == Map::cos;
  if (!function || std::isnan(value) || std::isinf(value)) return 0;
  return 2 * 4 * epsilon(dtype) * std::abs(value) + (dtype == DType::f32 ? 1e-44 : 5e-323);
}

TEST(Map, EveryMapDtypeLayoutAndTargetAsTheNaiveLoop) {
  Random random(31);
  for_each_target([&](std::int64_t target) {
    for (int m = 0; m < kMapCount; ++m)
      for (const DType dtype : kAll)
        for (const Layout layout : kLayouts) {
          const Map map = static_cast<Map>(m);
          if (!has_meaning(map, dtype)) continue;
          const Extents shape{pick(random, 1, 5), pick(random, 1, 20), pick(random, 1, 40)};
          MapCase example(random, map, dtype, result_dtype(map, dtype), shape, layout);
          if (divides_integers(map, dtype))
            visit_dtype(dtype, [&]<class T>(Tag<T>) {
              if constexpr (std::is_integral_v<T>)
                for (std::int64_t i = 0; i < example.in[1].count(); ++i)
                  example.in[1].as<T>()[i] = static_cast<T>(pick(random, 1, 9));
            });
          if (epsilon(dtype) > 0)
            for (Buffer& operand : example.in) sprinkle(random, operand);
          Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
          visit_dtype(got.dtype, [&]<class T>(Tag<T>) {
            for (std::int64_t i = 0; i < got.count(); ++i) {
              const T x = got.as<T>()[i], y = want.as<T>()[i];
              double size = 0;
              if constexpr (!is_complex_type<T>) size = element::convert<double>(y);
              ASSERT_LE(distance(x, y), allowed(map, dtype, size))
                  << name_of(map) << " of " << name_of(dtype) << " element " << i << " on " << hwy::TargetName(target);
            }
          });
        }
  });
}

TEST(Map, ConversionBetweenAnyTwoDtypes) {
  Random random(32);
  for (const DType from : kAll)
    for (const DType to : kAll) {
      MapCase example(random, Map::copy, from, to, {3, 17, 5}, Layout::permuted);
      Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
      EXPECT_TRUE(got.bytes == want.bytes) << name_of(from) << " to " << name_of(to);
    }
}

TEST(Map, ConversionsAtTheLimits) {
  EXPECT_EQ(element::convert<std::int8_t>(1e9), 127);
  EXPECT_EQ(element::convert<std::int8_t>(-1e9), -128);
  EXPECT_EQ(element::convert<std::int64_t>(1e30), INT64_MAX);
  EXPECT_EQ(element::convert<std::int64_t>(-1e30f), INT64_MIN);
  EXPECT_EQ(element::convert<std::uint8_t>(-3.0), 0);
  EXPECT_EQ(element::convert<std::int32_t>(double(NAN)), 0);
  EXPECT_EQ(element::convert<std::int32_t>(-2.9), -2);
  EXPECT_EQ(element::convert<std::uint8_t>(std::int32_t{300}), 44);
  EXPECT_TRUE(element::convert<bool>(0.25f));
  EXPECT_EQ(element::convert<float>(std::complex<double>(1.5, 2)), 1.5f);
}

TEST(Map, PermutingCopiesOfEverySize) {
  Random random(33);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : {DType::u8, DType::f16, DType::f32, DType::f64, DType::c128})
      for (const Extents& shape :
           {Extents{3, 5}, Extents{16, 17}, Extents{129, 33}, Extents{7, 130, 131}, Extents{300, 2, 301}}) {
        MapCase example(random, Map::copy, dtype, dtype, shape, Layout::permuted);
        Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
        EXPECT_TRUE(got.bytes == want.bytes) << name_of(dtype) << " " << concat(shape);
      }
  });
}

// Values over the whole range, with every special one, in float and double against long double.
template <class T>
std::vector<T> hard_values(Random& random) {
  std::vector<T> values{0,
                        T(-0.0),
                        1,
                        -1,
                        INFINITY,
                        -INFINITY,
                        NAN,
                        std::numeric_limits<T>::min(),
                        std::numeric_limits<T>::denorm_min(),
                        std::numeric_limits<T>::max(),
                        -1e30f,
                        88.8f,
                        -87.5f,
                        -104,
                        709.9f,
                        40000,
                        1e6f};
  for (int i = 0; i < 20000; ++i) {
    const double sign = pick(random, 0, 1) ? 1 : -1;
    const double exponent = std::uniform_real_distribution<double>(-40, 12)(random);
    values.push_back(static_cast<T>(sign * std::exp2(exponent)));
  }
  return values;
}

template <class T>
void expect_accurate(Map map, long double (*exact)(long double)) {
  Random random(34);
  const std::vector<T> x = hard_values<T>(random);
  std::vector<T> y(x.size(), T(NAN));
  MapStep step;
  step.map = map;
  step.shape = {static_cast<std::int64_t>(x.size())};
  step.inputs = {{x.data(), dtype_of<T>(), {1}}};
  step.out = {y.data(), dtype_of<T>()};
  step.out_strides = {1};
  cpu_backend().map(step);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double want = exact(x[i]);
    const T rounded = static_cast<T>(want);
    if (std::isnan(rounded) || std::isinf(rounded) || rounded == 0) {
      ASSERT_TRUE(std::isnan(rounded) ? std::isnan(y[i]) : y[i] == rounded) << name_of(map) << " of " << x[i];
      continue;
    }
    const T ulp = std::abs(std::nextafter(rounded, T(INFINITY)) - rounded);
    ASSERT_LE(std::abs(static_cast<long double>(y[i]) - want), 4.0L * ulp)
        << name_of(map) << " of " << x[i] << " is " << y[i] << ", exactly " << want;
  }
}

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

TEST(Map, FunctionsWithinFourUlp) {
  for_each_target([&](std::int64_t target) {
    SCOPED_TRACE(hwy::TargetName(target));
    expect_accurate<float>(Map::exp, std::exp);
    expect_accurate<double>(Map::exp, std::exp);
    expect_accurate<float>(Map::log, std::log);
    expect_accurate<double>(Map::log, std::log);
    expect_accurate<float>(Map::tanh, std::tanh);
    expect_accurate<double>(Map::tanh, std::tanh);
    expect_accurate<float>(Map::sigmoid, sigmoid);
    expect_accurate<double>(Map::sigmoid, sigmoid);
    expect_accurate<float>(Map::sin, std::sin);
    expect_accurate<double>(Map::sin, std::sin);
    expect_accurate<float>(Map::cos, std::cos);
    expect_accurate<double>(Map::cos, std::cos);
    expect_accurate<float>(Map::erf, std::erf);
    expect_accurate<double>(Map::erf, std::erf);
    expect_accurate<float>(Map::log1p, std::log1p);
    expect_accurate<double>(Map::log1p, std::log1p);
    expect_accurate<float>(Map::sqrt, std::sqrt);
    expect_accurate<double>(Map::sqrt, std::sqrt);
  });
}

template <class T>
T binary(Map map, T x, T y) {
  T results[2];
  int k = 0;
  for (const Backend* backend : {&reference_backend(), &cpu_backend()}) {
    MapStep step;
    step.map = map;
    step.inputs = {{&x, dtype_of<T>(), {}}, {&y, dtype_of<T>(), {}}};
    step.out = {&results[k++], dtype_of<T>()};
    backend->map(step);
  }
  EXPECT_EQ(distance(results[0], results[1]), 0);
  return results[0];
}

TEST(Map, DivisionFollowsPython) {
  EXPECT_EQ(binary<int>(Map::floor_divide, -7, 2), -4);
  EXPECT_EQ(binary<int>(Map::floor_divide, 7, -2), -4);
  EXPECT_EQ(binary<int>(Map::remainder, -7, 3), 2);
  EXPECT_EQ(binary<int>(Map::remainder, 7, -3), -2);
  EXPECT_EQ(binary<int>(Map::floor_divide, INT32_MIN, -1), INT32_MIN);
  EXPECT_EQ(binary<int>(Map::remainder, INT32_MIN, -1), 0);
  EXPECT_EQ(binary<std::uint8_t>(Map::floor_divide, 200, 255), 0);
  EXPECT_EQ(binary<std::uint8_t>(Map::remainder, 200, 255), 200);
  EXPECT_EQ(binary<double>(Map::floor_divide, -7.5, 2), -4);
  EXPECT_EQ(binary<double>(Map::floor_divide, 1, 0.1), 9);
  EXPECT_EQ(binary<double>(Map::floor_divide, 1, 0), INFINITY);
  EXPECT_EQ(binary<double>(Map::remainder, -7.5, 2), 0.5);
  EXPECT_EQ(binary<double>(Map::remainder, 7.5, -2), -0.5);
  EXPECT_TRUE(std::isnan(binary<double>(Map::remainder, 1, 0)));
  EXPECT_EQ(binary<double>(Map::remainder, 1, INFINITY), 1);
  EXPECT_THROW(binary<int>(Map::floor_divide, 1, 0), Error);
  EXPECT_THROW(binary<std::int64_t>(Map::remainder, 1, 0), Error);
}

TEST(Map, PowersOfIntegersAndComplex) {
  EXPECT_EQ(binary<std::int64_t>(Map::power, 3, 13), 1594323);
  EXPECT_EQ(binary<std::int8_t>(Map::power, 2, 8), 0);
  EXPECT_EQ(binary<int>(Map::power, 0, 0), 1);
  EXPECT_THROW(binary<int>(Map::power, 2, -1), Error);
  using C = std::complex<double>;
  EXPECT_EQ(binary<C>(Map::power, C(0), C(0)), C(1));
  EXPECT_EQ(binary<C>(Map::power, C(0), C(2)), C(0));
}

TEST(Map, ExtremesKeepNan) {
  for (const Map map : {Map::maximum, Map::minimum}) {
    EXPECT_TRUE(std::isnan(binary<float>(map, NAN, 1)));
    EXPECT_TRUE(std::isnan(binary<float>(map, 1, NAN)));
    EXPECT_TRUE(std::isnan(binary<double>(map, NAN, -INFINITY)));
  }
}

TEST(Map, MeaninglessDtypesAreRefused) {
  for (const Map map : {Map::exp, Map::sqrt, Map::reciprocal}) EXPECT_FALSE(has_meaning(map, DType::i32));
  EXPECT_FALSE(has_meaning(Map::divide, DType::i64));
  EXPECT_FALSE(has_meaning(Map::less, DType::c64));
  EXPECT_FALSE(has_meaning(Map::negative, DType::b8));
  EXPECT_THROW(row_of(Map::add, DType::f32, DType::f64), DTypeError);
}

// Of the same bits as an operand that holds the number once for all elements.
TEST(Map, NumbersAreTakenByValue) {
  Random random(36);
  for (const DType dtype : kAll) {
    for (const Map map : {Map::copy, Map::add, Map::maximum, Map::where}) {
      if (!has_meaning(map, dtype)) continue;
      MapCase c(random, map, dtype, result_dtype(map, dtype), {7, 33}, Layout::dense);
      const std::size_t last = c.step.inputs.size() - 1;
      MapCase by_value = c;
      by_value.step.inputs[last].number = 1;
      Buffer one = c.in[last];
      visit_dtype(dtype, [&]<class T>(Tag<T>) { *static_cast<T*>(one.data()) = T(1); });
      c.in[last] = one;
      c.step.inputs[last].strides = {0, 0};
      for (const Backend* backend : {&cpu_backend(), &reference_backend()}) {
        const Buffer want = c.run(*backend), got = by_value.run(*backend);
        EXPECT_TRUE(want.bytes == got.bytes) << name_of(map) << " of " << name_of(dtype);
      }
    }
  }
}

TEST(Map, InPlaceAndLarge) {
  Random random(35);
  const int before = num_threads();
  std::vector<float> x(300001), y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = y[i] = random_value<float>(random);
  MapStep step;
  step.map = Map::exp;
  step.shape = {static_cast<std::int64_t>(x.size())};
  step.inputs = {{x.data(), DType::f32, {1}}};
  step.out = {x.data(), DType::f32};
  step.out_strides = {1};
  cpu_backend().map(step);
  for (const int threads : {1, 3, 8}) {
    set_num_threads(threads);
    std::vector<float> z(y.size());
    step.inputs[0].data = y.data();
    step.out.data = z.data();
    cpu_backend().map(step);
    EXPECT_TRUE(std::memcmp(x.data(), z.data(), z.size() * 4) == 0) << threads << " threads";
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace ricci::test
