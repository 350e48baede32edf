"""Names of kernels as a reader knows them."""

import re
import subprocess

_PRECISIONS = ("fp32", "tf32", "bf16")  # as in kernels/common/precision.h


def short_name(name: str) -> str:
    """f<tf32, 2> of void serene::f<(serene::Precision)1, 2>(serene::Args)."""
    name = re.sub(r"\(serene::Precision\)(\d)", lambda match: _PRECISIONS[int(match[1])], name)
    head = re.sub(r"\(.*", "", name)
    return re.sub(r"^(?:\w[\w ]* )?(?:\w+::)*(?=\w+(?:<|$))", "", head)


def demangled(names: list[str]) -> dict[str, str]:
    if not names:
        return {}
    text = subprocess.run(["c++filt", *names], capture_output=True, text=True, check=True).stdout
    return dict(zip(names, map(short_name, text.splitlines()), strict=True))


def precision_of(name: str) -> str | None:
    match = re.search(r"<(fp32|tf32|bf16)\b", name)
    return match[1] if match else None
