#!/usr/bin/env python3
"""Walks a document: runs its sh blocks, in their order, in a copy of the repository that has built nothing yet.

    walk.py REPOSITORY DOCUMENT FOLDER TEST...

Each TEST must pass, by the closing lines of ctest. FOLDER is made anew, but for what was built in it.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


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
    done = subprocess.run(["sh", "-eux"], input="".join(commands), cwd=folder, text=True, stdout=subprocess.PIPE)
    print(done.stdout)
    if done.returncode != 0:
        return f"{document}: its commands end with {done.returncode}"
    passed = re.findall(r"^ *\d+/\d+ Test +#\d+: (\S+) \.+ +Passed", done.stdout, re.MULTILINE)
    if sorted(passed) != sorted(sys.argv[4:]):
        return f"{document}: passed: {' '.join(passed) or 'no test'}; wanted: {' '.join(sys.argv[4:])}"
    return ""


sys.exit(main() or 0)
