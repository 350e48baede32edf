// serene.hpp alone, and every member of its classes instantiated.
#include <serene/serene.hpp>

int main() {
  serene::Model model("model.safetensors");
  serene::Engine engine(model, SERENE_DEVICE_CPU, 1);
  return static_cast<int>(engine.score({}).size() + engine.enhance({}).size() + model.labels().size());
}
