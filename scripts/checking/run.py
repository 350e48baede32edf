"""Runs stages and tells what each took.

A stage is a shell script, scripts/checking/stages/NAME.sh; its second line, a comment, is its heading. It passes with
exit code 0 and is skipped with 77; any other ends the run. Stages run one after another, but for two rows of stages
beside each other where the plan says so. The table of seconds comes last, in front of what the last stage closes with.
"""

import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = 77
# ctest's summary: the last lines of a check are ctest's own.
CLOSING = re.compile(r"\d+% tests passed|No tests were found")

# A stage, or two rows of stages that run at the same time, each in its order.
Step = str | tuple[Sequence[str], Sequence[str]]


@dataclass
class Row:
    name: str
    seconds: float
    cpu: float  # of all its processes
    result: str


@dataclass
class Run:
    stages: Path
    rows: list[Row] = field(default_factory=list)
    failed: str = ""
    closed: bool = False  # the table is printed, and closing lines after it
    began: float = field(default_factory=time.monotonic)

    def all(self, plan: Sequence[Step]) -> int:
        for step in plan:
            if self.failed:
                break
            if isinstance(step, str):
                self.live(step)
            else:
                self.beside(*step)
        if self.failed:
            print(f"\n{self.table()}\nfailed: {self.failed}", flush=True)
        elif not self.closed:
            print(f"\n{self.table()}", flush=True)
        return 1 if self.failed else 0

    def heading(self, name: str) -> str:
        lines = (self.stages / f"{name}.sh").read_text().splitlines()
        return f"\n== {name}: {lines[1].lstrip('# ')}"

    def start(self, name: str) -> subprocess.Popen[str]:
        program = [self.stages / f"{name}.sh"]
        pipe = subprocess.PIPE
        return subprocess.Popen(program, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace")

    def live(self, name: str) -> None:
        """Shows what the stage prints as it comes, its closing lines when it is done."""
        print(self.heading(name), flush=True)
        began = time.monotonic()
        closing: list[str] = []
        with self.start(name) as child:
            assert child.stdout
            for line in child.stdout:
                if closing or CLOSING.match(line):
                    closing.append(line)
                else:
                    print(line, end="", flush=True)
            self.ended(name, child, began)
        if closing:
            if not self.failed:
                self.closed = True
                print(f"\n{self.table()}\n")
            print("".join(closing), end="", flush=True)

    def beside(self, shown: Sequence[str], kept: Sequence[str]) -> None:
        """`shown` as above; of `kept` the whole output of a stage when it has ended."""
        other = threading.Thread(target=self.quiet, args=[kept])
        other.start()
        for name in shown:
            if not self.failed:
                self.live(name)
        other.join()

    def quiet(self, names: Sequence[str]) -> None:
        for name in names:
            if not self.failed:
                self.at_once(name)

    def at_once(self, name: str) -> None:
        began = time.monotonic()
        with self.start(name) as child:
            assert child.stdout
            text = child.stdout.read()
            self.ended(name, child, began)
        print(f"{self.heading(name)}\n{text}", end="", flush=True)

    def ended(self, name: str, child: subprocess.Popen[str], began: float) -> None:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        result = {0: "", SKIPPED: "skipped"}.get(child.returncode, "FAILED")
        if result == "FAILED":
            self.failed = self.failed or name
        self.rows.append(Row(name, time.monotonic() - began, used.ru_utime + used.ru_stime, result))

    def table(self) -> str:
        whole = Row("all", time.monotonic() - self.began, sum(row.cpu for row in self.rows), "")
        lines = [f"{'stage':<10}{'seconds':>8}{'CPU':>8}"]
        for row in [*self.rows, whole]:
            lines.append(f"{row.name:<10}{row.seconds:>8.0f}{row.cpu:>8.0f}  {row.result}".rstrip())
        return "\n".join(lines)
