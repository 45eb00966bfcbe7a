#include "ricci/ops/random.h"

#include <Random123/philox.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>

#include "ricci/base/error.h"
#include "ricci/base/parallel.h"
#include "ricci/tensor/copy.h"

namespace ricci {
namespace {

constexpr std::uint64_t kDefaultSeed = 0x52696363;

// The default generator: a seed, and how many calls have drawn from it.
struct Generator {
  std::atomic<std::uint64_t> seed{kDefaultSeed}, calls{0};
};
Generator& default_generator() {
  static Generator generator;
  return generator;
}
thread_local RandomDrawsScope* innermost = nullptr;

__extension__ using Wide = unsigned __int128;
using Block = r123::Philox4x32::ctr_type;  // 128 random bits

// Block i of a stream: key = seed, counter = (i, stream).
class Stream {
 public:
  // A given seed always draws stream 0; the default generator moves on call by call.
  explicit Stream(std::optional<std::uint64_t> seed)
      : Stream(seed ? RandomDraw{.seed = *seed, .stream = 0} : RandomDrawsScope::next()) {}
  explicit Stream(const RandomDraw& draw)
      : stream_(draw.stream),
        key_{{static_cast<std::uint32_t>(draw.seed), static_cast<std::uint32_t>(draw.seed >> 32)}} {}
  Block block(std::int64_t i) const {
    const auto n = static_cast<std::uint64_t>(i);
    return r123::Philox4x32()({{static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n >> 32),
                                static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)}},
                              key_);
  }

 private:
  std::uint64_t stream_;
  r123::Philox4x32::key_type key_;
};

std::uint64_t word64(const Block& block, int half) {
  return static_cast<std::uint64_t>(block[static_cast<std::size_t>(2 * half)]) |
         static_cast<std::uint64_t>(block[static_cast<std::size_t>(2 * half + 1)]) << 32;
}
// [0, 1), a multiple of 2^-53.
double uniform(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

struct Pair {
  double first, second;
};
Pair uniforms(const Block& block) { return {uniform(word64(block, 0)), uniform(word64(block, 1))}; }
Pair normals(const Block& block) {
  const double u = 1.0 - uniform(word64(block, 0));  // (0, 1]: its logarithm is finite
  const double radius = std::sqrt(-2.0 * std::log(u)), angle = 2.0 * std::numbers::pi * uniform(word64(block, 1));
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

// [0, 1) must stay below 1 when it is rounded to the dtype.
template <class R>
R narrow_uniform(double u) {
  constexpr int digits = std::is_same_v<R, double>    ? 53
                         : std::is_same_v<R, float>   ? 24
                         : std::is_same_v<R, float16> ? 11
                                                      : 8;
  const double scale = std::ldexp(1.0, digits);
  const double cut = std::floor(u * scale) / scale;
  if constexpr (is_half_type<R>)
    return R(static_cast<float>(cut));
  else
    return static_cast<R>(cut);
}
template <class R>
R narrow(double x) {
  if constexpr (is_half_type<R>)
    return R(static_cast<float>(x));
  else
    return static_cast<R>(x);
}

constexpr std::int64_t kChunk = 1 << 14;  // blocks a task

void for_blocks(std::int64_t blocks, FunctionRef<void(std::int64_t)> body) {
  parallel_for((blocks + kChunk - 1) / kChunk, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(blocks, (chunk + 1) * kChunk);
    for (std::int64_t i = chunk * kChunk; i < end; ++i) body(i);
  });
}

// Element i takes half i % 2 of block i / 2; a complex element takes both halves of block i.
template <class Draw, class Narrow>
Tensor draw_floats(const Shape& shape, const RandomOptions& options, std::string_view function, Draw draw,
                   Narrow narrow_to) {
  if (!is_float(options.dtype))
    fail<DTypeError>(function, ": ", options.dtype, " has no fractions\n  randint() draws integers");
  const Tensor staged = empty(shape, {.dtype = options.dtype, .device = staging_device(options.device)});
  const Stream stream(options.seed);
  const std::int64_t count = staged.numel();
  visit_dtype(options.dtype, [&]<class T>(Tag<T>) {
    T* data = staged.data<T>();
    if constexpr (is_complex_type<T>) {
      for_blocks(count, [&](std::int64_t i) {
        const Pair p = draw(stream.block(i));
        data[i] = T(narrow_to(Tag<real_type<T>>{}, p.first), narrow_to(Tag<real_type<T>>{}, p.second));
      });
    } else if constexpr (std::is_floating_point_v<T> || is_half_type<T>) {
      for_blocks((count + 1) / 2, [&](std::int64_t i) {
        const Pair p = draw(stream.block(i));
        data[2 * i] = narrow_to(Tag<T>{}, p.first);
        if (2 * i + 1 < count) data[2 * i + 1] = narrow_to(Tag<T>{}, p.second);
      });
    }
  });
  Tensor out = copy_to(staged, options.device);
  if (options.requires_grad) out.set_requires_grad();
  return out;
}

}  // namespace

Tensor rand(const Shape& shape, const RandomOptions& options) {
  return draw_floats(shape, options, "rand", uniforms, []<class R>(Tag<R>, double u) { return narrow_uniform<R>(u); });
}

Tensor randn(const Shape& shape, const RandomOptions& options) {
  const double scale = is_complex(options.dtype) ? std::numbers::sqrt2 / 2 : 1.0;
  return draw_floats(shape, options, "randn", normals,
                     [scale]<class R>(Tag<R>, double x) { return narrow<R>(scale * x); });
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, const RandomOptions& options) {
  if (low >= high) fail("randint: there is no integer in [", low, ", ", high, ")");
  if (!is_integer(options.dtype)) fail<DTypeError>("randint: ", options.dtype, " is not an integer dtype");
  const Tensor out = empty(shape, {.dtype = options.dtype, .device = staging_device(options.device)});
  const Stream stream(options.seed);
  const auto span = static_cast<Wide>(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low));
  visit_dtype(options.dtype, [&]<class T>(Tag<T>) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      T* data = out.data<T>();
      // The high half of a 64 by 64 bit product: even to 2^-64 of the span.
      for_blocks(out.numel(), [&](std::int64_t i) {
        const auto at = static_cast<std::uint64_t>((static_cast<Wide>(word64(stream.block(i), 0)) * span) >> 64);
        data[i] = static_cast<T>(static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + at));
      });
    }
  });
  return copy_to(out, options.device);
}

void manual_seed(std::uint64_t seed) {
  if (RandomDrawsScope::again()) return;
  default_generator().seed.store(seed);
  default_generator().calls.store(0);
}

RandomDrawsScope::RandomDrawsScope(RandomDraws& draws, Mode mode) : draws_(draws), mode_(mode), outer_(innermost) {
  innermost = this;
}
RandomDrawsScope::~RandomDrawsScope() { innermost = outer_; }

RandomDraw RandomDrawsScope::next() {
  if (innermost) return innermost->draw();
  return {.seed = default_generator().seed.load(), .stream = 1 + default_generator().calls.fetch_add(1)};
}

bool RandomDrawsScope::again() {
  for (const RandomDrawsScope* scope = innermost; scope; scope = scope->outer_)
    if (scope->mode_ == Mode::again) return true;
  return false;
}

RandomDraw RandomDrawsScope::draw() {
  if (mode_ == Mode::again && given_ < draws_.size()) return draws_[given_++];
  innermost = outer_;  // whose numbers these are too
  const RandomDraw drawn = next();
  innermost = this;
  if (mode_ == Mode::note) draws_.push_back(drawn);
  return drawn;
}

}  // namespace ricci
