// serene.hpp alone, and every member of its classes instantiated.
#include <serene/serene.hpp>

int main() {
  serene::Model model("model.safetensors");
  serene::Engine engine(model, SERENE_DEVICE_CPU, 1);
  const serene::RecordingScore recording = engine.score_recording({}, 2, 44100, {.hop = 1, .channel = 0});
  const serene::Results results = engine.run({});
  if (results.values(0, "posterior").size() + results.flags(0) + results.label(0, "posterior").size() > 0)
    return 1;
  if (model.can_run() && !model.output_specs().empty()) return 1;
  return static_cast<int>(recording.windows.size() + engine.score({}).size() + engine.enhance({}).size() +
                          model.labels().size());
}
