"""Hidden states and the clips of a recording, of the default model."""

import numpy as np
import pytest
from numpy.typing import NDArray

import serene


@pytest.fixture(scope="module")
def default() -> serene.Model:
    return serene.load(threads=2)


def test_states_are_frames_of_the_encoder(default: serene.Model, noise: NDArray[np.float32]) -> None:
    assert (default.state_count, default.state_width) == (4, 512)
    clips = [noise[:4000], noise[:321], noise[:1]]
    together = default.states(clips, 3)
    # 320 samples a frame, the last filled up.
    assert [states.shape for states in together] == [(13, 512), (2, 512), (1, 512)]
    assert together[0].dtype == np.float32
    for clip, states in zip(clips, together, strict=True):
        np.testing.assert_array_equal(default.states(clip), states)
        assert not np.array_equal(default.states(clip, 0), states)
    assert default.states([]) == []


def test_rows_are_means_of_frames(default: serene.Model, noise: NDArray[np.float32]) -> None:
    frames = default.states(noise[:4000], 1).astype(np.float64)
    groups = np.stack([frames[i : i + 4].mean(0) for i in range(0, len(frames), 4)])
    states = default.states(noise[:4000], 1, group_size=4)
    assert states.shape == (4, 512)
    np.testing.assert_allclose(states, groups, rtol=1e-5, atol=1e-6)


def test_states_that_are_not_there(default: serene.Model, noise: NDArray[np.float32]) -> None:
    with pytest.raises(serene.Error, match="state 4: the model's encoder has 0 to 3"):
        default.states(noise, 4)
    with pytest.raises(serene.Error, match="means of 0 frames: wanted 1 to 1000"):
        default.states(noise, group_size=0)
    with pytest.raises(serene.Error) as caught:
        serene.load("trnet").states(noise)
    assert caught.value.status is serene.Status.UNSUPPORTED


def test_a_recording_is_cut_as_it_is_scored(default: serene.Model, noise: NDArray[np.float32]) -> None:
    sound = np.resize(noise, 3 * 22050)
    recording = np.concatenate([sound, np.zeros(3 * 22050, np.float32), sound])
    score = default.score_recording(recording, 22050, window=1, hop=0.5)
    clips = default.cut_recording(recording, 22050, window=1, hop=0.5)
    assert len(clips) == len(score.windows) > 4
    for clip, window in zip(clips, score.windows, strict=True):
        assert (clip.start, clip.seconds) == (window.start, window.seconds)
        np.testing.assert_array_equal(default.run(clip.samples)["emotion"], window.outputs["emotion"])
    assert default.cut_recording(np.zeros(16000, np.float32), 16000) == []
