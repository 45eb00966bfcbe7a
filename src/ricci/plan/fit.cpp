#include "ricci/plan/fit.h"

#include <algorithm>
#include <cmath>

#include "ricci/path/search/reconfigure.h"
#include "ricci/plan/format.h"
#include "ricci/plan/lower.h"
#include "ricci/plan/run_program.h"

namespace ricci::planning {
namespace {

constexpr std::size_t kTried = 6;           // labels whose footprint is worked out, of those that the peak has
constexpr double kAlwaysPaid = 0.05;        // so that of two that cost nothing the larger step is taken
constexpr double kMostWork = 1e6;           // steps looked at for one order
constexpr std::int64_t kMostLooked = 4096;  // numbers of pieces
constexpr int kMostReordered = 2000;        // operands
constexpr std::size_t kWindow = 8;
constexpr int kRestarts = 4;
constexpr double kRestartShare = 0.25;  // of the seconds of the search
constexpr double kGoodEnough = 1.2;     // times what it takes without a cap

struct Fitted {
  Plan plan;
  Footprint footprint;
  bool fits(std::int64_t cap) const { return footprint.peak <= cap; }
};

std::int64_t smallest_piece(std::int64_t extent, std::int64_t count) { return extent / count + (extent % count != 0); }

// Equal pieces, at least so many.
std::int64_t equal_piece(std::int64_t extent, std::int64_t count) {
  for (std::int64_t more = count; more < count + kMostLooked && more < extent; ++more)
    if (extent % more == 0) return extent / more;
  return 1;
}

// The machine that only notes which slots are there.
struct Alive {
  const Plan& plan;
  const Program& program;
  std::vector<bool> slots;

  void run(std::size_t a) { slots[static_cast<std::size_t>(program.result_slot(plan, program.actions[a]))] = true; }
  void free(int slot) { slots[static_cast<std::size_t>(slot)] = false; }
};

// Slices one order, and for gradients computes again what would be kept, until it fits or nothing helps.
class Slicer {
 public:
  Slicer(const Contraction& whole, path::Tree tree, bool reorders, bool recomputes, std::int64_t cap,
         const PlanningOptions& options)
      : whole_(whole),
        tree_(std::move(tree)),
        reorders_(reorders && whole.inputs.size() > 2 && whole.inputs.size() <= kMostReordered),
        recomputes_(recomputes),
        cap_(cap),
        options_(options) {}

  Fitted run() {
    Fitted now = evaluated({}, {}, true);
    work_ = 0;
    while (!now.fits(cap_) && work_ < kMostWork) {
      std::optional<Fitted> next = made_smaller(now);
      if (!next) break;
      now = reordered(*std::move(next));
    }
    return now.fits(cap_) ? polished(std::move(now)) : now;
  }

  /// Fewer and larger pieces as far as they fit.
  Fitted polished(Fitted now) {
    tree_ = now.plan.tree;
    const std::vector<SlicedLabel> all = now.plan.slices;
    for (std::size_t i = all.size(); i-- > 0;) now = in_fewer_pieces(std::move(now), all[i].label);
    if (!now.plan.hoists) {
      Fitted other = evaluated(now.plan.slices, now.plan.recomputes, true);
      if (other.fits(cap_)) now = std::move(other);
    }
    for (const int merge : std::vector<int>(now.plan.recomputes)) {
      std::vector<int> fewer = now.plan.recomputes;
      std::erase(fewer, merge);
      Fitted other = evaluated(now.plan.slices, fewer, now.plan.hoists);
      if (other.fits(cap_)) now = std::move(other);
    }
    return now;
  }

 private:
  std::int64_t extent(Label label) const { return whole_.extents[static_cast<std::size_t>(label)]; }

