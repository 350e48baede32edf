// serene.hpp alone, and every member of its classes instantiated.
#include <serene/serene.hpp>

int main() {
  serene::Model model("model.safetensors");
  serene::Engine engine(model, SERENE_DEVICE_CPU, 1);
  const serene::RecordingScore recording = engine.score_recording({}, 2, 44100, {.hop = 1, .channel = 0});
  return static_cast<int>(recording.windows.size() + engine.score({}).size() + engine.enhance({}).size() +
                          model.labels().size());
}
