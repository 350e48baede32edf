"""scripts/checking/run.py over stages that are made up."""

import contextlib
import io
import re
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path

from checking.run import Run, Step

CLOSING = "100% tests passed, 0 tests failed out of 7"


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def stage(self, name: str, commands: str) -> None:
        file = self.folder / f"{name}.sh"
        file.write_text(f"#!/bin/sh\n# about {name}\nset -eu\n{commands}\n")
        file.chmod(0o755)

    def run_plan(self, *plan: Step) -> tuple[int, list[str]]:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = Run(self.folder).all(plan)
        return status, printed.getvalue().splitlines()

    def rows(self, lines: Sequence[str]) -> dict[str, str]:
        """Of the table: what a stage came to. Every row has seconds and CPU seconds in whole numbers."""
        at = lines.index(f"{'stage':<10}{'seconds':>8}{'CPU':>8}")
        rows = [re.fullmatch(r"(\S+) +\d+ +\d+ *(\w*)", line) for line in lines[at + 1 :]]
        return {row[1]: row[2] for row in rows if row}

    def test_the_last_lines_are_those_of_ctest_and_the_table_is_before_them(self) -> None:
        self.stage("first", "echo one")
        self.stage("tests", f"echo 1/7; echo '{CLOSING}'; echo; echo 'Total Test time (real) = 1.00 sec'")
        status, lines = self.run_plan("first", "tests")
        self.assertEqual(status, 0)
        self.assertEqual(lines[-3:], [CLOSING, "", "Total Test time (real) = 1.00 sec"])
        self.assertEqual(lines[:6], ["", "== first: about first", "one", "", "== tests: about tests", "1/7"])
        self.assertEqual(self.rows(lines), {"first": "", "tests": "", "all": ""})

    def test_without_closing_lines_the_table_is_last(self) -> None:
        self.stage("only", "echo one")
        status, lines = self.run_plan("only")
        self.assertEqual(status, 0)
        self.assertEqual(self.rows(lines), {"only": "", "all": ""})
        self.assertRegex(lines[-1], "^all ")

    def test_what_fails_ends_the_run(self) -> None:
        self.stage("bad", "false; echo on")
        self.stage("tests", f"touch {self.folder}/ran; echo '{CLOSING}'")
        status, lines = self.run_plan("bad", "tests")
        self.assertEqual(status, 1)
        self.assertFalse((self.folder / "ran").exists())
        self.assertNotIn("on", lines)
        self.assertEqual(lines[-1], "failed: bad")
        self.assertEqual(self.rows(lines), {"bad": "FAILED", "all": ""})

    def test_failing_tests_fail(self) -> None:
        self.stage("tests", "echo '86% tests passed, 1 tests failed out of 7'; exit 8")
        status, lines = self.run_plan("tests")
        self.assertEqual(status, 1)
        self.assertEqual(lines[-1], "failed: tests")
        self.assertIn("86% tests passed, 1 tests failed out of 7", lines)

    def test_skipped_is_in_the_table(self) -> None:
        self.stage("none", "echo 'skipped: there is none'; exit 77")
        self.stage("tests", f"echo '{CLOSING}'")
        status, lines = self.run_plan("none", "tests")
        self.assertEqual(status, 0)
        self.assertEqual(self.rows(lines), {"none": "skipped", "tests": "", "all": ""})

    def test_two_rows_run_beside_each_other_each_in_its_order(self) -> None:
        # Each waits for the other's file: one after another, neither would end.
        wait = "touch {mine}; while [ ! -e {other} ]; do sleep 0.01; done; echo {mine}"
        a, b = f"{self.folder}/a.met", f"{self.folder}/b.met"
        self.stage("a", wait.format(mine=a, other=b))
        self.stage("b", wait.format(mine=b, other=a))
        self.stage("c", "echo after b")
        self.stage("tests", f"echo '{CLOSING}'")
        status, lines = self.run_plan((("a",), ("b", "c")), "tests")
        self.assertEqual(status, 0)
        self.assertLess(lines.index(b), lines.index("after b"))
        self.assertEqual(self.rows(lines).keys(), {"a", "b", "c", "tests", "all"})

    def test_a_failure_beside_ends_the_run(self) -> None:
        self.stage("a", f"touch {self.folder}/begun")
        self.stage("b", f"while [ ! -e {self.folder}/begun ]; do sleep 0.01; done; echo why; exit 3")
        self.stage("c", f"touch {self.folder}/ran")
        status, lines = self.run_plan((("a",), ("b", "c")), "a")
        self.assertEqual(status, 1)
        self.assertIn("why", lines)
        self.assertEqual(lines[-1], "failed: b")
        self.assertFalse((self.folder / "ran").exists())
        self.assertEqual(sum("== a:" in line for line in lines), 1)


if __name__ == "__main__":
    unittest.main()
