// A pickle, by itself.
#include "converter/unpickler.h"

#include "kernels/common/error.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  try {
    size_t end = 0;
    const serene::converter::Pickle pickle = serene::converter::unpickle(as_bytes(data, size), "p", &end);
    require(pickle.root != nullptr, "a pickle has a value");
    require(end > 0 && end <= size, "a pickle ends in its bytes");
  } catch (const serene::Error& error) {
    require(error.kind() == serene::ErrorKind::model, "a bad pickle is the model's error");
  }
  return 0;
}
