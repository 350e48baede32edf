"""Compiles launchers and reads them back, kept in a folder by the content of their sources."""

import hashlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kernel_evidence import ptxas, sass
from kernel_evidence.names import demangled
from source_files import closure

ARCHITECTURES = ("sm_80", "sm_90a")  # those that a build with kernels has (cmake/cuda.cmake)
STANDARD = "-std=c++20"
FLAGS = [STANDARD, "-O3", "-lineinfo", "-Xptxas", "-v"]


@dataclass
class Compiled:
    """A kernel instance for one architecture."""

    usage: ptxas.Usage
    instructions: Counter[str]


@dataclass
class Op:
    complaints: list[str]
    kernels: dict[tuple[str, str], Compiled]  # by architecture and name


# They take a minute or more, the others seconds: begun first, they are not waited for in the end.
SLOWEST = ("feed_forward", "conv_module")


def launchers(root: Path) -> list[Path]:
    """Every kernels/*/*_launch.cu."""
    return sorted(root.glob("kernels/*/*_launch.cu"), key=lambda p: (p.parent.name not in SLOWEST, p))


def compile_all(root: Path, toolkit: Path, cache: Path) -> dict[str, Op]:
    cache.mkdir(parents=True, exist_ok=True)
    readers = [Path(name) for name in (__file__, ptxas.__file__, sass.__file__) if name]
    key = version(toolkit) + _digest(readers)
    paths = launchers(root)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ops = pool.map(lambda path: _compile(root, path, toolkit, cache, key), paths)
        return dict(sorted(zip((path.parent.name for path in paths), ops, strict=True)))


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _compile(root: Path, path: Path, toolkit: Path, cache: Path, key: str) -> Op:
    op = path.parent.name
    key = hashlib.sha256((key + _digest(closure(root, path))).encode()).hexdigest()
    kept = cache / f"{op}-{key[:20]}.json"
    if not kept.exists():
        for old in cache.glob(f"{op}-*"):
            old.unlink()
        partial = kept.with_suffix(".partial")
        partial.write_text(json.dumps(_evidence(root, path, toolkit, cache / f"{op}.fatbin")))
        partial.rename(kept)
    data = json.loads(kept.read_text())
    names = demangled([name for _, name, _, _ in data["kernels"]])
    return Op(
        data["complaints"],
        {
            (arch, names[name]): Compiled(ptxas.Usage(**usage), Counter(counts))
            for arch, name, usage, counts in data["kernels"]
        },
    )


def _output(*command: Path | str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _targets() -> list[str]:
    codes = {arch.replace("sm", "compute"): arch for arch in ARCHITECTURES}
    return [word for arch, code in codes.items() for word in ("-gencode", f"arch={arch},code={code}")]


def _evidence(root: Path, path: Path, toolkit: Path, built: Path) -> dict[str, list[Any]]:
    # -fatbin: device code alone. Host code is read and checked, not compiled, which saves two fifths.
    nvcc = str(toolkit / "bin/nvcc")
    command = [
        nvcc,
        *FLAGS,
        *_targets(),
        "-I.",
        "-fatbin",
        str(path.relative_to(root)),
        "-o",
        str(built),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    log = done.stdout + done.stderr
    complaints = ptxas.complaints(log)
    if done.returncode != 0:
        complaints = complaints or [f"nvcc ended with {done.returncode}: {log[-300:]}"]
        return {"complaints": complaints, "kernels": []}
    counts = sass.count_instructions(_output(toolkit / "bin/cuobjdump", "-sass", built))
    usages = ptxas.parse_usage(log).items()
    kernels = [[arch, name, asdict(usage), counts[arch, name]] for (arch, name), usage in usages]
    return {"complaints": complaints, "kernels": kernels}


def version(toolkit: Path) -> str:
    """Such as "13.0.88"."""
    return _output(toolkit / "bin/ptxas", "--version").split(", V")[1].split()[0]
