"""scripts/checking/includes.py over a small tree: what forgets an include is found, a source or a header."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from checking.includes import check, commands, to_read

FILES = {
    "kernels/count.h": "#pragma once\n#include <string>\ninline std::string count() { return {}; }\n",
    "kernels/name.h": "#pragma once\n#include <string>\nstruct Name { std::string text; };\n",
    "kernels/count.cpp": '#include "kernels/count.h"\nint first() { return int(count().size()); }\n',
    "kernels/name.cpp": '#include "kernels/count.h"\n#include "kernels/name.h"\n#include <vector>\n'
    "std::vector<Name> names() { return {{count()}}; }\n",
}


class IncludesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.write(FILES)
        # Both sources by themselves; together they are one file, which is not of the tree.
        self.database("alone", {"kernels/count.cpp": "", "kernels/name.cpp": ""})
        self.database("together", {"build/together/unity_0.cxx": ""})

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text)

    def database(self, build: str, sources: dict[str, str]) -> None:
        """Of a build: its sources, and options of each."""
        entries = []
        for name, options in sources.items():
            compiler = f"/usr/bin/ccache /usr/bin/c++ -I{self.root} -std=c++20 -O3 {options}"
            command = f"{compiler} -o {name}.o -c {self.root / name}"
            entries.append({"file": str(self.root / name), "directory": str(self.root), "command": command})
        folder = self.root / "build" / build
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "compile_commands.json").write_text(json.dumps(entries))

    def complaints(self) -> tuple[list[str], str]:
        build = self.root / "build"
        files = to_read(self.root, commands(build / "alone"), commands(build / "together"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            found = check(self.root, files, build / "passed")
        return found, printed.getvalue().strip()

    def without(self, name: str, line: str) -> None:
        self.assertIn(line, FILES[name])
        self.write({name: FILES[name].replace(line, "")})

    def test_nothing_is_missing(self) -> None:
        # name.h, which no source begins with, and two sources.
        self.assertEqual(self.complaints(), ([], "3 files, 3 of them new or changed, 0 with an include missing"))
        self.assertEqual(self.complaints(), ([], "3 files, 0 of them new or changed, 0 with an include missing"))

    def test_a_source_that_leans_on_another(self) -> None:
        self.complaints()
        self.without("kernels/name.cpp", "#include <vector>\n")
        found, summary = self.complaints()
        self.assertEqual(summary, "3 files, 1 of them new or changed, 1 with an include missing")
        self.assertRegex(found[0], r"^kernels/name.cpp:3:.*vector")
        self.assertEqual(self.complaints()[1], summary)  # what failed is read again

    def test_a_header_that_leans_on_what_comes_before_it(self) -> None:
        self.without("kernels/name.h", "#include <string>\n")
        found, summary = self.complaints()
        self.assertEqual(summary, "3 files, 3 of them new or changed, 1 with an include missing")
        self.assertRegex(found[0], r"^kernels/name.h:2:.*string")

    def test_a_header_is_read_as_a_source_that_names_it(self) -> None:
        # The first source reaches it by way of an #ifdef that does not hold there.
        self.write(
            {
                "kernels/count.h": FILES["kernels/count.h"] + '#ifdef DEVICE\n#include "kernels/device.h"\n#endif\n',
                "kernels/device.h": "#pragma once\ninline int device() { return DEVICE; }\n",
                "kernels/other.cpp": '#include "kernels/name.h"\n#include "kernels/device.h"\nint f() { return device(); }\n',
            }
        )
        sources = {"kernels/count.cpp": "", "kernels/name.cpp": "", "kernels/other.cpp": "-DDEVICE=3"}
        self.database("alone", sources)
        self.assertEqual(self.complaints()[0], [])
        sources["kernels/other.cpp"] = ""
        self.database("alone", sources)
        found, _ = self.complaints()
        self.assertRegex(found[0], r"^kernels/device.h:2:.*DEVICE")

    def test_a_header_that_changed_has_its_sources_read_again(self) -> None:
        self.complaints()
        self.without("kernels/count.h", "#include <string>\n")
        found, summary = self.complaints()
        self.assertEqual(summary, "3 files, 2 of them new or changed, 2 with an include missing")
        self.assertEqual(len(found), 1)  # the header's line, which stopped both
        self.assertRegex(found[0], r"^kernels/count.h:2:.*string")


if __name__ == "__main__":
    unittest.main()
