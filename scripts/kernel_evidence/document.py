"""docs/kernels.md, written from the evidence."""

from kernel_evidence.build import ARCHITECTURES, Compiled, Op
from kernel_evidence.launches import Launch
from kernel_evidence.occupancy import occupancy

MAIN = "sm_90a"

_HEAD = """# What the compiler makes of the kernels

<!-- Written by scripts/kernel_report.py --write docs/kernels.md; scripts/check.sh compares. -->

Every kernel that the networks launch, compiled by ptxas {version} for sm_80 and sm_90a (`nvcc -O3`),
and what it allows. No GPU is needed, and nothing here is a time. Registers and spills are ptxas's;
instructions are counted in cuobjdump's listing; grids and blocks are the launchers' own, recorded on the host
executor by `serene-launch-geometry`: CMGAN at 64 channels and 4 blocks, TRNet with the cnn6 and the residual
encoder, a clip of 5 s, in each precision.

- **launches**: of a clip through the enhancer and the cnn6 recogniser, plus one through the residual
  recogniser. **blocks**: of the largest grid among them.
- **registers**: of a thread, on sm_90a / sm_80. **spills**: bytes stored + loaded, the worse of the two.
- **shared**: bytes of a block, static + dynamic.
- **warps**: that a multiprocessor of an H100 or H200 holds at a time, of 64, and what allows no more; sm_80
  where it differs. More is not always better: a matrix kernel has its sums in registers.
- **instructions**: of the whole kernel. **tensor**: mma. **128-bit**: loads and stores of 16 bytes a thread,
  global (G) and shared (S). **cp.async**: copies of 16 bytes + smaller ones. **ex2**: hardware exponentials.
  All are counts in the listing for sm_90a; how often one runs is another matter.

The same command fails on a compiler's warning, on local memory in a kernel of the first table, and where an
instruction is missing that a kernel was written for (`scripts/kernel_evidence/intended.py`). With another
version of ptxas than this file's the tables are not compared; the rest is checked all the same.

"""


def document(ops: dict[str, Op], launches: list[Launch], version: str) -> str:
    text = _HEAD.format(version=version) + "## Launched by the networks\n\n"
    rows, seen = [], set()
    for op, built in ops.items():
        for launch in launches:
            if (MAIN, launch.kernel) in built.kernels:
                rows.append([op, *_row(built, launch)])
                seen.add(launch.kernel)
    text += (
        _table(_COLUMNS, rows)
        + "\n## Other instances\n\nFor shapes and addresses that the published networks do not have.\n\n"
    )
    rest = []
    for built in ops.values():
        for arch, name in built.kernels:
            if arch == MAIN and name not in seen:
                all_of = [built.kernels[a, name] for a in reversed(ARCHITECTURES)]
                rest.append([f"`{name}`", _registers(all_of), _spills(all_of)])
    return text + _table(("kernel", "registers", "spills"), sorted(rest))


_COLUMNS = ("op", "kernel", "launches", "blocks", "threads", "registers", "spills", "shared", "warps",
            "instructions", "tensor", "128-bit", "cp.async", "ex2")  # fmt: skip


def _row(op: Op, launch: Launch) -> list[str]:
    all_of = [op.kernels[arch, launch.kernel] for arch in reversed(ARCHITECTURES)]
    counts = all_of[0].instructions
    static = all_of[0].usage.static_shared
    tensor = [f"{n} {name}" for name, n in sorted(counts.items()) if name.startswith(("HMMA", "HGMMA"))]
    wide = {"G load": "LDG.128", "G store": "STG.128", "S load": "LDS.128", "S store": "STS.128"}
    return [
        f"`{launch.kernel}`",
        str(launch.count),
        str(launch.blocks),
        str(launch.threads),
        _registers(all_of),
        _spills(all_of),
        f"{static} + {launch.dynamic_shared}" if static + launch.dynamic_shared else "",
        _occupancy(op, launch),
        str(counts["all"]),
        ", ".join(tensor),
        ", ".join(f"{counts[name]} {what}" for what, name in wide.items() if name in counts),
        " + ".join(str(counts[name]) for name in ("LDGSTS.128", "LDGSTS") if name in counts),
        str(counts["MUFU.EX2"]) if "MUFU.EX2" in counts else "",
    ]


def _registers(all_of: list[Compiled]) -> str:
    return " / ".join(str(compiled.usage.registers) for compiled in all_of)


def _spills(all_of: list[Compiled]) -> str:
    worst = max((compiled.usage for compiled in all_of), key=lambda u: u.spill_stores + u.spill_loads)
    return f"{worst.spill_stores} + {worst.spill_loads}" if worst.spill_stores + worst.spill_loads else "0"


def _occupancy(op: Op, launch: Launch) -> str:
    def text(arch: str) -> str:
        usage = op.kernels[arch, launch.kernel].usage
        shared = usage.static_shared + launch.dynamic_shared
        held = occupancy(arch, launch.threads, usage.registers, shared)
        return f"{held.warps} by {', '.join(held.limits)}" if held.fraction < 1 else f"{held.warps}"

    main, older = text(MAIN), text("sm_80")
    return main if main == older else f"{main} (sm_80: {older})"


def _table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [list(columns), ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
