#include <chrono>
#include <iostream>
#include "examples/main_job/us_map.h"
#include "examples/main_job/colourings.h"
#include "examples/main_job/lattice.h"
#include "examples/independent/ising.h"
using namespace ricci::examples;
int main(){
 auto t=[]{return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();};
 double a=t();
 auto map=read_us_map(RICCI_EXAMPLES_DATA "/us_states.txt");
 Colourings c(ricci::load_network(RICCI_EXAMPLES_DATA "/us_map.safetensors"), 48);
 std::cout<<t()-a<<" plan\n"; a=t();
 std::cout<<c.count()<<" "<<t()-a<<"\n"; a=t();
 auto m=c.marginals(map.index_of("MO")); std::cout<<m.colourings<<" "<<t()-a<<"\n"; a=t();
 for(int s=0;s<48;s++) std::cout<<map.states[s].code<<" "<<double(m.counts[s][0])/m.colourings<<"  ";
 c.draw(map.index_of("MO"),1); std::cout<<"\ndraw "<<t()-a<<"\n"; a=t();
 auto v=lattice_values(0.44,12,12); std::cout<<v.log_partition<<" "<<v.energy<<" "<<v.heat_capacity<<" "<<t()-a<<"\n"; a=t();
 auto w=ising_by_transfer_matrix(12,12,0.44L); std::cout<<w.log_partition<<" "<<w.energy<<" "<<w.heat_capacity<<" "<<t()-a<<"\n";
}
