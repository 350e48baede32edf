"""scripts/checking/concerned.py: which tests concern which change, over a build that is made up."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from checking.concerned import Build, numbers, op_of, selection, targets

# Target, its type, its sources, what it depends on.
TARGETS: list[tuple[str, str, list[str], list[str]]] = [
    ("kernels", "STATIC_LIBRARY", ["kernels/film/film_cpu.cpp", "kernels/mel/mel.cpp", "kernels/common/pool.cpp"], []),
    ("kernels-plain", "OBJECT_LIBRARY", ["kernels/film/film_launch.cu", "kernels/mel/mel_launch.cu"], []),
    ("ops", "OBJECT_LIBRARY", ["tests/kernels/film_test.cpp", "tests/kernels/mel_test.cpp"], []),
    ("rows", "STATIC_LIBRARY", ["cli/row.cpp"], []),
    ("program", "EXECUTABLE", ["cli/main.cpp"], ["rows", "kernels"]),
    ("test-kernels", "EXECUTABLE", ["tests/kernels/pool_test.cpp"], ["ops", "kernels"]),
    ("test-kernels-plain", "EXECUTABLE", [], ["ops", "kernels", "kernels-plain"]),
    ("test-rows", "EXECUTABLE", ["tests/cli/row_test.cpp"], ["rows"]),
    ("serene-test-package", "EXECUTABLE", ["tests/package/numbers_test.cpp"], []),
]
# Test, its label, its command.
TESTS = [
    ("Kernels.cpu.film", "unit", ["test-kernels", "--gtest_filter=Film*"]),
    ("Kernels.cpu.mel", "unit", ["test-kernels", "--gtest_filter=Mel*"]),
    ("Kernels.cpu.others", "unit", ["test-kernels"]),
    ("Kernels.plain.film", "executor", ["test-kernels-plain"]),
    ("Kernels.plain.mel", "executor", ["test-kernels-plain"]),
    ("RowTest.Writes", "cli", ["test-rows"]),
    ("KillTest", "cli", ["/usr/bin/python3", "SOURCE/scripts/kill_test.py", "-D", "PROGRAM=BUILD/program"]),
    ("Package.Numbers", "package", ["serene-test-package"]),
]
SOURCES = {
    "cli/row.cpp": '#include "cli/row.h"\n',
    "cli/row.h": "#include <string>\n",
    "kernels/mel/mel.cpp": '#include "kernels/mel/mel.h"\n#include "kernels/film/film.h"\n',
    "kernels/mel/mel.h": '#include "kernels/common/view.h"\n',
    "kernels/film/film.h": '#include "kernels/common/view.h"\n',
    "kernels/film/film_cpu.cpp": '#include "kernels/film/film.h"\n',
    "kernels/film/film_launch.cu": '#include "kernels/film/film_kernel.cuh"\n',
    "kernels/film/film_kernel.cuh": "",
    "kernels/common/view.h": "",
    "tests/cli/row_test.cpp": '#include "cli/row.h"\n',
}


class FakeBuild(Build):
    def tests(self) -> list[dict[str, Any]]:
        def word(text: str) -> str:
            if any(text == name for name, *_ in TARGETS):
                return f"{self.folder}/{text}"
            return text.replace("SOURCE", str(self.root)).replace("BUILD", str(self.folder))

        def described(name: str, label: str, command: list[str]) -> dict[str, Any]:
            properties = [{"name": "LABELS", "value": [label]}]
            return {"name": name, "command": [word(text) for text in command], "properties": properties}

        return [described(*test) for test in TESTS]


class ConcernedTest(unittest.TestCase):
    def setUp(self) -> None:
        root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        replies = root / "build/.cmake/api/v1/reply"
        replies.mkdir(parents=True)
        for name, text in SOURCES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for name, kind, sources, dependencies in TARGETS:
            for source in sources:
                (root / source).parent.mkdir(parents=True, exist_ok=True)
                (root / source).touch()
            reply = {
                "id": f"{name}::@1",
                "name": name,
                "type": kind,
                "paths": {"source": str(Path(sources[0]).parent) if sources else "tests/kernels"},
                "sources": [{"path": source} for source in sources],
                "dependencies": [{"id": f"{other}::@1"} for other in dependencies],
                "artifacts": [{"path": name}],
            }
            (replies / f"target-{name}.json").write_text(json.dumps(reply))
        files = [{"jsonFile": f"target-{name}.json"} for name, *_ in TARGETS]
        (replies / "codemodel-v2-1.json").write_text(json.dumps({"configurations": [{"targets": files}]}))
        self.build = FakeBuild(root, root / "build")

    def expect(self, change: str, tests: str, programs: str) -> None:
        names = [TESTS[number - 1][0] for number in numbers(self.build, {change})]
        self.assertEqual(names, tests.split(), change)
        self.assertEqual(targets(self.build, {change}), programs.split(), change)

    def test_a_header_concerns_what_includes_it(self) -> None:
        self.expect("cli/row.h", "RowTest.Writes KillTest", "program test-rows")

    def test_an_op_concerns_its_own_tests_and_those_of_ops_that_use_it(self) -> None:
        cpu = "Kernels.cpu.film Kernels.cpu.others KillTest"
        self.expect("kernels/film/film_cpu.cpp", cpu, "program test-kernels")
        both = "Kernels.cpu.film Kernels.cpu.mel Kernels.cpu.others KillTest"
        self.expect("kernels/film/film.h", both, "program test-kernels")
        self.expect("kernels/common/view.h", both, "program test-kernels")

    def test_device_code_concerns_the_executor_alone(self) -> None:
        self.expect("kernels/film/film_kernel.cuh", "Kernels.plain.film", "test-kernels-plain")

    def test_the_test_of_an_op_runs_on_every_device(self) -> None:
        all_of_film = "Kernels.cpu.film Kernels.cpu.others Kernels.plain.film"
        self.expect("tests/kernels/film_test.cpp", all_of_film, "test-kernels test-kernels-plain")

    def test_a_script_concerns_the_test_that_runs_it(self) -> None:
        self.expect("scripts/kill_test.py", "KillTest", "program")

    def test_text_concerns_no_test(self) -> None:
        self.expect("docs/cli.md", "", "")
        self.expect("scripts/fuzz.sh", "", "")

    def test_models_and_the_build_concern_all_but_the_executor_and_the_package(self) -> None:
        tests = "Kernels.cpu.film Kernels.cpu.mel Kernels.cpu.others RowTest.Writes KillTest"
        for change in ("cmake/flags.cmake", "tests/golden/m.safetensors", "tests/executor/CMakeLists.txt"):
            self.expect(change, tests, "program test-kernels test-rows")

    def test_what_ctest_is_given(self) -> None:
        """ctest itself runs those, the last among them."""
        folder = self.build.folder
        tests = "".join(f'add_test(t{number} "/bin/true")\n' for number in range(1, 13))
        (folder / "CTestTestfile.cmake").write_text(tests)
        (folder / "selection").write_text(selection([2, 11, 12]))
        words = ["ctest", "--test-dir", str(folder), "-I", str(folder / "selection"), "-N"]
        listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        self.assertEqual(re.findall(r"Test +#\d+: (\w+)", listed), ["t2", "t11", "t12"])
        self.assertEqual(selection([]), "")

    def test_files_of_one_op(self) -> None:
        self.assertEqual(op_of("kernels/film/film.h"), "film")
        self.assertEqual(op_of("tests/kernels/film_test.cpp"), "film")
        self.assertEqual(op_of("bench/kernels/film_bench.cpp"), "film")
        for path in ("kernels/common/view.h", "kernels/README.md", "tests/kernels/common/fft_test.cpp", "cli/row.cpp"):
            self.assertEqual(op_of(path), "", path)


if __name__ == "__main__":
    unittest.main()
