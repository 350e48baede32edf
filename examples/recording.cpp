// recording_cpp MODEL SAMPLES RATE CHANNELS: the windows and the posterior of a recording of raw samples
// (float, interleaved, [-1, 1]), as in recording.c.
#include <cmath>
#include <cstdio>
#include <serene/serene.hpp>
#include <string>
#include <vector>

#include "samples.hpp"

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s MODEL SAMPLES RATE CHANNELS\n", argv[0]);
    return 2;
  }
  const serene::Model model(argv[1]);
  serene::Engine engine(model);
  const std::vector<float> samples = read_samples(argv[2]);  // (frames, channels)
  const auto rate = static_cast<uint32_t>(std::stoul(argv[3])),
             channels = static_cast<uint32_t>(std::stoul(argv[4]));
  // By default channels are mixed and windows have the model's clip: {.window = 2, .hop = 1, .channel = 0}.
  const serene::RecordingScore recording = engine.score_recording(samples, channels, rate);

  for (const serene::Window& window : recording.windows) {
    std::printf("window %.9g %.9g %s\n", window.start, window.seconds, window.label.c_str());
  }
  const std::vector<std::string> labels = model.labels();
  for (size_t k = 0; k < recording.posterior.size(); ++k) {  // none where nothing has sound
    std::printf("%s %.9g\n", labels[k].c_str(), static_cast<double>(recording.posterior[k]));
  }
  if (!std::isnan(recording.coefficient)) {
    std::printf("coefficient %.9g\n", static_cast<double>(recording.coefficient));
  }
  std::printf("silent_share %.9g\n", recording.silent_share);
} catch (const std::exception& error) {  // serene::Failure, or the file's
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
