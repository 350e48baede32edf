"""What scripts/gpu/ makes of the logs that a GPU leaves."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts" / "gpu"))

import graph_times
import ncu_table

TIME, SHARED = "gpu__time_duration.sum", "l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum"
TENSOR, DRAM = "sm__pipe_tensor_op_hmma_cycles_active.avg.pct_of_peak_sustained_active", "dram__bytes.sum"
COUNTERS = f'''==PROF== Connected to process 1
"Kernel Name","{TIME}","{TENSOR}","{SHARED}","{DRAM}"
"","ns","%","","Mbyte"
"void conv2d_kernel<2>(Conv2dKernelArgs)","1,000","10","5","2"
"void conv2d_kernel<2>(Conv2dKernelArgs)","3,000","30","7","4"
"film_kernel(FilmArgs)","500","0","0","1"
'''


def printed(main: object, path: Path) -> list[str]:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        assert main(path) == 0  # type: ignore[operator]
    return text.getvalue().splitlines()


class GpuPhasesTest(unittest.TestCase):
    def test_counters(self) -> None:
        kernels = ncu_table.kernels_of(COUNTERS.splitlines())
        self.assertEqual(list(kernels), ["conv2d_kernel<2>", "film_kernel"])
        conv = kernels["conv2d_kernel<2>"]
        self.assertEqual((conv.launches, conv.microseconds), (2, 4.0))
        self.assertEqual(conv.values[SHARED], 12)
        self.assertEqual(conv.values[DRAM], 6e6)
        self.assertEqual(conv.values[TENSOR] / conv.microseconds, 25)  # weighted by time

    def test_counters_table(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ncu.csv"
            path.write_text(COUNTERS)
            lines = printed(ncu_table.main, path)
        self.assertTrue(lines[2].startswith("| conv2d_kernel<2> | 2 | 4.0 |"), lines[2])
        self.assertIn("| 25 |", lines[2])
        self.assertTrue(lines[3].startswith("| film_kernel | 1 | 0.5 |"), lines[3])

    def test_graph_times(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "graph-bf16-32.log").write_text('a line\n{"seconds": [0.2, 0.1, 0.4]}\n')
            Path(folder, "default-graph-fp32-1.log").write_text('{"seconds": [0.005]}\n')
            Path(folder, "graph-tf32-8.log").write_text("no GPU\n")
            lines = printed(graph_times.main, Path(folder))
        self.assertEqual(lines[2], "| default model | fp32 | 1 | 5.00 | 5.00 | 1,000 |")
        self.assertEqual(lines[3:], ["| TRNet, 64 channels | bf16 | 32 | 200.00 | 100.00 | 800 |"])


if __name__ == "__main__":
    unittest.main()
