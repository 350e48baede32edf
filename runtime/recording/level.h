// Recordings brought to one level before they are scored: a model trained at one hears another one in them.
// Levels are of the frames with sound (sound_windows.h), in dB of full scale (RMS); without sound not finite.
#pragma once

namespace serene::runtime {

// The factor that brings sound of `own` level to `level`; 1 where there is no sound.
float gain_to(double level, double own);
// Sound of `own` level, once it is multiplied by `gain`, is quieter than what labels of TRNet
// hold for, see docs/models.md; silence is not.
bool is_quiet(double own, float gain);

}  // namespace serene::runtime
