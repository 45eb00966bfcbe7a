// Contraction and reduction by their definition.
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::reference {
namespace {

using element::Ring;

// Terms of one sum, and how it ends in c. `Term` is called with the offsets of a term and gives its value.
template <Semiring S, class T>
struct Sum {
  const Loops& loops;

  template <class Term>
  T plain(Offsets at, Term&& term) const {
    T sum = Ring<S, T>::zero();
    walk(loops.contracted, at, [&](Offsets o) { sum = Ring<S, T>::add(sum, term(o)); });
    return sum;
  }
  // The largest term first, then the sum of exponentials below it.
  template <class Term>
  T log_sum_exp(Offsets at, Term&& term) const {
    T top = Ring<S, T>::zero(), sum = 0;
    walk(loops.contracted, at, [&](Offsets o) { top = element::maximum(top, term(o)); });
    if (!std::isfinite(top)) return top;
    walk(loops.contracted, at, [&](Offsets o) { sum += std::exp(term(o) - top); });
    return top + std::log(sum);
  }
  template <class Term>
  T operator()(Offsets at, Term&& term) const {
    if constexpr (sums_exponentials(S) && std::is_floating_point_v<T>)
      return log_sum_exp(at, term);
    else
      return plain(at, term);
  }
};

template <Semiring S, class T>
struct Finish {
  element::Load<T> load;
  element::Store<T> store;
  void* data;
  T alpha, beta;
  bool reads;  // beta is not 0

  Finish(const Target& c, const Scalar& alpha_, const Scalar& beta_)
      : load(element::loader<T>({c.data, c.dtype})),
        store(element::storer<T>(c.dtype)),
        data(c.data),
        alpha(element::from_scalar<T>(alpha_)),
        beta(element::from_scalar<T>(beta_)),
        reads(!beta_.is(0)) {}

  void operator()(std::int64_t at, T sum) const {
    if constexpr (is_linear(S) && !std::is_same_v<T, bool>) {
      sum = element::scaled(alpha, sum);
      if (reads) sum = element::add(sum, element::scaled(beta, load(data, at)));
    } else {
      if (reads) sum = Ring<S, T>::add(load(data, at), sum);
    }
    store(data, at, sum);
  }
};

// Everywhere in c the sum over nothing; the diagonal is then added to it, or overwritten.
template <Semiring S, class T>
Scalar fill_off_diagonal(const Loops& loops, const Target& c, const Scalar& beta) {
  if (!loops.writes_diagonal) return beta;
  const Finish<S, T> finish(c, 1, beta);
  walk(loops.whole, {}, [&](Offsets o) { finish(o.c, Ring<S, T>::zero()); });
  return beta.is(0) ? beta : Scalar(1);
}

template <Semiring S, class T>
void contract_as(const ContractStep& step) {
  const Loops& loops = step.loops;
  const Scalar beta = fill_off_diagonal<S, T>(loops, step.c, step.beta);
  const Finish<S, T> finish(step.c, step.alpha, beta);
  const auto load_a = element::loader<T>(step.a), load_b = element::loader<T>(step.b);
  const Sum<S, T> sum{loops};
  const auto term = [&](Offsets o) { return Ring<S, T>::multiply(load_a(step.a.data, o.a), load_b(step.b.data, o.b)); };
  walk(loops.batch, {}, [&](Offsets batch) {
    walk(loops.left, batch, [&](Offsets left) {
      walk(loops.right, left, [&](Offsets position) {
        const T value = sum(position, term);
        walk(loops.broadcast, position, [&](Offsets o) { finish(o.c, value); });
      });
    });
  });
}

template <Semiring S, class T>
void reduce_as(const ReduceStep& step) {
  const Loops& loops = step.loops;
  const Scalar beta = fill_off_diagonal<S, T>(loops, step.c, step.beta);
  const Finish<S, T> finish(step.c, step.alpha, beta);
  const auto load = element::loader<T>(step.a);
  const Sum<S, T> sum{loops};
  const auto term = [&](Offsets o) { return load(step.a.data, o.a); };
  walk(loops.left, {}, [&](Offsets left) {
    const T value = sum(left, term);
    walk(loops.broadcast, left, [&](Offsets o) { finish(o.c, value); });
  });
}

template <class F>
void visit(DType dtype, Semiring semiring, F&& f) {
  visit_dtype(accumulator_of(dtype), [&]<class T>(Tag<T>) {
    element::visit_semiring(semiring, [&]<Semiring S>() {
      if constexpr (!is_half_type<T> && Ring<S, T>::exists)
        f.template operator()<S, T>();
      else
        fail<DTypeError>("semiring ", name_of(semiring), " has no meaning for ", dtype,
                         "\n  use a real dtype (a float for log_sum_exp), or sum_product");
    });
  });
}

}  // namespace

Scalar fill_off_diagonal(const Loops& loops, const Target& c, const Scalar& beta, Semiring semiring) {
  if (!loops.writes_diagonal) return beta;
  Scalar rest;
  visit(c.dtype, semiring, [&]<Semiring S, class T>() { rest = fill_off_diagonal<S, T>(loops, c, beta); });
  return rest;
}

void contract(const ContractStep& step) {
  visit(step.a.dtype, step.semiring, [&]<Semiring S, class T>() { contract_as<S, T>(step); });
}

void reduce(const ReduceStep& step) {
  visit(step.a.dtype, step.semiring, [&]<Semiring S, class T>() { reduce_as<S, T>(step); });
}

}  // namespace ricci::reference
