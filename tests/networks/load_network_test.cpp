#include <complex>

#include "ricci/networks/cnf.h"
#include "ricci/networks/json_network.h"
#include "ricci/networks/network.h"
#include "ricci/networks/qasm/gates.h"
#include "ricci/networks/qasm/qasm.h"
#include "ricci/networks/uai.h"
#include "tests/io/helpers.h"

namespace ricci::networks::test {
namespace {

using namespace io::test;

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

TEST(LoadNetwork, ChoosesByTheSuffix) {
  const Folder folder;
  write(folder / "f.cnf", "p cnf 2 1\n1 -2 0\n");
  write(folder / "m.uai", "MARKOV 1 3 1 1 0 3 1 2 3");
  write(folder / "c.qasm", "OPENQASM 2.0; qreg q[1]; U(0,0,pi) q[0]; CX q[0],q[0];");
  write(folder / "n.json", R"({"eq": "ij->i", "shapes": [[2, 3]]})");
  EXPECT_EQ(load_network(folder / "f.cnf").equation, "{x1}{x2}->");
  EXPECT_EQ(load_network(folder / "m.uai", {.keep = {0}}).equation, "{v0}->{v0}");
  EXPECT_HAS(message_of([&] { load_network(folder / "c.qasm"); }), "line 1, column 42");
  const Network contraction = load_network(folder / "n.json");
  EXPECT_TRUE(contraction.operands.empty());
  EXPECT_EQ(contraction.absent.at(0).shape, (Shape{2, 3}));
  EXPECT_HAS(message_of([&] { load_network(folder / "n.pkl"); }), ".qasm (OpenQASM 2)");
  EXPECT_FALSE(names_network("ij,jk->ik"));
}

TEST(LoadNetwork, SharesTensorsAndSaysSo) {
  const Folder folder;
  write(folder / "f.cnf", "p cnf 4 3\n1 -2 0 2 -3 0 3 -4 0\n");
  const Network network = load_network(folder / "f.cnf");
  ASSERT_EQ(network.operands.size(), 3u);
  EXPECT_EQ(network.operands[0].impl(), network.operands[2].impl());
  const NetworkInfo info = read_network_info(folder / "f.cnf");
  EXPECT_EQ(info.tensor_bytes, 4 * 8);
  EXPECT_EQ(info.operands[0].name, info.operands[1].name);
}

TEST(LoadNetwork, WhatIsReadCanBeSavedAndReadAgain) {
  const Folder folder;
  write(folder / "m.uai", "MARKOV 2 2 3 2 1 0 2 1 0 2 0.5 2 6 1 2 3 4 5 6");
  const Network network = load_network(folder / "m.uai", {.semiring = Semiring::max_plus});
  save_network(folder / "m.safetensors", network);
  const Network back = load_network(folder / "m.safetensors");
  EXPECT_EQ(back.equation, network.equation);
  EXPECT_EQ(back.semiring, Semiring::max_plus);
  for (std::size_t i = 0; i < 2; ++i) expect_same(back.operands[i], network.operands[i]);
}

TEST(Uai, TheLastVariableIsTheFastest) {
  const Network network = read_uai(memory_file("MARKOV 2 2 3 1 2 1 0 6 1 2 3 4 5 6"), nullptr);
  EXPECT_EQ(network.equation, "{v1}{v0}->");
  EXPECT_EQ(network.operands[0].shape(), (Shape{3, 2}));
  EXPECT_EQ(network.operands[0].data<double>()[3], 4);
  const io::InputFile seen = memory_file("1 1 2");
  EXPECT_EQ(elements_of(read_uai(memory_file("MARKOV 2 2 3 1 2 1 0 6 1 2 3 4 5 6"), &seen).operands[0]),
            elements_of(from_memory(std::vector<double>{5, 6}.data(), {2})));
}

TEST(Cnf, AWideClauseIsAChain) {
  const Network network = read_cnf(memory_file("p cnf 14 1\n1 2 3 4 5 6 7 8 9 10 11 12 13 14 0\n"));
  EXPECT_EQ(network.equation,
            "{x1}{x2}{x3}{x4}{x5}{x6}{c1_1},{c1_1}{x7}{x8}{x9}{x10}{x11}{x12}{c1_2},{c1_2}{x13}{x14}->");
}

TEST(Qasm, EveryStandardGateIsUnitary) {
  int gates = 0;
  for (const char* name :
       {"U",   "u3", "u",    "u2", "u1",   "p",     "u0",  "id",  "x",   "y",   "z",   "h",     "s",   "sdg", "t",
        "tdg", "sx", "sxdg", "rx", "ry",   "rz",    "CX",  "cx",  "cy",  "cz",  "ch",  "csx",   "crx", "cry", "crz",
        "cu1", "cp", "cu3",  "cu", "swap", "iswap", "rxx", "ryy", "rzz", "ccx", "ccz", "cswap", "c3x", "c4x"}) {
    const StandardGate* gate = find_standard_gate(name);
    ASSERT_NE(gate, nullptr) << name;
    const std::vector<double> angles{0.7, -1.3, 2.1, 0.4};
    const Matrix m = gate->matrix(std::span(angles).first(static_cast<std::size_t>(gate->parameters)));
    const std::size_t n = std::size_t{1} << gate->qubits;
    ASSERT_EQ(m.size(), n * n) << name;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        std::complex<double> sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += m[i * n + k] * std::conj(m[j * n + k]);
        EXPECT_NEAR(std::abs(sum - (i == j ? 1.0 : 0.0)), 0, 1e-15) << name;
      }
    ++gates;
  }
  EXPECT_EQ(gates, 44);
  EXPECT_EQ(find_standard_gate("frob"), nullptr);
}

}  // namespace
}  // namespace ricci::networks::test
