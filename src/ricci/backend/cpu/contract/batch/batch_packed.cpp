#include "ricci/backend/cpu/contract/batch/batch_packed.h"

#include <cstring>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/batch/batch_lanes.h"
#include "ricci/backend/cpu/contract/packed/blocking.h"
#include "ricci/backend/cpu/contract/packed/epilogue.h"
#include "ricci/backend/cpu/contract/packed/narrow_integers.h"
#include "ricci/backend/cpu/contract/packed/packing_order.h"
#include "ricci/backend/cpu/contract/packed/product.h"
#include "ricci/backend/cpu/map/permute.h"
#include "ricci/backend/cpu/processor.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kMostWidth = 128;        // positions of a piece; the last may have nearly twice as many
constexpr std::int64_t kPieceBytes = 64 << 10;  // of a piece: it stays near
constexpr std::int64_t kMostElements = 2304;    // of one product and its operands; above, packing each one pays
constexpr std::int64_t kTaskElements = 131072;

Axes joined(const Axes& first, const Axes& second) {
  Axes all = first;
  all.append(second.begin(), second.end());
  return all;
}

// Sizes of one product, and the pieces that its batch is cut into.
template <class K>
struct BatchPieces {
  std::int64_t m, n, k, batch, width = 1, count = 1, group = 1;

  explicit BatchPieces(const Product<K>& product)
      : m(extent_of(product.rows)),
        n(extent_of(product.columns)),
        k(extent_of(product.contracted)),
        batch(extent_of(product.batch)) {
    const std::int64_t vector = std::max<std::int64_t>(1, batch_lanes_kernel<K>(product.semiring).width);
    const std::int64_t wanted = kPieceBytes / (elements() * static_cast<std::int64_t>(sizeof(K)));
    width = std::clamp(wanted / vector * vector, vector, kMostWidth);
    count = std::max<std::int64_t>(1, batch / width);
    group = std::max<std::int64_t>(1, kTaskElements / (width * elements()));
  }
  std::int64_t elements() const { return std::max<std::int64_t>(1, m * k + k * n + m * n); }
  std::int64_t longest() const { return std::min(batch, 2 * width - 1); }
  std::int64_t tasks() const { return ceil_div(count, group); }
  Range piece(std::int64_t i) const { return {i * width, i + 1 < count ? width : batch - i * width}; }
};

// Where the elements of one product lie from its first ones on, in the order of the panels.
struct Places {
  std::int64_t *a, *b, *c;

  template <class K>
  Places(Carver& carver, const BatchPieces<K>& p)
      : a(carver.take<std::int64_t>(p.m * p.k)),
        b(carver.take<std::int64_t>(p.k * p.n)),
        c(carver.take<std::int64_t>(p.m * p.n)) {}
};

// Memory for one piece at a time: where its positions lie, and [element][position] of the operands and the sums.
template <class K>
struct BatchPiece {
  std::int64_t *a_at, *b_at, *c_at;
  K *a, *b, *sums;
  std::byte* narrow;  // the sums in c's dtype

  BatchPiece(Carver& carver, const BatchPieces<K>& p, DType dtype)
      : a_at(carver.take<std::int64_t>(p.longest())),
        b_at(carver.take<std::int64_t>(p.longest())),
        c_at(carver.take<std::int64_t>(p.longest())),
        a(carver.take<K>(p.m * p.k * p.longest())),
        b(carver.take<K>(p.k * p.n * p.longest())),
        sums(carver.take<K>(p.m * p.n * p.longest())),
        narrow(carver.take<std::byte>(
            size_of(dtype) == sizeof(K) ? 0 : p.m * p.n * p.longest() * static_cast<std::int64_t>(size_of(dtype)))) {}
};

template <class K>
struct Bytes {
  std::int64_t shared, piece;

  Bytes(const Product<K>& product, const BatchPieces<K>& pieces) {
    Carver carver;
    [[maybe_unused]] const Places places(carver, pieces);
    shared = carver.used();
    [[maybe_unused]] const BatchPiece<K> one(carver, pieces, product.c.dtype);
    piece = carver.used() - shared;
  }
  std::int64_t slots(const BatchPieces<K>& pieces, std::int64_t most) const {
    return std::clamp<std::int64_t>((most - shared) / piece, 1, std::min(pieces.tasks(), kMaxSlots));
  }
};

