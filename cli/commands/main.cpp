#include "cli/commands/app.h"

int main(int argc, char** argv) { return serene::cli::run(argc, argv); }
