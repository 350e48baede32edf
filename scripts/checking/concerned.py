"""Which tests concern a change: those whose program is made from a file that differs.

Of the tests of ops, those of the ops that differ; of those that run kernels on the host executor, those whose device
code differs or that differ themselves. Tests of the installed package are left to the full check.

    concerned.py BUILD targets [REV]    the test programs to build, one a line
    concerned.py BUILD tests [REV]      a file for `ctest -I`, once they are built; empty where there are none

BUILD is configured with a query for CMake's codemodel. REV is what to compare the working tree with: by default where
the branch left main, or the last commit where it did not.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from source_files import closure

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (".cpp", ".cu", ".cuh", ".h", ".hpp")
# What programs of tests are not made from, and the full check looks at.
ELSEWHERE = (".clang-format", ".gitignore", ".md", ".py", ".sh", ".svg", ".toml")
DEVICE_CODE = (
    "tests/executor/",
    "kernels/common/gpu",
    "runtime/src/back_end/",
    "tests/kernels/executor/",
    "tests/support/cuda_emulation/",
)
# Programs in the tests' folders that ctest does not run.
TOOLS = ("serene-fuzz-corpus", "serene-launch-geometry", "serene-test-executor-program", "serene-test-threads")


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


def changed(since: str = "") -> set[str]:
    """Files that differ from a commit, by their paths in the repository; new ones, too."""
    new = git("ls-files", "--others", "--exclude-standard")
    if not since:
        branches = [base for name in ("origin/main", "main") for base in git("merge-base", "HEAD", name)]
        since = (branches or ["HEAD"])[0]
        if not new and not git("diff", "--name-only", since):
            since = "HEAD~1"
    return {*git("diff", "--name-only", since), *new}


def op_of(path: str) -> str:
    """The op that a file belongs to alone, or nothing."""
    found = re.match(r"kernels/(?!common/)(\w+)/|(?:tests|bench)/kernels/(\w+)_(?:test|bench)\.cpp$", path)
    return (found[1] or found[2]) if found else ""


def is_device_code(path: str) -> bool:
    test_of_op = path.startswith("tests/") and op_of(path) != ""
    return path.endswith((".cu", ".cuh")) or (path.startswith(DEVICE_CODE) and path.endswith(SOURCES)) or test_of_op


@dataclass
class Build:
    """A configured build folder, as CMake and ctest describe it."""

    root: Path
    folder: Path

    @cached_property
    def targets(self) -> dict[str, dict[str, Any]]:
        """By id."""
        replies = self.folder / ".cmake/api/v1/reply"
        model = json.loads(next(replies.glob("codemodel-v2-*.json")).read_text())
        files = [target["jsonFile"] for target in model["configurations"][0]["targets"]]
        targets = [json.loads((replies / name).read_text()) for name in files]
        return {target["id"]: target for target in targets}

    @cached_property
    def _files(self) -> dict[str, set[str]]:
        return {}

    def files_of(self, target: dict[str, Any]) -> set[str]:
        """What the target and all it depends on are made from."""
        if target["id"] not in self._files:
            found: set[str] = set()
            self._files[target["id"]] = found
            for source in target["sources"]:
                path = self.root / source["path"]
                if path.is_relative_to(self.root) and path.is_file() and not path.is_relative_to(self.folder):
                    found |= {str(file.relative_to(self.root)) for file in closure(self.root, path)}
            for other in target.get("dependencies", []):
                found |= self.files_of(self.targets[other["id"]])
        return self._files[target["id"]]

    def programs(self) -> dict[str, dict[str, Any]]:
        """The test programs, by path."""
        return {
            str(self.folder / target["artifacts"][0]["path"]): target
            for target in self.targets.values()
            if target["type"] == "EXECUTABLE"
            and target["paths"]["source"].startswith("tests")
            and target["name"] not in TOOLS
        }

    @cached_property
    def artifacts(self) -> dict[str, dict[str, Any]]:
        """The targets, by the paths of what they make."""
        return {
            str(self.folder / artifact["path"]): target
            for target in self.targets.values()
            for artifact in target.get("artifacts", [])
        }

    def tests(self) -> list[dict[str, Any]]:
        words = ["ctest", "--test-dir", str(self.folder), "--show-only=json-v1"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found: list[dict[str, Any]] = json.loads(done.stdout)["tests"]
        return found


def reaches(files: set[str], change: set[str]) -> set[str]:
    """Of a change what concerns a program made from `files`. Models and goldens, and what the build is described by,
    concern every program."""
    return change & files | {path for path in change if not path.endswith((*ELSEWHERE, *SOURCES))}


def runs_executor(name: str, label: str) -> bool:
    return label == "executor" or name.startswith(("Executor.", "Emulated."))


def concerns(name: str, label: str, change: set[str], ops: dict[str, set[str]]) -> bool:
    """Whether a test is to run, of whose program's files `change` differs. ops: the files of each."""
    if label in ("package", "gpu"):
        return False
    if runs_executor(name, label):
        change = {path for path in change if is_device_code(path)}
    op = name.rpartition(".")[2]
    if name.startswith("Kernels.") and op in ops:
        change = {path for path in change if not op_of(path) or path in ops[op]}
    return bool(change)


