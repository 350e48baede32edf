"""The stub was written by hand: it names what the module has, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from serene import _native


def public(thing: object) -> set[str]:
    return {name for name in vars(thing) if not name.startswith("_")}


def test_the_stub_names_what_is_there() -> None:
    assert _native.__file__ is not None
    stub = ast.parse((Path(_native.__file__).parent / "_native.pyi").read_text())
    definitions = [node for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert {node.name for node in definitions} == public(_native)
    for node in definitions:
        if isinstance(node, ast.ClassDef):
            members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
            assert members == public(getattr(_native, node.name))
