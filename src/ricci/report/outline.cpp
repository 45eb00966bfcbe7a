#include "ricci/report/outline.h"

#include <algorithm>
#include <numeric>

namespace ricci::report {
namespace {

class Walk {
 public:
  Walk(const planning::Plan& plan, std::size_t most_steps)
      : plan_(plan), n_(plan.whole.inputs.size()), opened_(n_ + plan.steps.size()), row_of_(opened_.size(), -1) {
    measure();
    open_dearest(most_steps);
    count_opened();
  }

  Outline run() {
    push(static_cast<int>(opened_.size()) - 1, 0, -1);
    while (!waiting_.empty()) visit();
    for (Row& row : out_.rows)
      if (row.reader >= 0) row.reader = row_of_[static_cast<std::size_t>(row.reader)];
    return std::move(out_);
  }

 private:
  struct Entry {
    Row row;
    bool ready = false;  // what stands above it has been written
  };

  const auto& reads(std::size_t value) const { return plan_.steps[value - n_].values; }
  Amount own(std::size_t value) const {
    return value < n_ ? Amount{0, 0, 1} : Amount{plan_.steps[value - n_].flops, 1, 0};
  }
  void measure();
  void open_dearest(std::size_t most_steps);
  void count_opened();
  void push(int value, int depth, int reader) { waiting_.push_back({{Row::Kind::step, value, depth, reader, {}}}); }
  std::vector<int> children(Row& row) const;
  void visit();

  const planning::Plan& plan_;
  const std::size_t n_;
  std::vector<bool> opened_;         // by value
  std::vector<std::size_t> within_;  // opened steps at and below a value
  std::vector<Amount> below_;        // at and below a value
  std::vector<int> row_of_;
  std::vector<Entry> waiting_;
  Outline out_;
};

void Walk::measure() {
  for (std::size_t value = 0; value < opened_.size(); ++value) {
    below_.push_back(own(value));
    if (value < n_) continue;
    for (const int read : reads(value)) below_[value] += below_[static_cast<std::size_t>(read)];
  }
}

void Walk::open_dearest(std::size_t most_steps) {
  std::vector<std::size_t> order(plan_.steps.size());
  std::iota(order.begin(), order.end(), n_);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t last = opened_.size() - 1;
    return std::make_pair(a != last, -own(a).flops) < std::make_pair(b != last, -own(b).flops);
  });
  for (std::size_t i = 0; i < std::min(most_steps, order.size()); ++i) opened_[order[i]] = true;
}

void Walk::count_opened() {
  for (std::size_t value = 0; value < opened_.size(); ++value) {
    within_.push_back(opened_[value]);
    if (value < n_) continue;
    for (const int read : reads(value)) within_[value] += within_[static_cast<std::size_t>(read)];
  }
}

// The values whose rows hang on this one's; sets its kind and what it holds.
std::vector<int> Walk::children(Row& row) const {
  const auto at = static_cast<std::size_t>(row.value);
  row.holds = own(at);
  if (at < n_) {
    row.kind = Row::Kind::operand;
    return {};
  }
  if (opened_[at]) return {reads(at).begin(), reads(at).end()};
  if (within_[at] == 0) {
    row.kind = Row::Kind::closed;
    row.holds = below_[at];
    return {};
  }
  row.kind = Row::Kind::between;
  std::vector<int> found, pending(reads(at).begin(), reads(at).end());
  std::reverse(pending.begin(), pending.end());
  while (!pending.empty()) {
    const int value = pending.back();
    const auto here = static_cast<std::size_t>(value);
    pending.pop_back();
    if (opened_[here]) {
      found.push_back(value);
    } else if (within_[here] == 0) {
      row.holds += below_[here];
    } else {
      row.holds += own(here);
      for (std::size_t i = reads(here).size(); i-- > 0;) pending.push_back(reads(here)[i]);
    }
  }
  return found;
}

void Walk::visit() {
  Entry entry = std::move(waiting_.back());
  waiting_.pop_back();
  Row& row = entry.row;
  const std::vector<int> below = entry.ready ? std::vector<int>() : children(row);
  if (below.empty()) {
    row_of_[static_cast<std::size_t>(row.value)] = static_cast<int>(out_.rows.size());
    out_.depth = std::max(out_.depth, row.depth);
    return out_.rows.push_back(row);
  }
  for (std::size_t i = below.size(); i-- > 1;) push(below[i], row.depth + 1, row.value);
  waiting_.push_back({row, true});
  push(below[0], row.depth + 1, row.value);
}

}  // namespace

Amount& Amount::operator+=(const Amount& other) {
  flops += other.flops;
  steps += other.steps;
  operands += other.operands;
  return *this;
}

Outline outline(const planning::Plan& plan, std::size_t most_steps) { return Walk(plan, most_steps).run(); }

}  // namespace ricci::report
