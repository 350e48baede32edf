"""What training hears, and the ratios it is told."""

import numpy as np
import pytest

from serene_training import acoustics, levels
from serene_training.corpus import Corpus
from serene_training.variants import NoiseSources, plain, stretches_db, variant
from serene_training.wide_noise import WideNoise, slope


def sine(frequency: float, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(int(16000 * seconds)) / 16000)).astype(np.float32)


def sources() -> NoiseSources:
    noise = np.random.default_rng(1).integers(-3000, 3000, 96000).astype(np.int16)
    held_out = np.full(32000, 30000, np.int16)
    names = ["noise/snsd_0001.ogg", "noise/snsd_0442.ogg", "noise/snsd_0443.ogg"]
    starts = np.array([0, 48000, 96000, 128000])
    return NoiseSources([Corpus(np.concatenate([noise, held_out]), starts, names)], [1.0])


def test_pauses_do_not_change_the_speech_level() -> None:
    speech = sine(200)
    paused = np.concatenate([np.zeros(16000, np.float32), speech, 1e-3 * sine(300)])
    assert levels.active_power(speech) == pytest.approx(0.125, rel=1e-3)
    assert levels.active_power(paused) == pytest.approx(0.125, rel=1e-3)
    assert levels.snr_db(paused, np.full(48000, 0.01, np.float32)) == pytest.approx(
        10 * np.log10(0.125 / 1e-4), abs=0.01
    )


def test_silence_has_no_ratio() -> None:
    nothing = np.zeros(16000, np.float32)
    assert levels.active_power(nothing) == 0
    assert levels.active_power(np.ones(319, np.float32)) == 0
    assert np.isnan(levels.snr_db(nothing, sine(200)))
    assert np.isnan(levels.snr_db(sine(200), nothing))


def test_a_level_3_db_down_is_active_and_20_db_down_is_not() -> None:
    loud, soft, faint = sine(200), 10 ** (-3 / 20) * sine(200), 0.1 * sine(200)
    assert levels.active_power(np.concatenate([loud, soft])) == pytest.approx(0.125 * (1 + 10**-0.3) / 2, rel=1e-3)
    assert levels.active_power(np.concatenate([loud, faint])) == pytest.approx(0.125, rel=1e-3)


def test_held_out_noise_is_not_drawn() -> None:
    drawn = [sources().draw(4000, np.random.default_rng(seed)) for seed in range(40)]
    assert max(float(noise.max()) for noise in drawn) < 0.1


def test_a_variant_is_the_same_again_and_another_by_number() -> None:
    speech = sine(220, 2)
    first, again, other = (variant(speech, "a.ogg", n, sources()) for n in (0, 0, 1))
    assert np.array_equal(first.samples, again.samples)
    assert len(first.samples) != len(other.samples)


def test_variants_cover_the_range_of_ratios_and_levels() -> None:
    speech = sine(220, 1)
    every = [variant(speech, f"{i}", 0, sources()) for i in range(60)]
    ratios = np.array([v.snr_db for v in every])
    assert np.isnan(ratios).mean() == pytest.approx(0.2, abs=0.15)
    known = ratios[~np.isnan(ratios)]
    assert known.min() < 3
    assert known.max() > 22
    assert all(float(np.abs(v.samples).max()) < 1.2 for v in every)
    lengths = [len(v.samples) / len(speech) for v in every]
    assert min(lengths) < 0.94
    assert max(lengths) > 1.06
    assert max(lengths) < 1.12


def test_without_speech_a_variant_is_noise() -> None:
    found = variant(np.zeros(16000, np.float32), "n", 3, sources())
    assert np.isnan(found.snr_db)
    assert float(np.mean(found.samples**2)) > 0


def test_a_telephone_band() -> None:
    for frequency, passes in ((100, False), (1000, True), (6000, False)):
        power = float(np.mean(acoustics.band_limited(sine(frequency), 300, 3400)[4000:] ** 2))
        assert (power > 0.11) if passes else (power < 0.125 * 1e-3)


def test_a_room_keeps_length_and_adds_a_tail() -> None:
    click = np.zeros(8000, np.float32)
    click[100] = 1
    wet = acoustics.in_room(click, 0.3, 6.0, np.random.default_rng(1))
    assert len(wet) == 8000
    assert wet[100] == pytest.approx(1.0, abs=1e-4)
    assert float(np.sum(wet[101:] ** 2)) == pytest.approx(10**-0.6, rel=0.05)


def test_mp3_keeps_the_place_in_time() -> None:
    rng = np.random.default_rng(1)
    clip = acoustics.band_limited((0.3 * rng.standard_normal(32000)).astype(np.float32), 0, 3000)
    decoded = acoustics.through_mp3(clip, 0.3)
    assert len(decoded) == len(clip)
    assert np.corrcoef(clip[2000:-2000], decoded[2000:-2000])[0, 1] > 0.9


def test_ratios_by_stretch() -> None:
    speech = np.concatenate([np.full(1280, 0.1), np.zeros(1280), np.full(640, 0.1)]).astype(np.float32)
    noise = np.concatenate([np.full(2560, 0.01), np.zeros(640)]).astype(np.float32)
    found = stretches_db(speech, noise)
    assert found[:2].tolist() == pytest.approx([20.0, -60.0], abs=0.01)
    assert found[2] == 60.0  # speech alone, in a short last stretch
    assert np.isnan(stretches_db(speech, np.zeros_like(noise))).all()  # nothing was added: nothing is known
    assert np.isnan(stretches_db(np.zeros_like(speech), noise)[2])


def test_wide_noise_is_sound_and_the_same_again() -> None:
    voices = Corpus((8000 * sine(150, 4)).astype(np.int16), np.array([0, 64000]), ["librispeech/x.ogg"])
    plain = sources()
    wide = WideNoise(plain.corpora, plain.weights, voices)
    for seed in range(40):
        noise, again = (wide.draw(8000, np.random.default_rng(seed)) for _ in range(2))
        assert noise.shape == (8000,) and noise.dtype == np.float32
        assert np.isfinite(noise).all() and float(np.mean(noise**2)) >= 1e-9
        assert np.array_equal(noise, again)


def test_slopes_fall_as_they_are_told() -> None:
    rng = np.random.default_rng(1)
    for exponent in (0.0, 1.0, 2.0):
        power = np.abs(np.fft.rfft(slope(160000, exponent, rng))) ** 2
        low, high = power[2000:4000].mean(), power[20000:40000].mean()  # ten times the frequency
        assert 10 * np.log10(low / high) == pytest.approx(10 * exponent, abs=0.5)


def test_a_plain_recording_is_itself_and_noise() -> None:
    speech = 0.2 * sine(220, 2)
    for number in range(6):
        found = plain(speech, "a.ogg", number, sources())
        assert np.array_equal(found.samples, plain(speech, "a.ogg", number, sources()).samples)
        assert len(found.samples) == len(speech)
        gain = float(np.dot(found.samples, speech) / np.dot(speech, speech))  # 1, or less where the sum would clip
        noise = found.samples - np.float32(gain) * speech
        assert found.snr_db == pytest.approx(levels.snr_db(np.float32(gain) * speech, noise), abs=0.5)
        assert -6 <= found.snr_db <= 31
