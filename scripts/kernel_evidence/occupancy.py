"""How many warps of a kernel a multiprocessor holds at most, by NVIDIA's published limits.

CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"; the arithmetic is that of the
toolkit's cuda_occupancy.h.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Multiprocessor:
    shared: int  # bytes, all blocks together
    shared_per_block: int  # most a block may have
    warps: int = 64
    blocks: int = 32
    registers: int = 65536
    quarters: int = 4  # each with its own registers
    register_unit: int = 256  # a warp's registers are a multiple
    shared_unit: int = 128
    shared_reserved: int = 1024  # of each block, for the system


KB = 1024
# The a of sm_90a is about instructions; the machine is the same.
MULTIPROCESSORS = {
    "sm_80": Multiprocessor(shared=164 * KB, shared_per_block=163 * KB),
    "sm_90a": Multiprocessor(shared=228 * KB, shared_per_block=227 * KB),
}


@dataclass(frozen=True)
class Occupancy:
    blocks: int  # on a multiprocessor; 0: it cannot be launched
    warps: int
    fraction: float
    limits: tuple[str, ...]  # what allows no more; several where they tie


def _up(value: int, unit: int) -> int:
    return -(-value // unit) * unit


def occupancy(arch: str, threads: int, registers: int, shared: int) -> Occupancy:
    """registers of a thread; shared: static and dynamic bytes of a block."""
    sm = MULTIPROCESSORS[arch]
    warps = _up(threads, 32) // 32
    held = {"blocks": sm.blocks, "threads": sm.warps // warps}
    of_a_warp = _up(max(registers, 1) * 32, sm.register_unit)
    held["registers"] = sm.registers // sm.quarters // of_a_warp * sm.quarters // warps
    if of_a_warp * _up(warps, sm.quarters) > sm.registers:
        held["registers"] = 0
    held["shared memory"] = sm.shared // _up(shared + sm.shared_reserved, sm.shared_unit)
    if shared > sm.shared_per_block:
        held["shared memory"] = 0
    blocks = min(held.values())
    limits = tuple(name for name, count in held.items() if count == blocks)
    return Occupancy(blocks, blocks * warps, blocks * warps / sm.warps, limits)
