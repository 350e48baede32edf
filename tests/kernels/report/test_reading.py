"""What ptxas, cuobjdump and the launch recorder print, as the report reads it."""

import json
import unittest

from kernel_evidence.launches import read_launches
from kernel_evidence.names import precision_of, short_name
from kernel_evidence.ptxas import Usage, complaints, parse_usage
from kernel_evidence.sass import count_instructions

from samples import CLEAN, DUMP, SPILLED


class PtxasTest(unittest.TestCase):
    def test_usage_by_architecture_and_kernel(self) -> None:
        self.assertEqual(
            parse_usage(CLEAN + SPILLED),
            {
                ("sm_80", "_Z5clean"): Usage(registers=98, static_shared=29696),
                ("sm_90a", "_Z5clean"): Usage(registers=96),
                ("sm_90a", "_Z7spilled"): Usage(registers=32, stack=40, spill_stores=52, spill_loads=64),
            },
        )

    def test_a_warning_is_a_complaint_once(self) -> None:
        warning = 'kernels/common/view.h(31): warning #554-D: "operator" will not be called\n'
        remark = "Remark: The warnings can be suppressed with <warning-number>\n"
        remark += '1 warning detected in the compilation of "film"\n'
        self.assertEqual(complaints(CLEAN), [])
        self.assertEqual(complaints(warning + remark + CLEAN + warning), [warning.strip()])


class SassTest(unittest.TestCase):
    def test_instructions_are_counted_by_what_they_are(self) -> None:
        counts = count_instructions(DUMP)
        self.assertEqual(
            counts["sm_80", "_Z5clean"],
            {"all": 7, "LDG.128": 2, "LDG": 1, "LDGSTS.128": 1, "LDGSTS": 1, "HMMA.16816.F32.BF16": 1},
        )
        self.assertEqual(counts["sm_90a", "_Z5clean"], {"all": 3, "LDS.128": 1, "MUFU.EX2": 1, "LDSM": 1})


class NamesTest(unittest.TestCase):
    def test_compilers_agree_on_short_names(self) -> None:
        for long, short in {
            "serene::film_kernel(serene::FilmKernelArgs)": "film_kernel",
            "void serene::f_kernel<(serene::Precision)1, 2>(serene::Args)": "f_kernel<tf32, 2>",
            "f_kernel<(serene::Precision)1, 2>": "f_kernel<tf32, 2>",
            "void serene::copy_kernel<float4>(serene::CopyKernelArgs)": "copy_kernel<float4>",
        }.items():
            self.assertEqual(short_name(long), short)

    def test_precision(self) -> None:
        self.assertEqual(precision_of("f_kernel<bf16, 2>"), "bf16")
        self.assertIsNone(precision_of("copy_kernel<float4>"))


class LaunchesTest(unittest.TestCase):
    def test_launches_that_differ_in_their_grid_are_one(self) -> None:
        def entry(kernel: str, precision: str, blocks: int, shared: int = 0) -> dict[str, object]:
            return {
                "kernel": kernel, "precision": precision, "grid": [blocks, 1, 2], "block": [32, 4, 1],
                "dynamic_shared_bytes": shared, "launches": 3,
            }  # fmt: skip

        tf32 = "mma_kernel<(serene::Precision)1>"
        text = json.dumps(
            [entry("map_kernel", p, 5) for p in ("fp32", "tf32")]
            + [entry(tf32, "tf32", 7), entry(tf32, "tf32", 9), entry(tf32, "tf32", 9, shared=64)]
        )
        found = [(x.kernel, x.threads, x.dynamic_shared, x.blocks, x.count) for x in read_launches(text)]
        self.assertEqual(
            found,
            [
                ("map_kernel", 128, 0, 10, 3),
                ("mma_kernel<tf32>", 128, 0, 18, 6),
                ("mma_kernel<tf32>", 128, 64, 18, 3),
            ],
        )


if __name__ == "__main__":
    unittest.main()
