// score_cpp MODEL CLIP: the posterior of a clip of raw samples (float, 16 kHz, mono, [-1, 1]), as in score.c.
#include <cmath>
#include <cstdio>
#include <serene/serene.hpp>
#include <string>
#include <vector>

#include "samples.hpp"

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s MODEL CLIP\n", argv[0]);
    return 2;
  }
  const serene::Model model(argv[1]);
  serene::Engine engine(model);
  const std::vector<float> samples = read_samples(argv[2]);  // (N)
  const serene_clip clip{samples.data(), samples.size()};
  const serene::Score score = engine.score({&clip, 1}).at(0);

  const std::vector<std::string> labels = model.labels();
  for (size_t k = 0; k < labels.size(); ++k) {
    std::printf("%s %.9g\n", labels[k].c_str(), static_cast<double>(score.posterior[k]));
  }
  if (!std::isnan(score.coefficient)) {  // of a model that enhances; the default does not
    std::printf("coefficient %.9g\n", static_cast<double>(score.coefficient));
  }
} catch (const std::exception& error) {  // serene::Failure, or the file's
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
