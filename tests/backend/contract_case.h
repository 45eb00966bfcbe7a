// A contraction of two operands with random extents and layouts, run on both backends.
#pragma once

#include "support.h"

namespace ricci::test {

/// Whether the host runs such a step by a kernel whose name begins so.
inline bool runs_as(std::string_view name, const ContractStep& step) {
  InlineKernel kernel;
  return cpu_backend().kernel(step, kernel)->name().starts_with(name);
}
inline std::int64_t scratch_bytes(const ContractStep& step, std::int64_t most = INT64_MAX) {
  InlineKernel kernel;
  return cpu_backend().kernel(step, kernel)->scratch_bytes(most);
}

struct Extents4 {
  std::vector<std::int64_t> batch, left, right, contracted;
};

inline std::string text(const Extents4& e, DType dtype, std::int64_t target) {
  return concat(name_of(dtype), " batch ", e.batch, " left ", e.left, " right ", e.right, " contracted ", e.contracted,
                " on ", hwy::TargetName(target));
}

struct ContractCase {
  ContractStep step;
  Buffer a, b, c;

  ContractCase(Random& random, const Extents4& extents, DType dtype, Layout layout_a, Layout layout_b, Layout layout_c,
               DType c_dtype) {
    const auto join = [](std::initializer_list<const std::vector<std::int64_t>*> parts) {
      std::vector<std::int64_t> all;
      for (const auto* part : parts) all.insert(all.end(), part->begin(), part->end());
      return all;
    };
    std::vector<std::int64_t> sa, sb, sc;
    a = lay_out(random, join({&extents.batch, &extents.left, &extents.contracted}), dtype, layout_a, sa);
    b = lay_out(random, join({&extents.batch, &extents.contracted, &extents.right}), dtype, layout_b, sb);
    c = lay_out(random, join({&extents.batch, &extents.left, &extents.right}), c_dtype, layout_c, sc);
    a.randomize(random);
    b.randomize(random);
    c.randomize(random);
    Loops& loops = step.loops;
    std::size_t ia = 0, ib = 0, ic = 0;
    for (const auto e : extents.batch) loops.batch.push_back({e, sa[ia++], sb[ib++], sc[ic++]});
    for (const auto e : extents.left) loops.left.push_back({e, sa[ia++], 0, sc[ic++]});
    for (const auto e : extents.contracted) loops.contracted.push_back({e, sa[ia++], sb[ib++], 0});
    for (const auto e : extents.right) loops.right.push_back({e, 0, sb[ib++], sc[ic++]});
    for (Axes* axes : {&loops.batch, &loops.left, &loops.right, &loops.contracted}) fold(*axes);
  }

  /// c after the step on a backend; the operands stay as they are.
  Buffer run(const Backend& backend) {
    Buffer out = c;
    if (step.beta.is(0)) out.poison();
    step.a.data = a.data(), step.a.dtype = a.dtype;
    step.b.data = b.data(), step.b.dtype = b.dtype;
    step.c = {out.data(), out.dtype};
    backend.contract(step);
    return out;
  }

  /// c after the kernel that the backend chooses before it sees the data: the same bits.
  Buffer run_kernel(const Backend& backend) {
    Buffer out = c;
    if (step.beta.is(0)) out.poison();
    ContractStep blank = step;
    blank.a = {nullptr, a.dtype, step.a.conjugated}, blank.b = {nullptr, b.dtype, step.b.conjugated};
    blank.c = {nullptr, c.dtype};
    KernelSlot kernel;
    backend.kernel(blank, kernel)->run(a.data(), b.data(), out.data());
    return out;
  }

  /// contraction(|a|, |b|) + |beta c| in double, laid out as c: what an error is measured against.
  std::vector<double> magnitude() {
    ContractCase other = *this;
    std::vector<double> sums(static_cast<std::size_t>(c.count()), 0.0);
    const auto size = [](Buffer& buffer, std::int64_t i) {
      return visit_dtype(buffer.dtype, [&]<class T>(Tag<T>) {
        return static_cast<double>(std::abs(element::convert<std::complex<double>>(buffer.as<T>()[buffer.first + i])));
      });
    };
    const Loops& loops = step.loops;
    walk(loops.batch, {}, [&](Offsets o1) {
      walk(loops.left, o1, [&](Offsets o2) {
        walk(loops.right, o2, [&](Offsets o3) {
          double sum = 0;
          walk(loops.contracted, o3, [&](Offsets o) { sum += size(a, o.a) * size(b, o.b); });
          sum *= std::abs(step.alpha.value);
          if (!step.beta.is(0)) sum += std::abs(step.beta.value) * size(c, o3.c);
          sums[static_cast<std::size_t>(c.first + o3.c)] = sum;
        });
      });
    });
    return sums;
  }

  /// Every element of two results within the rounding of this step; untouched memory equal.
  void expect_near(Buffer& got, Buffer& want) {
    const DType sum = accumulator_of(a.dtype);
    const auto terms = static_cast<double>(extent_of(step.loops.contracted));
    const std::vector<double> scale = epsilon(sum) > 0 ? magnitude() : std::vector<double>();
    visit_dtype(c.dtype, [&]<class T>(Tag<T>) {
      for (std::int64_t i = 0; i < c.count(); ++i) {
        double allowed = 0;
        if (epsilon(sum) > 0) {
          const double s = scale[static_cast<std::size_t>(i)];
          allowed = 2 * (terms + 4) * epsilon(sum) * s + (is_half(c.dtype) ? 2 * epsilon(c.dtype) * s + 0x1p-23 : 0);
        }
        const double off = distance(got.as<T>()[i], want.as<T>()[i]);
        ASSERT_LE(off, allowed) << "element " << i << " of " << c.count() << ", " << name_of(c.dtype);
      }
    });
  }
};

}  // namespace ricci::test
