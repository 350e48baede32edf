"""A source of this repository and what it includes."""

import re
from pathlib import Path

# Where the compiler looks for headers of ours, below the repository.
FOLDERS = ("", "runtime/include", "tests/support/cuda_emulation")
_INCLUDE = re.compile(r'^\s*#\s*include\s*["<](.+?)[">]', re.MULTILINE)


def included(root: Path, path: Path) -> list[Path | None]:
    """What the file includes, in its order: a path for each file of ours, None for others."""
    names = _INCLUDE.findall(path.read_text(errors="replace"))
    candidates = ([root / folder / name for folder in FOLDERS] for name in names)
    return [next((file for file in files if file.is_file()), None) for files in candidates]


def closure(root: Path, path: Path) -> list[Path]:
    """The file, all of ours that it includes, and all that they include."""
    found, left = {path}, [path]
    while left:
        new = {file for file in included(root, left.pop()) if file} - found
        found |= new
        left.extend(new)
    return sorted(found)
