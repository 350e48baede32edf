"""Counts instructions in what cuobjdump -sass prints."""

import re
from collections import Counter

_ARCH = re.compile(r"^arch = (\w+)")
_FUNCTION = re.compile(r"^\s*Function : (\S+)")
_INSTRUCTION = re.compile(r"^\s+/\*[0-9a-f]{4,}\*/\s+(@!?U?P\w+\s+)?([A-Z][\w.]*)")
_BITS = {"LDG", "STG", "LDS", "STS", "LDGSTS"}


def name_of(instruction: str) -> str | None:
    """What an instruction is counted as, LDG.128 for LDG.E.128.CONSTANT; None where nobody asks."""
    base, *modifiers = instruction.split(".")
    if base in ("HMMA", "HGMMA"):
        return instruction
    if base in _BITS:
        return f"{base}.128" if "128" in modifiers else base
    if base in ("LDSM", "UBLKCP", "LDL", "STL"):
        return base
    return ".".join([base, *modifiers[:1]]) if base == "MUFU" and modifiers[:1] in (["EX2"], ["TANH"]) else None


def count_instructions(text: str) -> dict[tuple[str, str], Counter[str]]:
    """By architecture and mangled name; "all" counts every instruction."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    arch, here = "", Counter[str]()
    for line in text.splitlines():
        if match := _INSTRUCTION.match(line):
            here["all"] += 1
            name = name_of(match[2])
            # "@!PT" is never: the assembler puts such loads beside copies, for the hardware's sake.
            if name and (match[1] or "").strip() != "@!PT":
                here[name] += 1
        elif match := _FUNCTION.match(line):
            here = counts.setdefault((arch, match[1]), Counter())
        elif match := _ARCH.match(line):
            arch = match[1]
    return counts
