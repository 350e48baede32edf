"""What must not be, a line for each."""

from kernel_evidence.build import ARCHITECTURES, Op
from kernel_evidence.intended import LOCAL_MEMORY, missing
from kernel_evidence.launches import Launch
from kernel_evidence.occupancy import occupancy


def failures(ops: dict[str, Op], launches: list[Launch]) -> list[str]:
    complaints = [f"{name}: {line}" for name, op in ops.items() for line in op.complaints]
    return complaints + _of_launches(ops, launches) + _of_all(ops)


def _of_launches(ops: dict[str, Op], launches: list[Launch]) -> list[str]:
    """Local memory and limits count where the networks go."""
    compiled = {key: kernel for op in ops.values() for key, kernel in op.kernels.items()}
    lines = []
    for launch in launches:
        for arch in ARCHITECTURES:
            if (arch, launch.kernel) not in compiled:
                lines.append(f"{launch.kernel}: launched, and not compiled for {arch}")
                break
            usage = compiled[arch, launch.kernel].usage
            local = usage.stack + usage.spill_stores + usage.spill_loads
            allowed, _ = LOCAL_MEMORY.get(launch.kernel, (0, ""))
            if local > allowed:
                lines.append(
                    f"{launch.kernel}: {arch}: local memory: {usage.stack} bytes of stack, "
                    f"{usage.spill_stores} of spill stores, {usage.spill_loads} of spill loads; "
                    f"allowed {allowed}"
                )
            shared = usage.static_shared + launch.dynamic_shared
            if occupancy(arch, launch.threads, usage.registers, shared).blocks == 0:
                lines.append(
                    f"{launch.kernel}: {arch}: a block of {launch.threads} threads with {usage.registers} "
                    f"registers each and {shared} bytes of shared memory fits no multiprocessor"
                )
    return list(dict.fromkeys(lines))


def _of_all(ops: dict[str, Op]) -> list[str]:
    """Intended instructions, in every instance."""
    return [
        f"{name}: {arch}: {line}"
        for op in ops.values()
        for (arch, name), kernel in op.kernels.items()
        for line in missing(name, kernel.instructions)
    ]
