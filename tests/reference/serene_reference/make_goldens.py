"""Makes the checkpoints and reference tensors of tests/golden anew.

python -m serene_reference.make_goldens --models weights --out tests/golden

Weights are float32, all results are computed in float64 and stored as float32: what differs from them is the
rounding of whoever compares, not ours.
"""

import argparse
import importlib.metadata
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from serene_reference import synth
from serene_reference.bigru import BigruPool
from serene_reference.chain import chain
from serene_reference.checkpoint import (
    load_bigru,
    load_cmgan,
    load_model,
    load_snr,
    load_trnet,
    load_whisper,
    load_whisper_model,
)
from serene_reference.cmgan import Cmgan
from serene_reference.encoder_goldens import make_encoders
from serene_reference.features import fbank
from serene_reference.files import write
from serene_reference.fit import parse
from serene_reference.nrser_goldens import make_nrser
from serene_reference.pickled import save_module
from serene_reference.snr import SnrHead
from serene_reference.taps import cmgan_tensors, head_tensors, trnet_tensors, whisper_tensors
from serene_reference.trnet import Trnet
from serene_reference.weights import calibrate, perturb, spread_coefficient
from serene_reference.whisper import WhisperEncoder

FLOAT64 = torch.float64
FLUSH = 1e-12


def metadata(**entries: str) -> dict[str, str]:
    """What every file says of itself, and more."""
    common = {
        "made_with": f"serene_reference, PyTorch {importlib.metadata.version('torch')}, CPU",
        "precision": "computed in float64, stored as float32",
    }
    return common | entries


# Checkpoints


def cmgan(channels: int, tscbs: int) -> Cmgan:
    net = Cmgan(channels, tscbs)
    perturb(net)
    return net


