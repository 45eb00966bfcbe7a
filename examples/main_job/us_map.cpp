#include "examples/main_job/us_map.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

struct Line {
  State state;
  std::vector<std::string> borders;
};

Line parse_line(const std::string& text, const std::string& path) {
  std::istringstream words(text);
  Line line;
  words >> line.state.code >> line.state.row >> line.state.column;
  std::string word;
  while (words >> word && word != "=") line.borders.push_back(word);
  std::getline(words >> std::ws, line.state.name);
  if (!words) fail<DataError>(path, ": '", text, "' is not 'code row column borders... = name'");
  return line;
}

std::vector<Line> read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) fail<DataError>("can't read ", path, "\n  give the folder of us_states.txt with --data");
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);)
    if (!text.empty() && text[0] != '#') lines.push_back(parse_line(text, path));
  return lines;
}

Tensor different_colours(int colours) {
  return subtract(ones({colours, colours}, {.dtype = DType::i64}), eye(colours, colours, {.dtype = DType::i64}));
}

}  // namespace

int UsMap::index_of(const std::string& code) const {
  const auto at = std::find_if(states.begin(), states.end(), [&](const State& state) { return state.code == code; });
  if (at == states.end()) fail<DataError>("no state has the code '", code, "'");
  return static_cast<int>(at - states.begin());
}

UsMap read_us_map(const std::string& path) {
  const std::vector<Line> lines = read_lines(path);
  UsMap map;
  for (const Line& line : lines) map.states.push_back(line.state);
  for (const Line& line : lines)
    for (const std::string& code : line.borders) {
      const int here = map.index_of(line.state.code), there = map.index_of(code);
      const auto& back = lines[static_cast<std::size_t>(there)].borders;
      if (std::find(back.begin(), back.end(), line.state.code) == back.end())
        fail<DataError>(path, ": ", line.state.code, " borders ", code, ", but not the other way round");
      if (here < there) map.borders.emplace_back(here, there);
    }
  return map;
}

Network colouring_network(const UsMap& map, int colours) {
  const auto label = [&](int state) { return "{" + map.states[static_cast<std::size_t>(state)].code + "}"; };
  const Tensor border = different_colours(colours), free = ones({colours}, {.dtype = DType::i64});
  Network network;
  for (const auto& [a, b] : map.borders) {
    network.equation += label(a) + label(b) + ",";
    network.operands.push_back(border);
  }
  for (int state = 0; state < static_cast<int>(map.states.size()); ++state) {
    network.equation += label(state) + (state + 1 < static_cast<int>(map.states.size()) ? "," : "->");
    network.operands.push_back(free);
  }
  network.name = "US map";
  network.comment = concat("The number of proper ", colours, "-colourings of the 48 contiguous states of the USA (",
                           map.borders.size(), " borders). One matrix a border, then one vector a state.");
  return network;
}

}  // namespace ricci::examples
