// serene-bench-profile: on the CPU or a GPU.
#include "bench/profile/profile_main.h"

int main(int argc, char** argv) { return serene::bench::profile_main(argc, argv, "cpu"); }
