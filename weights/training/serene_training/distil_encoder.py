"""Makes an encoder robust to noise, without labels: its blocks after `--low` learn to give, of a recording in noise,
the state that the frozen encoder gives of it clean.

python -m serene_training.distil_encoder --pairs DIR --features DIR --whisper whisper_base.pt --steps 1500 --run DIR \
    --out whisper_base_robust.pt

Trained are low-rank updates of the linear maps, biases and norms. Errors are mean squares in the coordinates that heads
are trained in (`basis`), of pooled frames and of the mean over time, as shares of the untrained encoder's; the loss is
the root of their sum by crop, so that small errors, on clean crops, count. Shards whose number is 9 modulo 10 are for
validation: their errors are logged, those of the crops that are clean apart. OUT has the format of OpenAI's
checkpoint; blocks that no head reads are kept as they are.
"""

import argparse
import json
from pathlib import Path

import torch
from serene_reference.bigru import frame_pool
from serene_reference.whisper.encoder import Block, WhisperEncoder
from torch import Generator, Tensor, nn
from tqdm import tqdm

from serene_training import lora, state
from serene_training.average import Average
from serene_training.basis import Basis
from serene_training.train_head import basis
from serene_training.whisper import Whisper
from serene_training.whisper_features import POOL

BATCH = 8
HELD_BACK = 10  # one shard in so many
PARTS = ("frames", "mean")
CLEAN_ERROR = 0.01  # crops of which the untrained encoder's error is below this share of the mean are clean
SMALLEST = 1e-4  # below it an error no longer counts
SAVE_EVERY = 50


class Student(nn.Module):
    """Blocks of an encoder with updates: the state `low` to the state `last`, pooled and in a basis."""

    origin: Tensor
    directions: Tensor

    def __init__(self, encoder: WhisperEncoder, low: int, last: int, rank: int, coordinates: Basis) -> None:
        super().__init__()
        self.blocks = encoder.blocks[low:last]
        for block in self.blocks:
            lora.replace(block, rank)
        self.register_buffer("origin", coordinates.mean)
        self.register_buffer("directions", coordinates.directions)

    def coordinates(self, pooled: Tensor) -> Tensor:
        return (pooled.float() - self.origin) @ self.directions.T

    def forward(self, low: Tensor) -> Tensor:
        """(B, T, H) to (B, T / POOL, K)."""
        x = low.float()
        with torch.autocast("cpu", torch.bfloat16):
            for block in self.blocks:
                assert isinstance(block, Block)
                x = lora.forward(block, x)
        return self.coordinates(torch.stack([frame_pool(clip, POOL) for clip in x.float()]))

    def errors(self, low: Tensor, target: Tensor) -> Tensor:
        """Of each crop's pooled frames and of their mean, mean squares (B, 2)."""
        wrong = self(low) - self.coordinates(target)
        return torch.stack([wrong.square().mean(dim=(1, 2)), wrong.mean(dim=1).square().mean(dim=1)], dim=1)


class Shards:
    """What distillation_data wrote, all shards that are there."""

    def __init__(self, folder: Path, stem: str) -> None:
        paths = sorted(folder.glob(f"{stem}_*.pt"), key=lambda path: int(path.stem.rsplit("_", 1)[1]))
        every = [(int(p.stem.rsplit("_", 1)[1]), torch.load(p, weights_only=True, mmap=True)) for p in paths]
        self.training = [content for number, content in every if number % HELD_BACK != HELD_BACK - 1]
        self.validation = [content for number, content in every if number % HELD_BACK == HELD_BACK - 1]

    def draw(self, generator: Generator) -> tuple[Tensor, Tensor]:
        """A minibatch, of one shard: its crops are of one length."""
        content = self.training[int(torch.randint(len(self.training), (1,), generator=generator))]
        chosen = torch.randperm(len(content["low"]), generator=generator)[:BATCH]
        return content["low"][chosen], content["target"][chosen]


@torch.no_grad()
def validate(student: Student, shards: Shards) -> Tensor:
    """(crops, 2)."""
    return torch.cat([student.errors(s["low"], s["target"]) for s in shards.validation])


def norm(errors: Tensor) -> Tensor:
    """Of errors (B, 2): the mean of each crop's root."""
    return (errors.mean(dim=1) + SMALLEST).sqrt().mean()


def trained(student: Student) -> dict[str, nn.Parameter]:
    return {name: p for name, p in student.named_parameters() if p.requires_grad}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="folder of distillation_data")
    parser.add_argument("--features", type=Path, required=True, help="of the frozen encoder, for the basis")
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--low", type=int, default=1)
    parser.add_argument("--state", type=int, default=3)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--components", type=int, default=256)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--validate-every", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    whisper = Whisper(args.whisper)
    whisper.net.requires_grad_(False)
    name = args.whisper.stem
    shards = Shards(args.pairs, f"{name}_{args.low}_{args.state}")
    coordinates = basis(args.features, name, args.state, args.components)
    student = Student(whisper.net, args.low, args.state, args.rank, coordinates)
    student.requires_grad_(True)
    average = Average(student, 0.99)
    optimiser = torch.optim.AdamW(trained(student).values(), lr=args.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, args.steps, pct_start=0.1)
    generator = Generator().manual_seed(args.seed)
    save, first = args.run / f"{args.out.stem}.state", 0
    if (saved := state.load(save)) is not None:
        student.load_state_dict(saved["student"])
        average.values = saved["average"]
        optimiser.load_state_dict(saved["optimiser"])
        for _ in range(int(saved["step"])):  # not loaded: --steps may be another number now
            schedule.step()
        generator.set_state(saved["generator"])
        before, clean, first = saved["before"], saved["clean"], int(saved["step"])
    else:
        untrained = validate(student, shards)
        before, clean = untrained.mean(0), untrained[:, 0] < CLEAN_ERROR * untrained[:, 0].mean()
    log = (args.run / f"{args.out.stem}.jsonl").open("a")

    def note(step: int, errors: Tensor, loss: float) -> None:
        says = {"step": step, "loss": round(loss, 4)}
        for name, part in (("all", errors), ("clean", errors[clean])):
            says |= {f"{name} {k}": round(float(e), 4) for k, e in zip(PARTS, part.mean(0) / before, strict=True)}
        log.write(json.dumps(says) + "\n")
        log.flush()

    recent = 0.0
    for step in tqdm(range(first, args.steps), mininterval=20, initial=first, total=args.steps):
        loss = norm(student.errors(*shards.draw(generator)) / before)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update(student, step)
        recent = 0.98 * recent + 0.02 * float(loss.detach()) if step > first else float(loss.detach())
        if (step + 1) % args.validate_every == 0 or step + 1 == args.steps:
            now = {name: value.clone() for name, value in student.state_dict().items()}
            student.load_state_dict(average.values)
            note(step + 1, validate(student, shards), recent)
            student.load_state_dict(now)
        if (step + 1) % SAVE_EVERY == 0:
            content = {"student": student.state_dict(), "average": average.values, "before": before, "step": step + 1}
            content["clean"] = clean
            state.save(save, content | {"optimiser": optimiser.state_dict(), "generator": generator.get_state()})
    student.load_state_dict(average.values)
    lora.merge(student)
    content = torch.load(args.whisper, map_location="cpu", weights_only=True)
    own = {f"encoder.{key}": value.half() for key, value in whisper.net.state_dict().items()}
    content["model_state_dict"] |= {key: value for key, value in own.items() if key in content["model_state_dict"]}
    state.save(args.out, content)


if __name__ == "__main__":
    main()
