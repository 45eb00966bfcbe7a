#include "ricci/path/search/optimal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/path/exhaustive.h"
#include "tests/path/flops.h"

namespace ricci::path {
namespace {

using test::below;
using test::Exhaustive;
using test::flops;
using test::message_of;
using test::NetworkKind;
using test::random_network;

TEST(Search, OptimalIsTheBestOfAllTrees) {
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    const NetworkKind kind{.operands = 2 + below(random, round % 20 == 0 ? 5 : 4),
                           .labels = 3 + below(random, 8),
                           .most_extent = 9,
                           .broadcast = true,
                           .repeats = true};
    const Contraction net = random_network(kind, random);
    const double best = Exhaustive(net, true).best;
    EXPECT_EQ(flops(net, Method::optimal), best) << net.inputs.size();
    EXPECT_EQ(flops(net, Method::automatic), best);
    EXPECT_GE(flops(net, Method::greedy), best);
  }
}

TEST(Search, ConnectedSearchIsTheBestWithOuterProductsLast) {
  Random random(4);
  for (int round = 0; round < 400; ++round) {
    const NetworkKind kind{
        .operands = 2 + below(random, round % 20 == 0 ? 5 : 4), .labels = 3 + below(random, 8), .most_extent = 9};
    const Contraction net = random_network(kind, random);
    EXPECT_EQ(flops(net, *exact_search(Network(net))), Exhaustive(net, false).best) << round;
  }
}

TEST(Search, AnOuterProductFirstCanBeBest) {
  Contraction net;  // i,j,ijk->k
  net.inputs = {{{0}, false}, {{1}, false}, {{0, 1, 2}, false}};
  net.output = {2};
  net.extents = {2, 3, 1000};
  EXPECT_EQ(search(net, {.method = Method::optimal}).merges, (std::vector<std::pair<int, int>>{{0, 1}, {3, 2}}));
  EXPECT_EQ(flops(net, Method::optimal), 6 + 6000);
}

TEST(Search, ExactSearchOnWideAndLongNetworks) {
  Contraction chain;
  for (Label i = 0; i < 40; ++i) chain.inputs.push_back({{i, i + 1}, false});
  Random random(5);
  for (Label i = 0; i <= 40; ++i) chain.extents.push_back(200 + static_cast<std::int64_t>(below(random, 5000)));
  chain.output = {0, 40};
  std::vector<std::vector<double>> best(41, std::vector<double>(41, 0));  // the textbook's chain order
  for (std::size_t width = 2; width <= 40; ++width) {
    for (std::size_t from = 0; from + width <= 40; ++from) {
      const std::size_t to = from + width;
      best[from][to] = INFINITY;
      for (std::size_t cut = from + 1; cut < to; ++cut) {
        const double here = double(chain.extents[from]) * double(chain.extents[cut]) * double(chain.extents[to]);
        best[from][to] = std::min(best[from][to], best[from][cut] + best[cut][to] + here);
      }
    }
  }
  EXPECT_EQ(flops(chain, Method::optimal), best[0][40]);
  EXPECT_EQ(flops(chain, Method::automatic), best[0][40]);

  Contraction wide;  // 14 operands, a label for each pair: more than 64 kinds of labels
  wide.inputs.resize(14);
  for (std::size_t i = 0; i < 14; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      wide.inputs[i].labels.push_back(wide.label_count());
      wide.inputs[j].labels.push_back(wide.label_count());
      wide.extents.push_back(2);
    }
  }
  EXPECT_LE(flops(wide, Method::optimal), flops(wide, Method::greedy));
}

TEST(Search, OptimalOutOfReachSaysSo) {
  const Contraction net = test::three_regular(70, 6);
  EXPECT_EQ(message_of<EinsumError>([&] { search(net, {.method = Method::optimal}); }),
            "optimize 'optimal' is out of reach for these 70 operands: too many orders\n  use 'auto', 'greedy', "
            "'dissection' or 'anneal'");
}

TEST(Search, OptimalKeepsToItsSeconds) {
  Contraction clique;
  clique.inputs.resize(13);
  for (std::size_t i = 0; i < 13; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      clique.inputs[i].labels.push_back(clique.label_count());
      clique.inputs[j].labels.push_back(clique.label_count());
      clique.extents.push_back(2 + static_cast<std::int64_t>((i + j) % 3));
    }
  EXPECT_EQ(message_of<EinsumError>([&] { search(clique, {.method = Method::optimal, .seconds = 1e-9}); }),
            "optimize 'optimal' takes more than 1e-09 s for these 13 operands\n  give more seconds, or 'auto', which "
            "gives the best it found");
  EXPECT_EQ(search(clique, {.method = Method::optimal, .seconds = 1e9}).merges,
            search(clique, {.method = Method::optimal}).merges);
  const std::atomic<bool> cancel = true;
  EXPECT_NO_THROW(check(search(clique, {.method = Method::optimal, .cancel = &cancel}), clique));
}

}  // namespace
}  // namespace ricci::path
