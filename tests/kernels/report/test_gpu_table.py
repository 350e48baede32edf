"""Bounds worked out by hand, for spans as a profile has them."""

import unittest
from typing import Any

import gpu_table
from gpu_table import BYTES, FLOP


def span(kind: str, name: str, parent: int | None, us: float, **work: float) -> dict[str, Any]:
    return {"kind": kind, "name": name, "parent": parent, "start_us": 10.0, "end_us": 10.0 + us, **work}


PROFILE = {
    "batch": 2,
    "seconds": 5.0,
    "spans": [
        span("step", "pass", None, 1000),
        span("op", "conv2d", 0, 400, flop=1e-3 * FLOP["bf16"], bytes=1e-6 * BYTES),  # 1 ms of bf16, 1 us of memory
        span("kernel", "conv2d_kernel<2>", 1, 390),
        span("op", "conv2d", 0, 100, flop=1e-6 * FLOP["fp32"], bytes=2e-6 * BYTES),  # 1 us of fp32, 2 us of memory
        span("kernel", "conv2d_kernel<(serene::Precision)0>", 3, 90),
        span("op", "outer", 0, 300, flop=1e15, bytes=1e15),  # made of an op: counts for nothing itself
        span("op", "prelu", 5, 200, flop=0, bytes=1e-5 * BYTES),  # 10 us
        span("kernel", "attention_kernel<16>", 6, 50),
        span("kernel", "norm_kernel<float4, 1>", 6, 50),
    ],
}


class GpuTableTest(unittest.TestCase):
    def test_units(self) -> None:
        self.assertEqual(gpu_table.units_of(["attention_kernel<16>", "norm_kernel<float4, 1>"]), "fp32")
        self.assertEqual(gpu_table.units_of(["a_kernel<(serene::Precision)2, 1>", "b_kernel<0>"]), "bf16")
        self.assertEqual(gpu_table.units_of(["a_kernel<1>"]), "tf32")
        self.assertEqual(gpu_table.units_of(["a_kernel<bf16>"]), "bf16")
        self.assertEqual(gpu_table.units_of(["a_fragment_kernel<4>"]), "bf16")
        self.assertEqual(gpu_table.units_of(["conv2d_few_inputs_kernel", "conv2d_taps_kernel"]), "bf16")
        self.assertEqual(gpu_table.units_of([]), "fp32")

    def test_rows(self) -> None:
        rows = gpu_table.rows_of(PROFILE)
        self.assertEqual(set(rows), {"conv2d, bf16", "conv2d, fp32", "prelu, fp32"})
        self.assertAlmostEqual(rows["conv2d, bf16"].bound, 1e-3)
        self.assertAlmostEqual(rows["conv2d, bf16"].memory, 1e-6)
        self.assertAlmostEqual(rows["conv2d, bf16"].measured, 400e-6)
        self.assertAlmostEqual(rows["conv2d, fp32"].bound, 2e-6)
        self.assertEqual(rows["prelu, fp32"].launches, 2)

    def test_lines(self) -> None:
        lines = gpu_table.table(PROFILE, measured=False)
        self.assertIn("| conv2d, bf16 | 1 | 1 | 385.00 | 2.1 | 0.5 | 500.0 | 500.0 |", lines)
        self.assertIn("| **all** | 3 | 4 | 385.03 | 27.6 | 6.5 | 500.5 | 506.0 |", lines)
        self.assertEqual(lines[-1], "9,881 times real time at the most.")

    def test_measured(self) -> None:
        lines = gpu_table.table(PROFILE, measured=True)
        self.assertTrue(any(line.endswith("| 50.0 | 2% |") for line in lines), lines)
        self.assertEqual(lines[-1], "14,286 times real time.")


if __name__ == "__main__":
    unittest.main()