  Fitted evaluated(const std::vector<SlicedLabel>& slices, const std::vector<int>& recomputes, bool hoists) {
    Fitted out;
    out.plan = lower(whole_, tree_, model_of(options_.search, whole_), slices);
    out.plan.recomputes = recomputes;
    out.plan.hoists = hoists;
    const Program program = make_program(out.plan, options_);
    out.footprint = footprint(out.plan, program, options_.scratch, std::max<std::int64_t>(cap_, 0), options_.layout);
    work_ += static_cast<double>(program.actions.size());
    return out;
  }

  Fitted in_fewer_pieces(Fitted now, Label label) {
    std::int64_t most = 1, least = 1;
    for (const SlicedLabel& slice : now.plan.slices)
      if (slice.label == label) most = now.plan.piece_count(slice);
    while (least < most) {
      const std::int64_t count = least + (most - least) / 2;
      Fitted other = evaluated(with(now.plan.slices, label, count), now.plan.recomputes, now.plan.hoists);
      if (other.fits(cap_) && other.footprint.seconds <= now.footprint.seconds) {
        now = std::move(other);
        most = count;
      } else {
        least = count + 1;
      }
    }
    return now;
  }

  // The same slices with a label in about so many pieces; labels of the output come first.
  std::vector<SlicedLabel> with(std::vector<SlicedLabel> slices, Label label, std::int64_t count) const {
    std::erase_if(slices, [&](const SlicedLabel& slice) { return slice.label == label; });
    std::int64_t piece = smallest_piece(extent(label), count);
    const auto is_short = [&](const SlicedLabel& slice) { return extent(slice.label) % slice.piece != 0; };
    if (static_cast<std::size_t>(std::count_if(slices.begin(), slices.end(), is_short)) >= kMostShortPieces)
      piece = equal_piece(extent(label), count);
    if (piece >= extent(label)) return slices;
    const bool kept = contains(whole_.output, label);
    const auto at = std::find_if(slices.begin(), slices.end(), [&](const SlicedLabel& slice) {
      return kept && !contains(whole_.output, slice.label);
    });
    slices.insert(at, {label, piece});
    return slices;
  }

  bool may_slice(const Plan& plan, Label label) const {
    if (plan.piece_extents()[static_cast<std::size_t>(label)] < 2) return false;
    const bool read = std::any_of(whole_.inputs.begin(), whole_.inputs.end(),
                                  [&](const Term& term) { return contains(term.labels, label); });
    return read && std::count(whole_.output.begin(), whole_.output.end(), label) < 2;
  }

  // By slot: the bytes at the peak of what slices or computing again would make less.
  std::vector<double> slots_at_peak(const Fitted& now, const Program& program) const {
    Alive machine{now.plan, program, std::vector<bool>(program.slot_count())};
    run_actions(program, 0, now.footprint.peak_action, machine);
    machine.run(now.footprint.peak_action);
    const std::vector<bool>& alive = machine.slots;
    std::vector<double> out(alive.size(), 0);
    Contraction piece = whole_;
    piece.extents = now.plan.piece_extents();
    for (std::size_t slot = 0; slot < alive.size(); ++slot) {
      const int s = static_cast<int>(slot);
      if (!alive[slot] || program.is_result(s) || program.is_operand_gradient(s)) continue;
      const std::size_t value = slot % program.value_count;
      if (value < program.operand_count) continue;
      const Labels& labels = now.plan.steps[value - program.operand_count].contraction.output;
      out[slot] = path::volume(piece, labels) * static_cast<double>(size_of(slot_dtype(now.plan, program, s)));
    }
    return out;
  }

