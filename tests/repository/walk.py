#!/usr/bin/env python3
"""Walks a document: runs its sh blocks, in their order, in a copy of the repository that has built nothing yet.

    walk.py REPOSITORY DOCUMENT FOLDER TEST...

Each TEST must pass, by the closing lines of ctest. FOLDER is made anew, but for what was built in it. What is built is
not optimised, which takes half of the time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


# In the place of -O3; no preset of the repository sets it.
TOOLCHAIN = 'set(CMAKE_CXX_FLAGS_RELEASE "-O0 -DNDEBUG" CACHE STRING "")\n'


def copy(repository: Path, folder: Path) -> None:
    """Builds and hidden folders stay where they are."""
    for old in folder.glob("*"):
        if old.name != "build":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for path in repository.iterdir():
        if path.name.startswith((".", "build")):
            continue
        if path.is_dir():
            shutil.copytree(path, folder / path.name)
        else:
            shutil.copy2(path, folder)


def main() -> str:
    repository, document, folder = (Path(word) for word in sys.argv[1:4])
    commands = blocks(document.read_text())
    if not commands:
        return f"{document}: no sh block"
    copy(repository, folder)
    toolchain = folder / "build/toolchain.cmake"
    toolchain.parent.mkdir(exist_ok=True)
    toolchain.write_text(TOOLCHAIN)
    environment = {**os.environ, "CMAKE_TOOLCHAIN_FILE": str(toolchain)}
    done = subprocess.run(
        ["sh", "-eux"], input="".join(commands), cwd=folder, env=environment, text=True, stdout=subprocess.PIPE
    )
    print(done.stdout)
    if done.returncode != 0:
        return f"{document}: its commands end with {done.returncode}"
    passed = re.findall(r"^ *\d+/\d+ Test +#\d+: (\S+) \.+ +Passed", done.stdout, re.MULTILINE)
    if sorted(passed) != sorted(sys.argv[4:]):
        return f"{document}: passed: {' '.join(passed) or 'no test'}; wanted: {' '.join(sys.argv[4:])}"
    return ""


sys.exit(main() or 0)