// [element][position] to where each lies in c: elements beside each other are transposed in registers.
template <class T>
void scatter(const T* from, std::int64_t elements, const std::int64_t* places, std::int64_t count,
             const std::int64_t* at, T* c) {
  for (std::int64_t first = 0; first < count;) {
    const std::int64_t stride = first + 1 < count ? at[first + 1] - at[first] : 0;
    std::int64_t end = first + 1;
    while (end < count && at[end] - at[end - 1] == stride) ++end;
    for (std::int64_t i = 0; i < elements;) {
      std::int64_t run = 1;
      while (i + run < elements && places[i + run] == places[i] + run) ++run;
      T* to = c + places[i] + at[first];
      const T* sums = from + i * count + first;
      if (stride == 1) {
        for (std::int64_t r = 0; r < run; ++r)
          std::memcpy(to + places[i + r] - places[i], sums + r * count,
                      static_cast<std::size_t>(end - first) * sizeof(T));
      } else {
        transpose_loop(sizeof(T))({sums, to, count, stride, run, end - first});
      }
      i += run;
    }
    first = end;
  }
}

template <class K>
class BatchPacked {
 public:
  BatchPacked(const Product<K>& product, const BatchPieces<K>& pieces, const Places& places)
      : product_(product),
        pieces_(pieces),
        places_(places),
        a_axes_(joined(product.rows, product.contracted)),
        b_axes_(joined(product.contracted, product.columns)),
        plain_(product.alpha == K(1) && !product.reads) {
    fill_offsets(a_axes_, &Axis::a, 0, pieces.m * pieces.k, places.a);
    fill_offsets(b_axes_, &Axis::b, 0, pieces.k * pieces.n, places.b);
    fill_offsets(joined(product.rows, product.columns), &Axis::c, 0, pieces.m * pieces.n, places.c);
  }

  void run(Range positions, const BatchPiece<K>& piece) const {
    const std::int64_t count = positions.count, m = pieces_.m, n = pieces_.n, k = pieces_.k;
    fill_offsets(product_.batch, &Axis::a, positions.first, count, piece.a_at);
    fill_offsets(product_.batch, &Axis::b, positions.first, count, piece.b_at);
    fill_offsets(product_.batch, &Axis::c, positions.first, count, piece.c_at);
    pack(product_.row_source, a_axes_, &Axis::a, piece.a_at, count, places_.a, m * k, &NarrowIntegers::rows, piece.a);
    pack(product_.column_source, b_axes_, &Axis::b, piece.b_at, count, places_.b, k * n, &NarrowIntegers::columns,
         piece.b);
    BatchLanes<K> product{piece.a, piece.b, piece.sums, count, m, n, k};
    product.a_row = k * count, product.a_step = count;
    product.b_step = n * count, product.b_column = count;
    product.c_row = n * count, product.c_column = count;
    batch_lanes_kernel<K>(product_.semiring).run(product);
    visit_dtype(product_.c.dtype, [&]<class To>(Tag<To>) {
      if constexpr (StagedEpilogue<K>::template fits<To>()) store<To>(piece, count);
    });
  }

 private:
  using Raise = void (NarrowIntegers::*)(std::uint32_t*, std::int64_t) const;

  void pack(const Source& source, const Axes& axes, std::int64_t Axis::*side, const std::int64_t* at,
            std::int64_t count, const std::int64_t* places, std::int64_t elements, [[maybe_unused]] Raise raise,
            K* out) const {
    const int width = static_cast<int>(count);
    gemm_table<K>(product_.semiring)
        .pack({.source = source.data,
               .dtype = source.dtype,
               .lines = at,
               .steps = places,
               .line_run = run_in(product_.batch, side),
               .step_run = run_in(axes, side),
               .line_count = count,
               .k = elements,
               .width = width,
               .last_width = width,
               .out = out});
    if constexpr (std::is_same_v<K, std::uint32_t>)
      if (NarrowIntegers::holds(source.dtype, product_.semiring))
        (NarrowIntegers(source.dtype, product_.semiring).*raise)(out, count * elements);
  }

