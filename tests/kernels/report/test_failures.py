"""Planted faults, each with its line."""

import unittest
from collections import Counter

from kernel_evidence.build import ARCHITECTURES, Compiled, Op
from kernel_evidence.failures import failures
from kernel_evidence.launches import Launch
from kernel_evidence.ptxas import Usage, parse_usage

from samples import SPILLED

SPILL = parse_usage(SPILLED)["sm_90a", "_Z7spilled"]
MATRIX = "conv2d_kernel<bf16>"
WANTED = Counter({"LDGSTS.128": 4, "HMMA.16816.F32.BF16": 8})


def ops_of(name: str, usage: Usage, instructions: Counter[str]) -> dict[str, Op]:
    return {"op": Op([], {(arch, name): Compiled(usage, instructions) for arch in ARCHITECTURES})}


class FailuresTest(unittest.TestCase):
    def test_nothing(self) -> None:
        self.assertEqual(failures(ops_of(MATRIX, Usage(96), WANTED), [Launch(MATRIX, 256, 0)]), [])

    def test_a_spill_where_the_networks_go(self) -> None:
        found = failures(ops_of("map_kernel", SPILL, Counter()), [Launch("map_kernel", 256, 0)])
        self.assertEqual(
            found[0],
            "map_kernel: sm_80: local memory: 40 bytes of stack, 52 of spill stores, "
            "64 of spill loads; allowed 0",
        )
        self.assertEqual(len(found), len(ARCHITECTURES))

    def test_a_spill_elsewhere_is_only_shown(self) -> None:
        self.assertEqual(failures(ops_of("map_kernel", SPILL, Counter()), []), [])

    def test_an_instruction_that_is_missing(self) -> None:
        found = failures(ops_of(MATRIX, Usage(96), Counter({"LDGSTS": 4})), [])
        self.assertEqual(
            found[:2],
            [
                "conv2d_kernel<bf16>: sm_80: no LDGSTS.128 (weights come by cp.async, 16 bytes at a time)",
                "conv2d_kernel<bf16>: sm_80: no HMMA.16816.F32.BF16 (tensor cores in bf16)",
            ],
        )

    def test_a_warning(self) -> None:
        self.assertEqual(failures({"film": Op(["a warning"], {})}, []), ["film: a warning"])

    def test_a_launch_of_nothing_and_of_too_much(self) -> None:
        ops = ops_of("map_kernel", Usage(96), Counter())
        self.assertIn(
            "other_kernel: launched, and not compiled for sm_80",
            failures(ops, [Launch("other_kernel", 1, 0)]),
        )
        self.assertIn("fits no multiprocessor", failures(ops, [Launch("map_kernel", 1024, 0)])[0])


if __name__ == "__main__":
    unittest.main()
