// Writes us_map.safetensors from us_states.txt: make_us_map STATES.txt NETWORK.safetensors
#include <iostream>

#include "examples/main_job/us_map.h"
#include "ricci/base/error.h"

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: ricci_make_us_map STATES.txt NETWORK.safetensors\n";
    return 2;
  }
  try {
    const ricci::Network network = ricci::examples::colouring_network(ricci::examples::read_us_map(words[1]), 4);
    ricci::save_network(words[2], network);
    std::cout << words[2] << ": " << network.operands.size() << " operands\n";
  } catch (const ricci::Error& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
