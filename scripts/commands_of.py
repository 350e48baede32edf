#!/usr/bin/env python3
"""Prints the programs that shell scripts call, as far as this machine has them: commands_of.py SCRIPT...

Left out are those that a script looks for first (`command -v ccache`), and those of packages that a script has
scripts/setup.sh install by name. Here-documents are skipped: they run elsewhere.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1.*?\n.*?^\s*\2$", re.DOTALL | re.MULTILINE)
LOOKED_FOR = re.compile(r"command -v ([\w.+-]+)")
FUNCTION = re.compile(r"^(\w+)\(\)", re.MULTILINE)
NAMED = re.compile(r"scripts/setup\.sh((?: [\w.+-]+)+)")
# What a command comes after, besides the start of a line; and what may come before its name.
BEGINNING = re.compile(r"\$\(|&&|\|\||[;|&({\n]")
WORDS = r"if|then|else|elif|do|while|until|!|exec|env|xargs|nice|timeout \S+|[A-Za-z_]\w*=\S*|-\S+"
IN_FRONT = re.compile(rf"(?:(?:{WORDS})\s+)*")
NAME = re.compile(r"[A-Za-z][\w.+-]*")


def commands(text: str) -> Iterator[str]:
    text = HEREDOC.sub("\n", text).replace("\\\n", " ")
    text = re.sub(r"(?m)(^|\s)#.*$", "", text)
    for piece in BEGINNING.split(text):
        piece = piece.strip()
        start = IN_FRONT.match(piece + " ")
        if name := NAME.match(piece, start.end() if start else 0):
            yield name[0]


def package_of(program: str) -> str:
    found = subprocess.run(["dpkg-query", "--search", program], capture_output=True, text=True).stdout
    return found.split(":")[0]


def main() -> None:
    texts = [Path(name).read_text() for name in sys.argv[1:]]
    called = {name for text in texts for name in commands(text)}
    called -= {name for text in texts for name in LOOKED_FOR.findall(text) + FUNCTION.findall(text)}
    named = {package for text in texts for packages in NAMED.findall(text) for package in packages.split()}
    for name in sorted(called):
        path = shutil.which(name)
        if path and package_of(path) not in named:
            print(name)


if __name__ == "__main__":
    main()