def files_of_ops(root: Path) -> dict[str, set[str]]:
    found = {}
    for folder in root.glob("kernels/*/"):
        if folder.name != "common" and folder.is_dir():
            paths = [*folder.iterdir(), root / f"tests/kernels/{folder.name}_test.cpp"]
            files = {file for path in paths if path.is_file() for file in closure(root, path)}
            found[folder.name] = {str(file.relative_to(root)) for file in files}
    return found


def label_of(test: dict[str, Any]) -> str:
    labels = [p["value"] for p in test["properties"] if p["name"] == "LABELS"]
    return str(labels[0][0]) if labels else ""


def paths_in(test: dict[str, Any]) -> set[str]:
    return {word.rpartition("=")[2] for word in test.get("command", [])}


def given_to(build: Build, test: dict[str, Any]) -> list[dict[str, Any]]:
    """The targets that a test's command names."""
    return [build.artifacts[path] for path in paths_in(test) & build.artifacts.keys()]


def reached_by(build: Build, test: dict[str, Any], change: set[str]) -> set[str]:
    """Of a change what a test is made from: its program, or a script and what that is given."""
    found = {path for path in change if str(build.root / path) in paths_in(test)}
    return found.union(*(reaches(build.files_of(target), change) for target in given_to(build, test)))


def targets(build: Build, change: set[str]) -> list[str]:
    """What to build: the test programs that concern the change, and what scripts of tests are given."""
    found = []
    for test in build.tests():
        if concerns(test["name"], label_of(test), reached_by(build, test, change), {}):
            found += [target["name"] for target in given_to(build, test)]
    for target in build.programs().values():
        name = target["name"]
        executor = name.endswith(("-plain", "-checked", "-executor", "-emulated"))
        reached = reaches(build.files_of(target), change)
        if "package" not in name and concerns("", "executor" if executor else "", reached, {}):
            found.append(name)
    return sorted(set(found))


def numbers(build: Build, change: set[str]) -> list[int]:
    """The tests, as ctest counts them."""
    ops = files_of_ops(build.root)
    return [
        number
        for number, test in enumerate(build.tests(), 1)
        if concerns(test["name"], label_of(test), reached_by(build, test, change), ops)
    ]


def selection(found: list[int]) -> str:
    """For ctest, which leaves off the last character of a file without a line's end and takes no number for all."""
    return f"0,0,0,{','.join(map(str, found))}\n" if found else ""


def main() -> None:
    build = Build(ROOT, Path(sys.argv[1]).resolve())
    change = changed(*sys.argv[3:])
    if sys.argv[2] == "targets":
        print("\n".join(targets(build, change)))
    else:
        print(end=selection(numbers(build, change)))


if __name__ == "__main__":
    main()
