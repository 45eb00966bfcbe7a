#include <filesystem>

#include "examples/independent/colouring.h"
#include "examples/main_job/colourings.h"
#include "examples/main_job/parts.h"
#include "examples/main_job/stopwatch.h"
#include "examples/main_job/svg.h"
#include "ricci/files/output_file.h"

namespace ricci::examples {

namespace {

constexpr std::uint64_t kSeed = 48;

bool is_proper(const UsMap& map, const std::vector<int>& colours) {
  for (const auto& [a, b] : map.borders)
    if (colours[static_cast<std::size_t>(a)] == colours[static_cast<std::size_t>(b)]) return false;
  return true;
}

bool sums_are_right(const Marginals& marginals) {
  for (const auto& counts : marginals.counts) {
    std::int64_t total = 0;
    for (const std::int64_t count : counts) total += count;
    if (total != marginals.colourings) return false;
  }
  return true;
}

bool marginals_are_right(const Marginals& marginals, const Graph& graph, const std::vector<int>& order, int fixed) {
  for (int v = 0; v < static_cast<int>(graph.size()); ++v)
    for (int colour = 0; colour < 2; ++colour) {
      std::map<int, int> pins{{fixed, 0}};
      if (v == fixed && colour != 0) continue;
      pins[v] = colour;
      if (marginals.counts[static_cast<std::size_t>(v)][static_cast<std::size_t>(colour)] !=
          count_by_frontier(graph, 4, order, pins))
        return false;
    }
  return true;
}

std::string legend(const Style& style) {
  std::string line;
  for (const double share : {0.0, 0.125, 0.25, 0.5, 0.75, 1.0})
    line += style.on(share_colour(share), " " + std::to_string(static_cast<int>(100 * share)) + "% ") +
            (style.coloured() ? "" : " ");
  return "   " + line + " 25%: no influence of Missouri";
}

std::string write_picture(const Picture& picture, const std::string& folder) {
  std::filesystem::create_directories(folder);
  const std::string path = (std::filesystem::path(folder) / "us_map.svg").string();
  io::OutputFile file(path);
  file.write(svg_of(picture));
  file.commit();
  return path;
}

void show_count(Transcript& t, const Colourings& colourings, const Graph& graph, const std::vector<int>& order,
                std::int64_t& count) {
  t.title("How many ways are there to colour the map with four colours?");
  Stopwatch watch;
  count = colourings.count();
  t.say(t.style().bold(grouped(count)) +
        concat("   (", watch.text(), ", ", grouped(static_cast<std::int64_t>(colourings.plan().flops())),
               " multiplications, ", grouped(colourings.plan().peak_bytes()), " bytes)"));
  watch = {};
  const bool frontier = count == count_by_frontier(graph, 4, order);
  t.check("a sweep over the map's frontier finds the same number, " + watch.text(), frontier);
  watch = {};
  const bool contraction = count == count_by_contraction(graph, 4, order);
  t.check("so does addition-contraction of vertices, " + watch.text(), contraction);
}

}  // namespace

void run_map(Transcript& t, const std::string& data, const std::string& out) {
  t.part("THE MAP: proper colourings of the 48 contiguous United States");
  Stopwatch watch;
  const UsMap map = read_us_map(data + "/us_states.txt");
  Network network = load_network(data + "/us_map.safetensors");
  const std::size_t operands = network.operands.size();
  const Colourings colourings(std::move(network), map.states.size());
  t.say(concat(map.states.size(), " states, ", map.borders.size(), " borders, ", operands,
               " tensors in one network file,\nread and planned in ", watch.text()));
  const Graph graph = read_graph(data + "/us_states.txt");
  const std::vector<int> order = sweep_order(data + "/us_states.txt", graph);
  const int missouri = map.index_of("MO");
  Picture picture{.borders = map.borders.size(), .operands = operands};
  show_count(t, colourings, graph, order, picture.count);

  t.title("With Missouri's colour fixed, which colours do the others have?");
  watch = {};
  const Marginals marginals = colourings.marginals(missouri);
  t.say(concat("the colours of all states from one gradient, ", watch.text()));
  t.checks({{"a fourth of all", 4 * marginals.colourings == picture.count},
            {"each state's counts add up", sums_are_right(marginals)}});
  watch = {};
  const bool right = marginals_are_right(marginals, graph, order, missouri);
  t.check("a frontier sweep for every state agrees, " + watch.text(), right);
  picture.shares = share_tiles(map, marginals, missouri);
  t.out() << "\n   The share of colourings in which a state has Missouri's colour\n\n"
          << draw_tiles(picture.shares, t.style()) << '\n'
          << legend(t.style()) << '\n';

  t.title("One colouring, drawn so that each is equally likely");
  watch = {};
  const std::vector<int> colours = colourings.draw(missouri, kSeed);
  t.say(concat("47 gradients, ", watch.text()));
  t.check("no border has one colour on both sides", is_proper(map, colours));
  picture.colouring = colouring_tiles(map, colours, missouri);
  t.out() << '\n' << draw_tiles(picture.colouring, t.style());
  picture.colour_sizes.assign(4, 0);
  for (const int colour : colours) ++picture.colour_sizes[static_cast<std::size_t>(colour)];
  t.out() << '\n';
  t.say("The picture of both: " + write_picture(picture, out));
}

}  // namespace ricci::examples
