"""Trains the enhancer: python -m serene_training.train_enhancer --data DIR --run DIR

Goes on where a run was cut. The learning rate rises over 200 steps and stays; --cooldown N lets it fall to nothing
over the next N steps and writes RUN/enhancer.pt, a state_dict for serene-convert.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from serene_reference.cmgan import Cmgan
from torch import nn
from tqdm import tqdm

from serene_training import fused_attention, state
from serene_training.average import Average
from serene_training.enhancement_data import Mixtures
from serene_training.enhancement_loss import enhancement_loss

WARM_UP = 200
SAVE_EVERY_S = 120.0
VALIDATE_EVERY = 500
VALIDATION_BATCHES = 6


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with speech/, noise/ and esc10/")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run's state, log and result")
    parser.add_argument("--cache", type=Path, help="where decoded audio is kept (RUN/../cache)")
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--tscbs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2, help="segments of two seconds a step")
    parser.add_argument("--steps", type=int, default=100000, help="stop after so many")
    parser.add_argument("--cooldown", type=int, default=0, help="let the rate fall over so many steps, then stop")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


@torch.no_grad()
def validate(net: Cmgan, weights: Average, mixtures: Mixtures, args: argparse.Namespace) -> float:
    """Mean loss of the averaged weights over mixtures that are the same each time."""
    judged = Cmgan(args.channels, args.tscbs).to(args.device).eval()
    judged.load_state_dict(weights.values)
    losses = []
    for i in range(VALIDATION_BATCHES):
        noisy, wanted = (x.to(args.device) for x in mixtures.batch(4, 0, i))
        losses.append(enhancement_loss(judged, noisy, wanted).item())
    return sum(losses) / len(losses)


def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.device == "cpu":
        fused_attention.install()
    cache = args.cache or args.run.parent / "cache"
    args.run.mkdir(parents=True, exist_ok=True)
    training, validation = (Mixtures(args.data, cache, training=which) for which in (True, False))

    net = Cmgan(args.channels, args.tscbs, dropout=0.0).to(args.device).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    average, step, cooled = Average(net), 0, 0
    saved = state.load(args.run / "state.pt")
    if saved is not None:
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average.values, step, cooled = saved["average"], saved["step"], saved["cooled"]

    def save() -> None:
        content = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average.values}
        state.save(
            args.run / ("cooldown.pt" if args.cooldown else "state.pt"), content | {"step": step, "cooled": cooled}
        )

    log = (args.run / "log.jsonl").open("a")
    last_save, losses = time.monotonic(), []
    end = step + args.cooldown if args.cooldown else args.steps
    bar = tqdm(initial=step, total=end, mininterval=10)
    while step < end:
        rate = args.rate * min(1.0, (step + 1) / WARM_UP)
        if args.cooldown:
            cooled += 1
            rate *= 0.5 * (1 + math.cos(math.pi * cooled / args.cooldown))
        for group in optimiser.param_groups:
            group["lr"] = rate
        noisy, wanted = (x.to(args.device) for x in training.batch(args.batch, args.seed, step))
        loss = enhancement_loss(net, noisy, wanted)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        average.update(net, step)
        losses.append(loss.item())
        step += 1
        bar.update()
        if step % 50 == 0 or step == end:
            line = {"step": step, "loss": sum(losses) / len(losses), "rate": rate}
            if step % VALIDATE_EVERY == 0 or step == end:
                line["validation"] = validate(net, average, validation, args)
            log.write(json.dumps(line) + "\n")
            log.flush()
            losses = []
        if time.monotonic() - last_save > SAVE_EVERY_S or step == end:
            save()
            last_save = time.monotonic()
    torch.save(average.values, args.run / "enhancer.pt")


if __name__ == "__main__":
    main()
