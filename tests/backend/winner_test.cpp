// Which term wins, on the host against a loop that keeps the best so far, on every instruction set.
#include "support.h"

namespace ricci::test {
namespace {

// An axis by its extent, and the operands that have it.
struct Label {
  std::int64_t extent;
  bool in_a, in_b;
};

struct WinnerCase {
  WinnerStep step;
  Buffer a, b, y;
  std::vector<std::int64_t> want;

  // Values are few, so that terms tie.
  WinnerCase(Random& random, const std::vector<Label>& kept, const std::vector<Label>& contracted, DType dtype,
             Layout layout, Semiring semiring) {
    a = operand(random, kept, contracted, dtype, layout, &Label::in_a, &Axis::a);
    b = operand(random, kept, contracted, dtype, layout, &Label::in_b, &Axis::b);
    step.dtype = dtype, step.semiring = semiring;
    step.a = a.data(), step.b = b.data();
    std::int64_t stride = 1;
    for (std::size_t i = step.kept.size(); i-- > 0; stride *= step.kept[i].extent) step.kept[i].c = stride;
    y.dtype = accumulator_of(dtype);
    y.bytes.resize(static_cast<std::size_t>(stride) * size_of(y.dtype));
    want.assign(static_cast<std::size_t>(stride), -1);
  }

  Buffer operand(Random& random, const std::vector<Label>& kept, const std::vector<Label>& contracted, DType dtype,
                 Layout layout, bool Label::*has, std::int64_t Axis::*stride) {
    std::vector<std::int64_t> extents, strides;
    for (const auto* labels : {&contracted, &kept})
      for (const Label& label : *labels)
        if (label.*has) extents.push_back(label.extent);
    Buffer buffer = lay_out(random, extents, dtype, layout, strides);
    visit_dtype(dtype, [&]<class T>(Tag<T>) {
      for (std::int64_t i = 0; i < buffer.count(); ++i)
        buffer.as<T>()[i] = element::convert<T>(static_cast<double>(pick(random, 0, 40)) / 8);
    });
    std::size_t next = 0;
    for (auto [labels, axes] : {std::pair{&contracted, &step.contracted}, std::pair{&kept, &step.kept}}) {
      if (axes->empty()) axes->resize(labels->size());
      for (std::size_t i = 0; i < labels->size(); ++i) {
        (*axes)[i].extent = (*labels)[i].extent;
        if ((*labels)[i].*has) (*axes)[i].*stride = strides[next++];
      }
    }
    return buffer;
  }

  template <class T>
  void find_best() {
    using W = accumulator<T>;
    walk(step.kept, {}, [&](Offsets at) {
      W best = 0;
      std::int64_t position = -1, i = 0;
      walk(step.contracted, at, [&](Offsets o) {
        const W x = element::convert<W>(static_cast<const T*>(step.a)[o.a]);
        const W z = element::convert<W>(static_cast<const T*>(step.b)[o.b]);
        const W term = step.semiring == Semiring::max_product ? x * z : x + z;
        const bool beats = step.semiring == Semiring::min_plus ? term < best : term > best;
        if (position < 0 || (!std::isnan(best) && (beats || std::isnan(term)))) best = term, position = i;
        ++i;
      });
      y.as<W>()[at.c] = best;
      want[static_cast<std::size_t>(at.c)] = position;
    });
  }

  void check() {
    visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
      if constexpr (std::is_floating_point_v<accumulator<T>>) find_best<T>();
    });
    step.y = y.data();
    for (const Backend* backend : {&cpu_backend(), &reference_backend()}) {
      std::vector<std::int64_t> got(want.size(), -2);
      step.at = got.data();
      backend->winner(step);
      ASSERT_EQ(got, want);
    }
  }
};

constexpr Semiring kSelecting[] = {Semiring::max_plus, Semiring::min_plus, Semiring::max_product};

TEST(Winner, IsTheFirstOfTheBest) {
  Random random(41);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
      for (const Layout layout : {Layout::dense, Layout::permuted, Layout::stepped})
        for (const Semiring semiring : kSelecting) {
          SCOPED_TRACE(concat(dtype, " ", name_of(semiring)));
          const auto any = [&](std::int64_t most) { return pick(random, 1, most); };
          WinnerCase(random, {{any(9), true, false}, {any(150), false, true}}, {{any(60), true, true}}, dtype, layout,
                     semiring)
              .check();
          WinnerCase(random, {{any(5), false, true}, {any(90), true, false}},
                     {{any(6), true, false}, {any(7), true, true}, {any(5), false, true}}, dtype, layout, semiring)
              .check();
          WinnerCase(random, {{any(3), true, false}, {any(70), true, true}}, {{any(9), true, true}, {2, false, true}},
                     dtype, layout, semiring)
              .check();
          WinnerCase(random, {}, {{any(80), true, true}}, dtype, layout, semiring).check();
        }
  });
}

TEST(Winner, ManyRowsOfManyResults) {
  Random random(42);
  WinnerCase(random, {{150, true, false}, {170, false, true}}, {{60, true, true}}, DType::f32, Layout::dense,
             Semiring::min_plus)
      .check();
}

TEST(Winner, IsTheFirstNaNWhereThereIsOne) {
  Random random(43);
  for_each_target([&](std::int64_t) {
    for (const Semiring semiring : kSelecting) {
      WinnerCase example(random, {{3, true, false}, {37, false, true}}, {{9, true, true}}, DType::f32, Layout::dense,
                         semiring);
      example.b.as<float>()[2 * 37 + 5] = example.b.as<float>()[7 * 37 + 5] = NAN;
      example.a.as<float>()[4 * 3] = INFINITY;
      example.check();
    }
  });
}

}  // namespace
}  // namespace ricci::test
