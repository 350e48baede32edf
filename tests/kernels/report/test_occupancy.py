"""Occupancies worked out by hand from NVIDIA's limits: 64 warps, 64 K registers given out to warps by 256,
164 KB (sm_80) or 228 KB (sm_90a) of shared memory with 1 KB a block for the system, 32 blocks."""

import unittest

from kernel_evidence.occupancy import occupancy


class OccupancyTest(unittest.TestCase):
    def held(
        self, arch: str, threads: int, registers: int, shared: int
    ) -> tuple[int, float, tuple[str, ...]]:
        found = occupancy(arch, threads, registers, shared)
        return (found.blocks, found.fraction, found.limits)

    def test_registers(self) -> None:
        # 98 x 32 = 3136, up to 3328; 16384 / 3328 = 4 warps a quarter, 16 in all: 2 blocks of 8.
        self.assertEqual(self.held("sm_90a", 256, 98, 29696), (2, 0.25, ("registers",)))
        # 128 x 32 = 4096: 16 warps again. 129 x 32, up to 4352: 12, 1 block.
        self.assertEqual(self.held("sm_80", 256, 128, 0), (2, 0.25, ("registers",)))
        self.assertEqual(self.held("sm_80", 256, 129, 0), (1, 0.125, ("registers",)))

    def test_shared_memory(self) -> None:
        # 60 KB and 1 for the system: 164 / 61 = 2, 228 / 61 = 3.
        self.assertEqual(self.held("sm_80", 128, 32, 60 * 1024), (2, 0.125, ("shared memory",)))
        self.assertEqual(self.held("sm_90a", 128, 32, 60 * 1024), (3, 0.1875, ("shared memory",)))
        # One block may have 163 and 227 KB, and no more.
        self.assertEqual(self.held("sm_80", 32, 32, 163 * 1024)[0], 1)
        self.assertEqual(self.held("sm_80", 32, 32, 163 * 1024 + 1)[0], 0)
        self.assertEqual(self.held("sm_90a", 32, 32, 227 * 1024)[0], 1)
        self.assertEqual(self.held("sm_90a", 32, 32, 227 * 1024 + 1)[0], 0)

    def test_threads_and_blocks(self) -> None:
        # 32 registers are exactly what 64 warps have.
        self.assertEqual(self.held("sm_90a", 256, 32, 0), (8, 1.0, ("threads", "registers")))
        self.assertEqual(self.held("sm_90a", 1024, 16, 0), (2, 1.0, ("threads",)))
        self.assertEqual(self.held("sm_90a", 32, 16, 0), (32, 0.5, ("blocks",)))
        # 33 threads are two warps.
        self.assertEqual(self.held("sm_90a", 33, 16, 0), (32, 1.0, ("blocks", "threads")))

    def test_a_block_that_does_not_fit(self) -> None:
        # 32 warps of 72 x 32 = 2304 registers.
        self.assertEqual(self.held("sm_90a", 1024, 72, 0), (0, 0.0, ("registers",)))


if __name__ == "__main__":
    unittest.main()
