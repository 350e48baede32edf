#pragma once

namespace serene::bench {

// The program; `device` is what it runs on unless told otherwise.
int profile_main(int argc, char** argv, const char* device);

}  // namespace serene::bench