def trnet(
    encoder: str, widths: list[int], embedding: int, classes: int, *, alike: float | None = None, bridge: bool = True
) -> Trnet:
    """`alike` is the coefficient of a clip that enhancement does not change; None: neither blend nor bridge."""
    blend = alike is not None
    net = Trnet(encoder, widths, embedding, embedding // 2, classes, blend=blend, bridge=blend and bridge)
    perturb(net)
    if net.front_model is not None and alike is not None:
        spread_coefficient(net.front_model.fc, alike)
    clips = [synth.clip(16000, seed) for seed in range(60, 64)]
    calibrate(net, fbank(torch.stack([*clips, *map(synth.gated, clips)]).float()))
    return net


def whisper(mels: int, width: int, heads: int, layers: int, positions: int) -> WhisperEncoder:
    net = WhisperEncoder(mels, width, heads, layers, positions)
    perturb(net)
    return net.half()


def snr_head(width: int) -> SnrHead:
    """With powers that differ from frame to frame."""
    net = SnrHead(width, 10, 6)
    with torch.no_grad():
        net.power.weight *= 12
    return net


def beside(head: BigruPool, snr: SnrHead) -> BigruPool:
    """Two heads in one state_dict."""
    head.add_module("quality", snr)
    return head


CHECKPOINTS: dict[str, Callable[[], nn.Module]] = {
    "cmgan_c8": lambda: cmgan(8, 2),
    "cmgan_c12": lambda: cmgan(12, 1),
    "trnet_cnn6_small": lambda: trnet("cnn6", [8, 16, 32, 64], 32, 4, alike=0.9),
    "trnet_residual": lambda: trnet("residual", [8, 16, 32, 64], 64, 4, alike=1.05),
    "trnet_residual_nobridge": lambda: trnet("residual", [4, 8, 12, 20], 20, 3, alike=0.8, bridge=False),
    "trnet_baseline_cnn6": lambda: trnet("cnn6", [4, 8, 12, 20], 16, 5),
    "whisper_encoder_m80": lambda: whisper(80, 16, 2, layers=2, positions=50),
    "whisper_encoder_m128": lambda: whisper(128, 24, 3, layers=3, positions=60),
    "bigru_pool_one": lambda: BigruPool(16, 6, depth=1, attention=8, hops=1, hidden=10, classes=4),
    "bigru_pool_mix": lambda: BigruPool(24, 5, depth=2, attention=7, hops=3, hidden=9, classes=5, states=4),
    "bigru_pool_front": lambda: BigruPool(
        16, 6, depth=1, attention=8, hops=1, hidden=10, classes=4, frame_pool=4, project=12
    ),
    "snr_head_alone": lambda: nn.ModuleDict({"quality": snr_head(16)}),
    "snr_head_beside": lambda: beside(
        BigruPool(24, 5, depth=1, attention=7, hops=2, hidden=9, classes=4), snr_head(24)
    ),
}


def same_state(path: Path, state: Mapping[str, Tensor]) -> bool:
    if not path.exists():
        return False
    old = torch.load(path, weights_only=True)
    return old.keys() == state.keys() and all(torch.equal(old[name], state[name]) for name in state)


def save_as_openai(path: Path, net: WhisperEncoder) -> None:
    """With a tensor of a decoder, which nobody here computes."""
    state = {f"encoder.{name}": value for name, value in net.state_dict().items()}
    state["decoder.positional_embedding"] = torch.zeros(4, net.width, dtype=torch.float16)
    torch.save({"dims": net.dims(), "model_state_dict": state}, path)


def make_checkpoints(out: Path) -> None:
    for name, build in CHECKPOINTS.items():
        torch.manual_seed(zlib.crc32(name.encode()))
        net = build().eval()
        state = net.state_dict()
        if isinstance(net, WhisperEncoder):
            save_as_openai(out / f"{name}.pt", net)
            continue
        torch.save(state, out / f"{name}.pt")
        if name == "cmgan_c8":
            # The old format numbers tensors by their addresses: rewritten only where its content is another.
            legacy = out / "cmgan_c8_legacy.pt"
            if not same_state(legacy, state):
                torch.save(state, legacy, _use_new_zipfile_serialization=False)
        if name == "trnet_cnn6_small":
            save_module(net, out / "trnet_cnn6_small_module.pt")


# Tensors


def enhancement(
    out: Path, name: str, checkpoint: str, pcm: Tensor, *, inside: bool = False, whole: bool = True
) -> None:
    """`inside` adds taps, `whole` the spectrum and the estimate."""
    net = load_cmgan(out / checkpoint).double()
    tensors = cmgan_tensors(net, pcm, inside=inside, flush=FLUSH)
    if not whole:
        tensors = {"out.pcm": tensors["out.pcm"]}
    write(
        out / f"{name}.safetensors", {"in.pcm": pcm, **tensors}, metadata(checkpoint=checkpoint, samples=str(len(pcm)))
    )


def recognition(
    out: Path, name: str, checkpoint: str, inputs: dict[str, Tensor], leave_out: tuple[str, ...] = ()
) -> None:
    net = load_trnet(out / checkpoint).double()
    noisy = inputs["in.fbank_noisy"]
    tensors = trnet_tensors(net, noisy, inputs.get("in.fbank_enhanced", noisy))
    tensors = {key: value for key, value in tensors.items() if key not in leave_out}
    entries = metadata(checkpoint=checkpoint, frames=str(noisy.shape[1]))
    write(out / f"{name}.safetensors", inputs | tensors, entries)


def single(x: Tensor) -> Tensor:
    """Rounded to what the file will hold, where a result is the next step's input."""
    return x.float().double()


def batch_inputs() -> dict[str, Tensor]:
    """Three half-second pairs: enhanced, the same (c at its largest), and enhanced to nothing (c clamped to 0)."""
    noisy = torch.stack([synth.clip(8000, seed, level=0.05) for seed in (11, 12, 13)])
    enhanced = torch.stack([synth.gated(synth.clip(8000, 11, level=0.001)), noisy[1], torch.zeros(8000, dtype=FLOAT64)])
    return {
        "in.pcm_noisy": noisy,
        "in.pcm_enhanced": enhanced,
        "in.fbank_noisy": single(fbank(noisy)),
        "in.fbank_enhanced": single(fbank(enhanced)),
    }


def frames_inputs(frames: int, seed: int) -> dict[str, Tensor]:
    """One pair of features of so many frames."""
    samples = 400 + 160 * (frames - 1)
    noisy, enhanced = synth.clip(samples, seed, level=0.05), synth.gated(synth.clip(samples, seed, level=0.002))
    return {
        "in.fbank_noisy": single(fbank(noisy[None])),
        "in.fbank_enhanced": single(fbank(enhanced[None])),
    }


def chains(enhancer: Cmgan | None, recogniser: Trnet, rule: str, lengths: tuple[int, ...]) -> dict[str, Tensor]:
    """A chain for a clip of each length, numbered."""
    tensors: dict[str, Tensor] = {}
    for i, samples in enumerate(lengths):
        pcm = synth.clip(samples, 40 + i)
        results = {"in.pcm": pcm} | chain(enhancer, recogniser, pcm, rule)
        tensors |= {f"{i}.{key}": value for key, value in results.items()}
    return tensors


def make_chain(out: Path, name: str, se: str | None, ser: str, rule: str, lengths: tuple[int, ...]) -> None:
    enhancer = load_cmgan(out / se).double() if se is not None else None
    tensors = chains(enhancer, load_trnet(out / ser).double(), rule, lengths)
    parts = {"ser": ser, "fit": rule} | ({"se": se} if se is not None else {})
    write(out / f"{name}.safetensors", tensors, metadata(**parts))


def make_model_tensors(out: Path, name: str, model: Path, lengths: tuple[int, ...]) -> None:
    """Chains of a model file, and a quarter of a second enhanced; it is named in the metadata without its folder."""
    enhancer, recogniser, rule = load_model(model)
    tensors = chains(enhancer.double(), recogniser.double(), rule, lengths)
    write(out / f"{name}.safetensors", tensors, metadata(model=model.name))
    pcm = synth.clip(4000, 5)
    enhanced = {"in.pcm": pcm, "out.pcm": cmgan_tensors(enhancer, pcm, inside=False, flush=FLUSH)["out.pcm"]}
    write(out / f"{name}_n4000.safetensors", enhanced, metadata(model=model.name, samples=str(len(pcm))))


def make_encoder(out: Path, name: str, encoder: str, clips: Mapping[int, int], inside: tuple[int, ...]) -> None:
    """Clips by their samples, and to how many each is filled up; those that are `inside` with every tensor."""
    net = load_whisper(out / encoder).double()
    tensors: dict[str, Tensor] = {}
    for i, (samples, whole) in enumerate(clips.items()):
        pcm = synth.clip(samples, 80 + i)
        results = whisper_tensors(net, pcm, whole)
        kept = results if i in inside else {"out.encoder": results["out.encoder"]}
        tensors |= {f"{i}.{key}": value for key, value in ({"in.pcm": pcm} | kept).items()}
    write(out / f"{name}.safetensors", tensors, metadata(encoder=encoder, heads=str(net.heads)))


def make_head(
    out: Path,
    name: str,
    encoder: str,
    head: str,
    state: str,
    rule: str,
    clips: tuple[tuple[int, bool], ...],
    frame_pool: int = 1,
    quality: tuple[int, int] | None = None,
) -> None:
    """`state` as serene-convert takes it; clips by their samples, and whether the rule fills them up.

    `quality` says of a second head in the same checkpoint which state it reads, and how many frames it pools.
    """
    whole = parse(rule)[1]
    number = int(state) if state.isdigit() else -1
    trunk = load_whisper(out / encoder).double()
    alone = quality is None and name.startswith("snr")
    net = load_snr(out / head, frame_pool) if alone else load_bigru(out / head, frame_pool)
    second = (load_snr(out / head, quality[1]).double(), quality[0]) if quality is not None else None
    tensors: dict[str, Tensor] = {}
    for i, (length, filled) in enumerate(clips):
        pcm = synth.clip(length, 90 + i)
        samples = whole if filled else 0
        results = {"in.pcm": pcm} | head_tensors(trunk, net.double(), number, pcm, samples, second)
        tensors |= {f"{i}.{key}": value for key, value in results.items()}
    parts = {"encoder": encoder, "heads": str(trunk.heads), "head": head, "state": state}
    if frame_pool > 1:
        parts["frame_pool"] = str(frame_pool)
    if quality is not None:
        parts |= {"quality_state": str(quality[0]), "quality_frame_pool": str(quality[1])}
    write(out / f"{name}.safetensors", tensors, metadata(fit=rule, **parts))


def make_whisper_model(out: Path, name: str, model: Path, lengths: tuple[int, ...]) -> None:
    """Waveform to posterior by a model file, named in the metadata without its folder."""
    net = load_whisper_model(model)
    encoder, head = net.encoder.double(), net.head.double()
    second = None if net.quality is None else (net.quality[0].double(), net.quality[1])
    tensors: dict[str, Tensor] = {}
    for i, samples in enumerate(lengths):
        pcm = synth.clip(samples, 120 + i)
        results = head_tensors(encoder, head, net.state, pcm, 0, second)
        kept = {key: value for key, value in results.items() if not key.startswith("tap.")}
        tensors |= {f"{i}.{key}": value for key, value in ({"in.pcm": pcm} | kept).items()}
    write(out / f"{name}.safetensors", tensors, metadata(model=model.name))


def make_fbank(out: Path) -> None:
    """The one golden that is not ours: features as kaldi-native-fbank has them."""
    import kaldi_native_fbank as knf

    options = knf.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.frame_opts.window_type = "hamming"
    options.frame_opts.samp_freq = 16000
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 0.0
    options.mel_opts.high_freq = 8000.0
    options.use_energy = False
    options.energy_floor = 0.0
    pcm = torch.cat([synth.clip(6000, 31), torch.zeros(1000, dtype=FLOAT64), synth.clip(1234, 32, level=0.3)])
    oracle = knf.OnlineFbank(options)
    oracle.accept_waveform(16000, (pcm * 32768.0).float().tolist())
    oracle.input_finished()
    features = torch.stack([torch.from_numpy(oracle.get_frame(i)) for i in range(oracle.num_frames_ready)])
    worst = float((features.double() - fbank(pcm[None])[0]).abs().max())
    print(f"fbank: worst difference between kaldi-native-fbank and ours {worst:.2e}")
    assert worst < 1e-3
    oracle_name = f"kaldi-native-fbank {importlib.metadata.version('kaldi-native-fbank')}"
    entries = metadata(made_with=oracle_name, precision="float32", scale="32768")
    write(out / "fbank_kaldi.safetensors", {"in.pcm": pcm, "fbank": features}, entries)


def make_tensors(out: Path, models: Path) -> None:
    enhancement(out, "cmgan_c8_taps", "cmgan_c8.pt", synth.clip(4000, 1), inside=True)
    enhancement(out, "cmgan_c8_odd", "cmgan_c8.pt", synth.clip(3057, 2))
    enhancement(out, "cmgan_c12_odd", "cmgan_c12.pt", synth.clip(3057, 3))
    for samples in (3, 100, 401):
        enhancement(out, f"cmgan_c8_n{samples}", "cmgan_c8.pt", synth.clip(samples, 4), whole=False)
    # Right answers that rounding moves far: kept apart from those that a bound of 1e-4 suits.
    (out / "ill_conditioned").mkdir(exist_ok=True)
    enhancement(out, "ill_conditioned/cmgan_c8_n1", "cmgan_c8.pt", synth.clip(1, 4), whole=False)
    silence = torch.zeros(1600, dtype=FLOAT64)
    enhancement(out, "ill_conditioned/cmgan_c8_silence", "cmgan_c8.pt", silence, whole=False)

    batch = batch_inputs()
    recognition(out, "trnet_cnn6_small_batch", "trnet_cnn6_small.pt", batch)
    recognition(out, "trnet_cnn6_small_t257", "trnet_cnn6_small.pt", frames_inputs(257, 21))
    recognition(out, "trnet_cnn6_small_t17", "trnet_cnn6_small.pt", frames_inputs(17, 22))
    recognition(out, "trnet_residual_batch", "trnet_residual.pt", batch)
    recognition(out, "trnet_residual_t17", "trnet_residual.pt", frames_inputs(17, 22))
    recognition(out, "trnet_residual_t1", "trnet_residual.pt", frames_inputs(1, 23))
    recognition(out, "trnet_residual_nobridge_t33", "trnet_residual_nobridge.pt", frames_inputs(33, 24))
    alone = {"in.fbank_noisy": frames_inputs(50, 25)["in.fbank_noisy"]}
    recognition(out, "trnet_baseline_cnn6_t50", "trnet_baseline_cnn6.pt", alone)

    make_chain(out, "chain_cnn6_tile", "cmgan_c8.pt", "trnet_cnn6_small.pt", "tile:0.5", (3300, 9001))
    make_chain(out, "chain_residual_pad", "cmgan_c8.pt", "trnet_residual.pt", "pad:0.5", (5000, 8100))
    make_chain(out, "chain_nobridge_none", "cmgan_c12.pt", "trnet_residual_nobridge.pt", "none", (1200, 4321))
    make_chain(out, "chain_baseline_none", None, "trnet_baseline_cnn6.pt", "none", (4000, 7777))
    make_model_tensors(out, "trnet_model", models / "trnet.safetensors", (30001, 60000))

    for name in ("default", "small"):
        make_whisper_model(out, f"{name}_model", models / f"{name}.safetensors", (16001, 4801, 1))
    make_whisper_model(out, "international_model", models / "international-noncommercial.safetensors", (9601, 1))
    # The longest clip that there are positions for, filled up to that, and own lengths.
    m80, m128 = "whisper_encoder_m80", "whisper_encoder_m128"
    make_encoder(out, m80, f"{m80}.pt", {5000: 16000, 4801: 0, 1: 0, 16000: 0}, inside=(1, 2))
    make_encoder(out, m128, f"{m128}.pt", {3000: 19200, 2561: 0, 320: 0}, inside=(1,))
    one, mix = "bigru_pool_one", "bigru_pool_mix"
    make_head(out, one, f"{m80}.pt", f"{one}.pt", "1", "pad:1", ((5000, True), (4801, False), (1, False)))
    # Frames that are a multiple of the group, that are not, and one alone.
    front = "bigru_pool_front"
    make_head(out, front, f"{m80}.pt", f"{front}.pt", "1", "none", ((5120, False), (4801, False), (1, False)), 4)
    own = ((5120, False), (4801, False), (1, False))
    make_head(out, "snr_head_alone", f"{m80}.pt", "snr_head_alone.pt", "1", "none", own, 4)
    make_head(out, "snr_head_beside", f"{m128}.pt", "snr_head_beside.pt", "2", "none", own, 2, quality=(0, 3))
    make_head(out, mix, f"{m128}.pt", f"{mix}.pt", "weighted", "pad:1.2", ((3000, True), (2561, False)))
    make_fbank(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, help="folder of the models that come with serene")
    args = parser.parse_args()
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    make_checkpoints(out)
    make_tensors(out, args.models)
    make_encoders(out, metadata)
    make_nrser(out, metadata)
    print(f"{out}: {sum(f.stat().st_size for f in out.rglob('*.*')) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