  // By label: the bytes at the peak of what has it.
  std::vector<double> labels_at_peak(const Fitted& now, const Program& program,
                                     const std::vector<double>& slots) const {
    std::vector<double> out(whole_.extents.size(), 0);
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot] == 0) continue;
      const std::size_t step = slot % program.value_count - program.operand_count;
      for (const Label label : now.plan.steps[step].contraction.output)
        out[static_cast<std::size_t>(label)] += slots[slot];
    }
    // Working memory shrinks with the labels of its step.
    const Step& step = now.plan.steps[program.actions[now.footprint.peak_action].step];
    for (Label label = 0; label < whole_.label_count(); ++label)
      if (has(step, label)) out[static_cast<std::size_t>(label)] += 1 + static_cast<double>(now.footprint.peak_scratch);
    return out;
  }

  // The labels to try: those that shrink the peak most for what they make run more often.
  std::vector<std::pair<Label, std::int64_t>> slice_candidates(const Fitted& now,
                                                               const std::vector<double>& at_peak) const {
    std::vector<std::pair<double, std::pair<Label, std::int64_t>>> scored;
    const auto peak = static_cast<double>(now.footprint.peak);
    for (Label label = 0; label < whole_.label_count(); ++label) {
      const double shrinks = at_peak[static_cast<std::size_t>(label)], rest = peak - shrinks;
      if (shrinks == 0 || !may_slice(now.plan, label)) continue;
      const std::int64_t piece = now.plan.piece_extents()[static_cast<std::size_t>(label)];
      const std::int64_t already = smallest_piece(extent(label), piece);
      const double wanted = rest < static_cast<double>(cap_) ? shrinks / (static_cast<double>(cap_) - rest) : INFINITY;
      const double times = std::clamp(std::ceil(wanted), 2.0, static_cast<double>(piece));
      double repeated = 0;
      for (const Step& step : now.plan.steps)
        if (!has(step, label)) repeated += step.predicted_seconds;
      const double smaller = std::max(rest + shrinks / times, 1.0);
      const double score =
          std::log1p(repeated / std::max(now.footprint.seconds, 1e-12) * now.plan.slice_count() * (times - 1)) /
          std::max(std::log(peak / smaller), 1e-12);
      const auto count = static_cast<std::int64_t>(
          std::min({static_cast<double>(already) * times, static_cast<double>(extent(label)), 0x1p62}));
      scored.push_back({score, {label, count}});
    }
    std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::pair<Label, std::int64_t>> out;
    for (const auto& [score, candidate] : scored) {
      if (out.size() == 2 * kTried) break;
      out.push_back(candidate);
      if (candidate.second < extent(candidate.first)) out.emplace_back(candidate.first, extent(candidate.first));
    }
    return out;
  }

  // The merges to try: those below whose result most is kept at the peak for what it takes to compute it again.
  std::vector<int> recompute_candidates(const Fitted& now, const Program& program,
                                        const std::vector<double>& slots) const {
    std::vector<std::pair<double, int>> scored;
    const std::size_t n = program.operand_count;
    std::vector<double> bytes(now.plan.steps.size(), 0), seconds(now.plan.steps.size(), 0);  // below each step
    for (std::size_t k = 0; k < now.plan.steps.size(); ++k) {
      const Step& step = now.plan.steps[k];
      for (const int value : step.values) {
        const auto v = static_cast<std::size_t>(value);
        if (v < n || now.plan.is_recomputed(now.plan.steps[v - n].merge)) continue;
        bytes[k] += bytes[v - n] + slots[v];
        seconds[k] += seconds[v - n] + now.plan.steps[v - n].predicted_seconds;
      }
      const bool is_new = step.merge >= 0 && !now.plan.is_recomputed(step.merge);
      if (is_new && bytes[k] > 0 && k + 1 < now.plan.steps.size())
        scored.emplace_back(seconds[k] / bytes[k], step.merge);
    }
    std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<int> out;
    for (std::size_t i = 0; i < std::min(scored.size(), kTried); ++i) out.push_back(scored[i].second);
    // And where most is kept.
    std::stable_sort(scored.begin(), scored.end(), [&](const auto& a, const auto& b) {
      return bytes[step_of(now.plan, a.second)] > bytes[step_of(now.plan, b.second)];
    });
    for (std::size_t i = 0; i < std::min(scored.size(), kTried / 2); ++i)
      if (!contains(out, scored[i].second)) out.push_back(scored[i].second);
    return out;
  }

  static std::size_t step_of(const Plan& plan, int merge) {
    const auto at = std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& s) { return s.merge == merge; });
    return static_cast<std::size_t>(at - plan.steps.begin());
  }

  static bool has(const Step& step, Label label) {
    for (const Term& term : step.contraction.inputs)
      if (contains(term.labels, label)) return true;
    return contains(step.contraction.output, label);
  }

  // The quickest that fits; where none does, the one that pays least for what it takes off the peak.
  std::optional<Fitted> made_smaller(const Fitted& now) {
    std::optional<Fitted> best;
    const auto price = [&](const Fitted& f) {
      if (f.fits(cap_)) return f.footprint.seconds * 1e-100;
      const double more = std::log(f.footprint.seconds / std::max(now.footprint.seconds, 1e-12));
      return (std::max(more, 0.0) + kAlwaysPaid) /
             std::log(static_cast<double>(now.footprint.peak) / static_cast<double>(f.footprint.peak));
    };
    const auto consider = [&](Fitted next) {
      if (next.footprint.peak < now.footprint.peak && (!best || price(next) < price(*best))) best = std::move(next);
    };
    const Program program = make_program(now.plan, options_);
    const std::vector<double> slots = slots_at_peak(now, program);
    for (const auto& [label, count] : slice_candidates(now, labels_at_peak(now, program, slots))) {
      // What runs once has to last through all slices: where that is too much, it runs in each.
      for (const bool hoists : {true, false}) {
        Fitted next = evaluated(with(now.plan.slices, label, count), now.plan.recomputes, hoists);
        const bool fits = next.fits(cap_);
        consider(fits ? in_fewer_pieces(std::move(next), label) : std::move(next));
        if (fits) break;
      }
    }
    if (!recomputes_) return best;
    for (const int merge : recompute_candidates(now, program, slots)) {
      std::vector<int> more = now.plan.recomputes;
      more.insert(std::lower_bound(more.begin(), more.end(), merge), merge);
      consider(evaluated(now.plan.slices, more, now.plan.hoists));
    }
    return best;
  }

  // Smaller extents may ask for another order.
  Fitted reordered(Fitted now) {
    if (!reorders_ || work_ > kMostWork || !now.plan.recomputes.empty()) return now;
    Contraction piece = whole_;
    piece.extents = now.plan.piece_extents();
    const path::MergeCost cost(path::Goal::seconds, model_of(options_.search, whole_),
                               static_cast<double>(size_of(accumulator_of(whole_.dtype))));
    const path::Network network(piece);
    path::BinaryTree tree(network, tree_.merges);
    path::reconfigure(tree, cost, {kWindow, 2, options_.search.seed}, path::Deadline(INFINITY, options_.search.cancel));
    path::Tree before = std::exchange(tree_, {whole_.inputs.size(), tree.merges()});
    Fitted other = evaluated(now.plan.slices, {}, now.plan.hoists);
    const auto product = [](const Fitted& f) { return std::log(f.footprint.seconds) + std::log(f.footprint.peak); };
    const bool better = now.fits(cap_) ? other.fits(cap_) && other.footprint.seconds < now.footprint.seconds
                                       : other.footprint.peak <= now.footprint.peak && product(other) < product(now);
    if (better) return other;
    tree_ = std::move(before);
    return now;
  }

  const Contraction& whole_;
  path::Tree tree_;
  bool reorders_, recomputes_;
  std::int64_t cap_;
  const PlanningOptions& options_;
  double work_ = 0;
};

