"""scripts/check.sh [fast [REV] | STAGE...]"""

import os
import sys
from pathlib import Path

from checking.run import Run, Step

STAGES = Path(__file__).with_name("stages")
# What follows the build and has work for one core runs at the same time as what has it for all.
FULL: tuple[Step, ...] = (
    "format",
    "readers",
    "fuzz",
    "threads",
    "build",
    (("kernels", "includes"), ("setup", "python", "package")),
    "tests",
)
FAST: tuple[Step, ...] = ("format", "concerned-build", "concerned-tests")


def main(words: list[str]) -> int:
    if words[:1] == ["fast"] and len(words) <= 2:
        os.environ["SERENE_CHECK_SINCE"] = "".join(words[1:])
        return Run(STAGES).all(FAST)
    known = sorted(path.stem for path in STAGES.glob("*.sh"))
    if unknown := [word for word in words if word not in known]:
        print(f"check: no stage {unknown[0]}; there are {', '.join(known)}, and fast [REV]", file=sys.stderr)
        return 2
    return Run(STAGES).all(words or FULL)


sys.exit(main(sys.argv[1:]))
