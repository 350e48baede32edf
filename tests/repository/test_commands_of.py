"""scripts/commands_of.py: which programs a script calls."""

import unittest

from commands_of import commands

SCRIPT = r"""#!/bin/sh
# cut nothing; a comment
set -eu
LANG=C sort -u "$1" | grep -q x && awk '{print}' || exit
files=$(find . -name '*.h' | wc -l)
if tar -cf - . \
  | gzip >x; then exec strip x
fi
xargs -0 nm <x
cat >run.sh <<'END'
objdump inside
END
printf '%s' "text; and $(uname -m)"
"""


class CommandsTest(unittest.TestCase):
    def test_words_at_the_head_of_commands(self) -> None:
        found = set(commands(SCRIPT))
        wanted = {"set", "sort", "grep", "awk", "find", "wc", "tar", "gzip", "strip", "nm", "cat", "printf", "uname"}
        self.assertLessEqual(wanted, found)
        self.assertTrue(found.isdisjoint({"cut", "nothing", "objdump", "inside", "LANG", "x"}), found)


if __name__ == "__main__":
    unittest.main()