[[noreturn]] void refuse(const Fitted& least, const PlanningOptions& options) {
  const std::int64_t bytes = least.footprint.peak + options.reserved;
  const std::string slices = shortened(slices_in_words(least.plan), 200);
  fail<BudgetError>("max_bytes is ", *options.max_bytes, ", but ", shortened(least.plan.whole.equation(), 60),
                    options.gradients ? " with its gradients" : "", " takes at least ", bytes,
                    " bytes in the orders that were tried\n  give max_bytes=", bytes,
                    slices.empty() ? "; no slicing makes it less" : concat(", which slices ", slices));
}

}  // namespace

Program make_program(const Plan& plan, const PlanningOptions& options) {
  std::vector<bool> wanted = options.wanted;
  if (options.gradients && wanted.empty()) wanted.assign(plan.whole.inputs.size(), true);
  return make_program(plan, options.gradients ? wanted : std::vector<bool>(), options.gives_value);
}

void predict(Plan& plan, const PlanningOptions& options) {
  const std::int64_t most =
      options.max_bytes ? std::max<std::int64_t>(*options.max_bytes - options.reserved, 0) : INT64_MAX;
  const Footprint found = footprint(plan, make_program(plan, options), options.scratch, most, options.layout);
  plan.flops = found.flops;
  plan.predicted_seconds = found.seconds;
  plan.peak_bytes = found.peak;
  for (std::size_t k = 0; k < plan.steps.size(); ++k) plan.steps[k].held_bytes = found.held[k];
  plan.max_bytes = options.max_bytes;
  plan.gradients = options.gradients;
}

