"""Reads what ptxas -v says of each kernel."""

import re
from dataclasses import dataclass

_KERNEL = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
_STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_REGISTERS = re.compile(r"Used (\d+) registers")
_SHARED = re.compile(r"(\d+) bytes smem")


@dataclass
class Usage:
    registers: int = 0
    stack: int = 0  # bytes of local memory
    spill_stores: int = 0
    spill_loads: int = 0
    static_shared: int = 0


def parse_usage(log: str) -> dict[tuple[str, str], Usage]:
    """By architecture and mangled name."""
    found: dict[tuple[str, str], Usage] = {}
    usage = Usage()
    for line in log.splitlines():
        if match := _KERNEL.search(line):
            usage = found.setdefault((match[2], match[1]), Usage())
        elif match := _STACK.search(line):
            # Functions that were not inlined have lines of their own after the kernel's.
            usage.stack += int(match[1])
            usage.spill_stores += int(match[2])
            usage.spill_loads += int(match[3])
        elif match := _REGISTERS.search(line):
            usage.registers = max(usage.registers, int(match[1]))
            if shared := _SHARED.search(line):
                usage.static_shared = int(shared[1])
    return found


def complaints(log: str) -> list[str]:
    """Warnings and errors, a line each, each once."""
    found = re.findall(r"^.*\b(?:warning|error|fatal)\b.*$", log, re.MULTILINE)
    # Not how to silence them, and how many there were.
    beside = re.compile(r"Remark: | detected in the compilation")
    return list(dict.fromkeys(line.strip() for line in found if not beside.search(line)))
