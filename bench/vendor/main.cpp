// Own kernels beside the vendor's libraries, on a GPU: the same numbers, and who is faster.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/vendor/gpu_bench.h"

int main(int argc, char** argv) {
  CLI::App app("Compares own kernels with cuBLAS, cuDNN and cuFFT: largest difference, milliseconds, ratio");
  std::string library = "all", precision = "fp32";
  int64_t batch = 1;
  app.add_option("--against", library, "cublas, cudnn, cufft or all")
      ->check(CLI::IsMember({"cublas", "cudnn", "cufft", "all"}));
  app.add_option("--precision", precision, "fp32 or tf32")->check(CLI::IsMember({"fp32", "tf32"}));
  app.add_option("--batch", batch, "clips of 5 s")->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  using namespace serene;
  try {
    cudaStream_t stream = nullptr;
    bench::check_cuda(cudaStreamCreate(&stream));
    const Precision multiply = precision == "tf32" ? Precision::tf32 : Precision::fp32;
    std::vector<bench::Comparison> all;
    const auto add = [&](const char* name, const auto& compare) {
      if (library != "all" && library != name) return;
      for (bench::Comparison& comparison : compare()) all.push_back(std::move(comparison));
    };
    add("cublas", [&] { return bench::against_cublas(batch, multiply, stream); });
#if defined(SERENE_BENCH_CUDNN)
    add("cudnn", [&] { return bench::against_cudnn(batch, multiply, stream); });
#else
    if (library != "cublas" && library != "cufft") std::puts("cudnn: not there when this was built");
#endif
    add("cufft", [&] { return bench::against_cufft(batch, stream); });
    std::printf("%-12s %-26s %-7s %10s %10s %8s %12s\n", "op", "shape", "vendor", "own ms", "vendor ms",
                "ratio", "difference");
    for (const bench::Comparison& c : all) {
      std::printf("%-12s %-26s %-7s %10.4f %10.4f %8.2f %12.2e\n", c.op.c_str(), c.shape.c_str(),
                  c.vendor.c_str(), c.own_ms, c.vendor_ms, c.vendor_ms / c.own_ms, c.worst);
    }
    bench::check_cuda(cudaStreamDestroy(stream));
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "serene-bench-vendor: %s\n", error.what());
    return 4;
  }
}
