// A zip archive, by itself.
#include "converter/zip_reader.h"

#include "kernels/common/error.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  const auto bytes = as_bytes(data, size);
  try {
    const serene::converter::ZipReader zip(serene::weights::in_memory(bytes, "z"));
    for (const auto& [name, entry] : zip.entries()) {
      require(entry.begin <= size && entry.size <= size - entry.begin, "an entry lies in the archive");
      require(zip.read(name).size() == entry.size, "an entry is read in full");
    }
  } catch (const serene::Error& error) {
    require(error.kind() == serene::ErrorKind::model, "a bad archive is the model's error");
  }
  return 0;
}
