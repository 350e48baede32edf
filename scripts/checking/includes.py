"""Compiles each header and each source by itself, as far as errors go: finds the include that a file forgot.

check.sh builds most sources several at a time (SERENE_UNITY), where one file's includes serve the next. Every source
that such a build compiles together with others is read alone here, and every header that no source includes first.
What passed is not read again until it, or something that it includes, has changed.

The two libraries whose headers take longest to parse are precompiled for the files that include them, by whatever way.
They then come first, and what a header in front of them forgot does not show in such a file: a header that only such
files begin with is read by itself.

    includes.py ALONE TOGETHER KEPT     two configured build folders, without SERENE_UNITY and with it, and a file
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from source_files import closure, included

ROOT = Path(__file__).resolve().parents[2]
HEADERS = (".h", ".hpp", ".cuh")
PRECOMPILED = ("gtest/gtest.h", "nlohmann/json.hpp")
# Not headers by themselves: text that an including file completes.
FRAGMENTS = ("tests/kernels/unity.h",)


@dataclass(frozen=True)
class Command:
    """How a file is compiled."""

    words: tuple[str, ...]
    folder: str

    def of(self, file: Path, precompiled: Path | None = None) -> list[str]:
        first = ["-include", str(precompiled)] if precompiled else []
        language = "c" if file.suffix == ".c" else "c++"
        return [*self.words, "-fsyntax-only", "-w", "-O0", *first, "-x", language, str(file)]

    def precompiling(self, header: Path) -> list[str]:
        return [*self.words, "-w", "-O0", "-x", "c++-header", str(header), "-o", f"{header}.gch"]


def commands(build: Path) -> dict[Path, Command]:
    """By source, of those that are ours; the first command where there are several."""
    found: dict[Path, Command] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        words = words[next(i for i, word in enumerate(words) if not word.endswith("ccache")) :]
        end = words.index("-o")
        parsed = tuple(word for word in words[:end] if word not in ("-fPIC", "-fPIE"))
        found.setdefault(Path(entry["file"]), Command(parsed, entry["directory"]))
    return found


def slow_headers(root: Path, file: Path) -> tuple[str, ...]:
    """Those of PRECOMPILED that the file includes, by whatever way."""
    if file.suffix == ".c":
        return ()
    text = "".join(path.read_text(errors="replace") for path in closure(root, file))
    return tuple(name for name in PRECOMPILED if f"#include <{name}>" in text)


def to_read(root: Path, alone: dict[Path, Command], together: Iterable[Path]) -> dict[Path, Command]:
    """The sources that are compiled with others, and the headers that no source begins with."""
    ours = {file: command for file, command in alone.items() if file.is_relative_to(root)}
    found = {file: command for file, command in ours.items() if file not in set(together)}
    first = {file: names[0] for file in ours if (names := included(root, file))}  # None among them
    begun_with = {header for file, header in first.items() if not slow_headers(root, file)}
    # As a source that names the header is compiled, where one does: others may reach it by way of an #ifdef that does
    # not hold for them.
    reach = [(file, [name for name in included(root, file) if name]) for file in ours]
    reach += [(file, list(closure(root, file))) for file in ours]
    for file, headers in reach:
        for header in headers:
            fragment = str(header.relative_to(root)) in FRAGMENTS
            if header.suffix in HEADERS and header not in begun_with and not fragment:
                found.setdefault(header, ours[file])
    return found


def precompile(folder: Path, root: Path, files: dict[Path, Command]) -> dict[Path, Path]:
    """By file, the header to include first. Of files whose options differ in more than folders and macros, several."""
    made: dict[tuple[str, ...], Path] = {}
    found: dict[Path, Path] = {}
    for file, command in files.items():
        names = slow_headers(root, file)
        options = [word for word in command.words if not word.startswith(("-D", "-I", "-isystem", "/"))]
        key = (*names, *options)
        if names and key not in made:
            header = made[key] = folder / f"slow_{len(made)}.h"
            header.write_text("".join(f"#include <{name}>\n" for name in names))
            subprocess.run(command.precompiling(header), cwd=command.folder, check=True)
        if names:
            found[file] = made[key]
    return found


def digest(root: Path, compiler: str, file: Path, command: Command) -> str:
    text = compiler + repr(command.words)
    for name in closure(root, file):
        text += f"{name}\0{name.read_text(errors='replace')}\0"
    return hashlib.sha256(text.encode()).hexdigest()


def complaint(file: Path, command: Command, precompiled: Path | None) -> str:
    """The first error, or nothing."""
    done = subprocess.run(command.of(file, precompiled), cwd=command.folder, capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    return "" if done.returncode == 0 else (errors or [f"{file}: the compiler ended with {done.returncode}"])[0]


def check(root: Path, files: dict[Path, Command], kept: Path) -> list[str]:
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout
    digests = {file: digest(root, compiler, file, command) for file, command in files.items()}
    passed = set(kept.read_text().split()) if kept.exists() else set()
    left = [file for file in files if digests[file] not in passed]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        first = precompile(Path(folder), root, {file: files[file] for file in left})
        complaints = list(pool.map(lambda file: complaint(file, files[file], first.get(file)), left))
    failed = {file for file, text in zip(left, complaints, strict=True) if text}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("\n".join(sorted({digests[file] for file in files if file not in failed})) + "\n")
    print(f"{len(files)} files, {len(left)} of them new or changed, {len(failed)} with an include missing")
    # A header's error is that of every source which begins with it.
    return list(dict.fromkeys(text.removeprefix(f"{root}/") for text in complaints if text))


def main() -> int:
    alone, together, kept = (Path(word) for word in sys.argv[1:])
    complaints = check(ROOT, to_read(ROOT, commands(alone), commands(together)), kept)
    for text in complaints:
        print(f"by itself: {text}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
