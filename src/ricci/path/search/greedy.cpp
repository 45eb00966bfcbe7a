#include "ricci/path/search/greedy.h"

#include <algorithm>
#include <cmath>

#include "ricci/path/search/label_index.h"
#include "ricci/path/search/random.h"

namespace ricci::path {
namespace {

constexpr double kLargeLog2 = 1000;  // beyond it a power of two is no finite double

struct Candidate {
  double score = 0;
  int a = 0, b = 0;
  // The heap's top is its largest: the least score, then the oldest values.
  friend bool operator<(const Candidate& x, const Candidate& y) {
    if (x.score != y.score) return x.score > y.score;
    return std::pair(x.a, x.b) > std::pair(y.a, y.b);
  }
};

class Greedy {
 public:
  Greedy(const Network& network, const GreedyTaste& taste)
      : network_(network), taste_(taste), random_(taste.seed), holders_(network.holders), carriers_(network) {}

  std::optional<GreedyTrial> run(double log2_bound, std::uint64_t most_work);

 private:
  struct Value {
    std::vector<Label> labels;
    double log2_size = 0;
    bool live = true;
  };

  double log2_extent(Label label) const { return network_.log2_extent[static_cast<std::size_t>(label)]; }
  int& holders(Label label) { return holders_[static_cast<std::size_t>(label)]; }
  Value& value(int id) { return values_[static_cast<std::size_t>(id)]; }

  void add(std::vector<Label> labels);
  void find_partners(int id);
  void add_shared(int id, Label label) {
    shared_[static_cast<std::size_t>(id)] += (holders(label) == 2 ? 2 : 1) * log2_extent(label);
  }
  double score(double made, double a, double b);
  void merge(int a, int b);

  const Network& network_;
  const GreedyTaste taste_;
  Random random_;
  std::vector<int> holders_;
  LabelIndex carriers_;
  std::vector<Value> values_;
  std::vector<Candidate> heap_;
  std::vector<double> shared_;  // by value: what the newest value's product with it saves, in log2
  std::vector<int> seen_by_;    // by value: the newest value that met it
  std::vector<int> partners_;
  GreedyTrial trial_;
};

// A new live value: candidates with those before it, then a carrier for those after it.
void Greedy::add(std::vector<Label> labels) {
  const int id = static_cast<int>(values_.size());
  const double size = network_.log2_size(labels);
  values_.push_back({std::move(labels), size, true});
  shared_.push_back(0);
  seen_by_.push_back(-1);
  find_partners(id);
  for (const Label label : value(id).labels) carriers_.add(label, id, size);
}

void Greedy::find_partners(int id) {
  partners_.clear();
  const Value& self = value(id);
  const auto meet = [&](int other) {
    const auto at = static_cast<std::size_t>(other);
    if (seen_by_[at] == id) return;
    seen_by_[at] = id;
    shared_[at] = 0;
    partners_.push_back(other);
  };
  bool crowded = false;
  for (const Label label : self.labels) {
    const bool many = carriers_.crowded(label);
    crowded = crowded || many;
    carriers_.each(label, [&](int other) {
      meet(other);
      if (!many) add_shared(other, label);
    });
  }
  for (const Label label : self.labels) {
    if (!crowded || !carriers_.crowded(label)) continue;
    for (const int other : partners_) {
      const std::vector<Label>& labels = value(other).labels;
      if (std::binary_search(labels.begin(), labels.end(), label)) add_shared(other, label);
    }
  }
  trial_.work += partners_.size() + self.labels.size();
  for (const int other : partners_) {
    const double made = self.log2_size + value(other).log2_size - shared_[static_cast<std::size_t>(other)];
    heap_.push_back({score(made, self.log2_size, value(other).log2_size), other, id});
    std::push_heap(heap_.begin(), heap_.end());
  }
}

// Grows with (elements made - weight * elements used): its logarithm, keeping the sign.
double Greedy::score(double made, double a, double b) {
  double out;
  const double used = std::max(a, b);
  if (std::max(made, used) > kLargeLog2) {
    out = made > used ? made : -used;
  } else {
    const double more = std::exp2(made) - taste_.weight * (std::exp2(a) + std::exp2(b));
    out = std::copysign(std::log2(1 + std::abs(more)), more);
  }
  return taste_.noise == 0 ? out : out - taste_.noise * random_.gumbel();
}

void Greedy::merge(int a, int b) {
  Value &first = value(a), &second = value(b);
  double log2_flops = first.log2_size + second.log2_size;
  for (auto i = first.labels.begin(), j = second.labels.begin(); i != first.labels.end() && j != second.labels.end();) {
    if (*i == *j) log2_flops -= log2_extent(*i);
    const bool forth = *i <= *j, there = *j <= *i;
    i += forth;
    j += there;
  }
  std::vector<Label> kept = merge_labels(first.labels, second.labels, holders_);
  for (const int id : {a, b}) {
    for (const Label label : value(id).labels) carriers_.remove(label, id, value(id).log2_size);
    value(id).live = false;
    value(id).labels = {};
  }
  trial_.merges.emplace_back(a, b);
  trial_.log2_flops = log2_sum(trial_.log2_flops, log2_flops);
  add(std::move(kept));
}

std::optional<GreedyTrial> Greedy::run(double log2_bound, std::uint64_t most_work) {
  trial_.log2_flops = -INFINITY;
  for (const LiveValue& live : network_.values) add(live.labels);
  while (!heap_.empty()) {
    const Candidate best = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
    if (!value(best.a).live || !value(best.b).live) continue;
    merge(best.a, best.b);
    if (trial_.log2_flops > log2_bound || trial_.work > most_work) return std::nullopt;
  }
  // Each connected part is one value now: its newest value always met a neighbour, if there was one.
  std::vector<std::pair<double, int>> parts;
  for (std::size_t id = 0; id < values_.size(); ++id) {
    if (values_[id].live) parts.emplace_back(values_[id].log2_size, static_cast<int>(id));
  }
  join_smallest_first(std::move(parts), static_cast<int>(values_.size()), trial_.merges);
  return std::move(trial_);
}

}  // namespace

std::optional<GreedyTrial> greedy_trial(const Network& network, const GreedyTaste& taste, double log2_bound,
                                        std::uint64_t most_work) {
  return Greedy(network, taste).run(log2_bound, most_work);
}

GreedyTaste taste_of(std::uint64_t seed, int trial) {
  if (trial == 0) return {};
  Random random(seed ^ (static_cast<std::uint64_t>(trial) * 0xd1342543de82ef95u));
  GreedyTaste taste;
  // Regular graphs like small weights, lattices and circuits large ones (use up what is large, stay near).
  const double root = 0.1 + 3.9 * random.uniform();
  taste.weight = root * root;
  taste.noise = 0.001 * std::pow(1000.0, random.uniform());  // 0.001 to 1
  taste.seed = random.next();
  return taste;
}

}  // namespace ricci::path