Plan fit(const Contraction& contraction, const std::vector<path::Tree>& trees, bool reorders,
         const PlanningOptions& options, const path::Deadline& watch) {
  const std::int64_t cap = *options.max_bytes - options.reserved;
  std::optional<Fitted> best;
  const std::vector<bool> recomputing = options.gradients ? std::vector<bool>{false, true} : std::vector<bool>{false};
  const auto each_way = [&](auto&& f) {
    for (const path::Tree& tree : trees)
      for (const bool recomputes : recomputing) f(tree, recomputes);
  };
  each_way([&](const path::Tree& tree, bool recomputes) {
    Fitted found = Slicer(contraction, tree, reorders, recomputes, cap, options).run();
    if (found.fits(cap) && (!best || found.footprint.seconds < best->footprint.seconds)) best = std::move(found);
  });
  // An order that is good for the extents of a slice is often better to slice in the first place.
  const Plan free = lower(contraction, trees[0], model_of(options.search, contraction));
  const double free_seconds = footprint(free, make_program(free, options), {}).seconds;
  const int restarts = !best || !reorders ? 0 : kRestarts;
  for (int round = 0; round < restarts; ++round) {
    if (best->footprint.seconds <= kGoodEnough * free_seconds || watch.over()) break;
    Contraction piece = contraction;
    piece.extents = best->plan.piece_extents();
    path::SearchOptions search = options.search;
    search.seed += static_cast<std::uint64_t>(round) + 1;
    if (search.seconds) search.seconds = std::max(0.0, std::min(watch.left(), kRestartShare * *options.search.seconds));
    Fitted found = Slicer(contraction, path::search(piece, search), reorders, options.gradients, cap, options).run();
    if (!found.fits(cap) || found.footprint.seconds >= best->footprint.seconds) break;
    best = std::move(found);
  }
  // The least does not depend on the cap, so that a cap of what the error says is kept to.
  std::optional<Fitted> least;
  each_way([&](const path::Tree& tree, bool recomputes) {
    if (best) return;
    Fitted found = Slicer(contraction, tree, reorders, recomputes, 0, options).run();
    if (!least || found.footprint.peak < least->footprint.peak) least = std::move(found);
  });
  if (least) {
    Slicer slicer(contraction, least->plan.tree, false, true, std::max(cap, least->footprint.peak), options);
    best = slicer.polished(*std::move(least));
    if (!best->fits(cap)) refuse(*best, options);
  }
  predict(best->plan, options);
  return std::move(best->plan);
}

}  // namespace ricci::planning
