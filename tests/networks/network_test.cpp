#include "ricci/networks/network.h"

#include <sys/stat.h>

#include "ricci/io/load.h"
#include "tests/io/helpers.h"

namespace ricci::networks::test {
namespace {

using namespace io::test;

Network small_network() {
  Network network;
  network.equation = "{left}j,jk,jk->{left}k{wide}";
  network.sizes = {{"wide", 3}};
  network.semiring = Semiring::max_plus;
  network.name = "a small one";
  network.comment = "with a matrix used twice, and \"quotes\"";
  const Tensor shared = random_tensor({4, 5}, DType::f64, 2);
  network.operands = {make_view(random_tensor({4, 2}, DType::f64, 1), {2, 4}, {1, 2}, 0), shared, shared};
  return network;
}

void expect_same_text(const NetworkText& a, const NetworkText& b) {
  EXPECT_EQ(a.equation, b.equation);
  EXPECT_EQ(a.sizes, b.sizes);
  EXPECT_EQ(a.semiring, b.semiring);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.comment, b.comment);
}

TEST(Network, RoundTrips) {
  const Folder folder;
  const Network network = small_network();
  save_network(folder / "n.safetensors", network);
  const Network back = load_network(folder / "n.safetensors");
  expect_same_text(back, network);
  ASSERT_EQ(back.operands.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) expect_same(back.operands[i], network.operands[i]);
  EXPECT_EQ(back.operands[1].impl(), back.operands[2].impl());
}

TEST(Network, InfoWithoutData) {
  const Folder folder;
  save_network(folder / "n.safetensors", small_network());
  const NetworkInfo info = read_network_info(folder / "n.safetensors");
  expect_same_text(info, small_network());
  ASSERT_EQ(info.operands.size(), 3u);
  EXPECT_EQ(info.operands[0].shape, (Shape{2, 4}));
  EXPECT_EQ(info.tensor_bytes, (2 * 4 + 4 * 5) * 8);  // the shared one once
}

// Nobody writes to it: whoever waited for a writer would wait for ever.
TEST(Network, APipeIsRefusedWhereItWouldBeReadTwice) {
  const Folder folder;
  const std::string pipe = folder / "pipe.safetensors";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_HAS(message_of([&] { read_network_info(pipe); }), "is a pipe");
}

TEST(Network, AThousandTensorsInOrder) {
  const Folder folder;
  Network network;
  std::string output;
  for (int i = 0; i < 1000; ++i) {
    network.equation += concat(i == 0 ? "" : ",", "{x", i, "}{x", i + 1, "}");
    network.operands.push_back(random_tensor({2 + i % 3, 2 + (i + 1) % 3}, DType::f32, static_cast<unsigned>(i)));
  }
  network.equation += "->{x0}{x1000}";
  save_network(folder / "chain.safetensors", network);
  const Network back = load_network(folder / "chain.safetensors");
  EXPECT_EQ(back.equation, network.equation);
  ASSERT_EQ(back.operands.size(), 1000u);
  for (std::size_t i = 0; i < 1000; ++i) expect_same(back.operands[i], network.operands[i]);
}

TEST(Network, APathComesBack) {
  const Folder folder;
  Network network = small_network();
  network.path = {{1, 2}, {0, 1}};
  save_network(folder / "n.safetensors", network);
  EXPECT_EQ(load_network(folder / "n.safetensors").path, network.path);
  EXPECT_EQ(read_network_info(folder / "n.safetensors").path, network.path);
  network.path = {{0, 3}};
  save_network(folder / "n.safetensors", network);
  EXPECT_HAS(message_of([&] { load_network(folder / "n.safetensors"); }), "'path'");
}

TEST(Network, AnEquationThatDoesNotFitIsRefusedAndNothingIsLeft) {
  const Folder folder;
  Network network = small_network();
  network.equation = "ij,jk,jl->ik";
  network.operands.pop_back();
  EXPECT_THROW(save_network(folder / "n.safetensors", network), EinsumError);
  EXPECT_EQ(folder.entries(), 0u);
  EXPECT_HAS(message_of([&] { save_network(folder / "n.npz", small_network()); }), ".safetensors");
}

TEST(Network, DamagedMetadataAreRefused) {
  const Folder folder;
  const std::string path = folder / "n.safetensors";
  const std::vector<NamedTensor> tensors{{"0", random_tensor({2, 3}, DType::f32)}};
  const auto refusal = [&](const io::Metadata& metadata) {
    save(path, tensors, metadata);
    return message_of([&] { load_network(path); });
  };
  EXPECT_HAS(refusal({}), "without an equation");
  io::Metadata base{{"format", "ricci-network"}, {"version", "1"}, {"equation", "ij->ji"}, {"operands", "[\"0\"]"}};
  save(path, tensors, base);
  EXPECT_EQ(load_network(path).operands.size(), 1u);
  const auto with = [&](const std::string& key, const std::string& value) {
    io::Metadata changed = base;
    changed[key] = value;
    return refusal(changed);
  };
  EXPECT_HAS(with("version", "2"), "version '2'");
  EXPECT_HAS(with("operands", "[\"1\"]"), "operand '1' is not among");
  for (const char* bad : {"", "{}", "[0]", "[[1]]", "[[-1]]", "[[0.5]]", "[[[0]]]", "[[0]", "[{}]", "[[\"0\"]]"})
    EXPECT_HAS(with("path", bad), "'path' is not a JSON list of steps");
  for (const char* bad : {"", "{}", "[1]", "[[\"0\"]]", "[\"0\"", "\"0\""})
    EXPECT_HAS(with("operands", bad), "'operands'");
  EXPECT_HAS(with("operands", std::string(100000, '[')), "'operands'");
  for (const char* bad : {"[]", "{\"k\":-1}", "{\"k\":1.5}", "{\"k\":{}}", "{\"k\":18446744073709551615}"})
    EXPECT_HAS(with("sizes", bad), "'sizes'");
  EXPECT_HAS(with("semiring", "plus_plus"), "plus_plus");
  EXPECT_HAS(with("equation", "ijk->i"), "does not fit its tensors");
  EXPECT_HAS(with("equation", ""), "does not fit its tensors");
}

}  // namespace
}  // namespace ricci::networks::test