  template <class To>
  void store(const BatchPiece<K>& piece, std::int64_t count) const {
    const std::int64_t results = pieces_.m * pieces_.n;
    if (!plain_) {
      Workspace<K> work;
      work.row_c = places_.c, work.column_c = piece.c_at;
      return StagedEpilogue<K>{product_, {}, pieces_.k}.run({}, work, results, count, piece.sums);
    }
    const To* sums;
    if constexpr (sizeof(To) == sizeof(K))
      sums = reinterpret_cast<const To*>(piece.sums);
    else
      sums = narrowed<To>(piece, results * count);
    scatter(sums, results, places_.c, count, piece.c_at, static_cast<To*>(product_.c.data));
  }

  template <class To>
  const To* narrowed(const BatchPiece<K>& piece, std::int64_t count) const {
    To* out = reinterpret_cast<To*>(piece.narrow);
    if constexpr (is_half_type<To>) {
      vector_copy(DType::f32, dtype_of<To>())({count, {piece.sums}, {1}, out, 1});
    } else if constexpr (std::is_same_v<To, bool>) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = piece.sums[i] != 0;
    } else if (is_linear(product_.semiring)) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<To>(piece.sums[i]);
    } else {
      for (std::int64_t i = 0; i < count; ++i)
        out[i] = NarrowIntegers::lower<To>(static_cast<std::uint32_t>(piece.sums[i]));
    }
    return out;
  }

  const Product<K>& product_;
  const BatchPieces<K>& pieces_;
  Places places_;
  Axes a_axes_, b_axes_;
  bool plain_;
};

template <class K>
class BatchPackedKernel final : public HostKernel {
 public:
  explicit BatchPackedKernel(const Product<K>& product)
      : HostKernel(false, true), product_(product), pieces_(product), bytes_(product, pieces_) {}
  std::int64_t memory_bytes(std::int64_t most) const override {
    return bytes_.shared + bytes_.piece * bytes_.slots(pieces_, most);
  }
  std::string name() const override { return "batch lanes, packed " + instruction_set(); }

 private:
  void multiply(WorkingMemory memory, const void* rows, const void* columns, void* c) const override {
    const Product<K> product = product_.at(rows, columns, c);
    Carver carver(memory.data);
    const Places places(carver, pieces_);
    const BatchPacked<K> packed(product, pieces_, places);
    each_with_slot(pieces_.tasks(), bytes_.slots(pieces_, memory.bytes), [&](std::int64_t task, std::int64_t slot) {
      Carver own(memory.data + bytes_.shared + slot * bytes_.piece);
      const BatchPiece<K> piece(own, pieces_, product.c.dtype);
      for (std::int64_t i = task * pieces_.group; i < std::min(pieces_.count, (task + 1) * pieces_.group); ++i)
        packed.run(pieces_.piece(i), piece);
    });
  }

  Product<K> product_;
  BatchPieces<K> pieces_;
  Bytes<K> bytes_;
};

template <class K>
bool suits(const Product<K>& product) {
  if (sums_exponentials(product.semiring) || extent_of(product.contracted) == 0) return false;
  const std::int64_t width = batch_lanes_kernel<K>(product.semiring).width;
  const BatchPieces<K> pieces(product);
  return width > 0 && pieces.m > 0 && pieces.n > 0 && pieces.batch >= width && pieces.elements() <= kMostElements;
}

}  // namespace

const HostKernel* make_batch_packed(const ContractStep& step, KernelSlot& slot) {
  if (step.loops.batch.empty()) return nullptr;
  return visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) -> const HostKernel* {
    if constexpr (!is_complex_type<T>)
      if (const auto product = product_of<T>(step); suits(product))
        return slot.make<BatchPackedKernel<SumType<T>>>(product);
    return nullptr;
  });
}

}  // namespace ricci::cpu
