"""Digests of the source code that a result depends on: editing code invalidates it, editing comments does not."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import seqrec
from seqrec.digest import digest_of, digest_of_bytes


@cache
def source_digest(*modules: str) -> str:
    """Return the digest of the source of some modules of `seqrec` and of everything that they import from it.

    Imports anywhere in a module are parsed, not executed. Comments, docstrings and layout do not count.
    A package counts if a name that it defines itself is imported; the modules that a union lists do not.
    """
    return digest_of_source(Path(seqrec.__path__[0]), *modules)


@cache
def resources_digest(*packages: str) -> str:
    """Return the digest of the non-Python files in some packages, such as templates and published tables."""
    return digest_of(
        {
            f"{package}/{file.name}": digest_of_bytes(file.read_bytes())
            for package in packages
            for file in sorted((Path(seqrec.__path__[0]).parent / package.replace(".", "/")).iterdir())
            if file.is_file() and file.suffix != ".py"
        }
    )


def digest_of_source(package: Path, *modules: str) -> str:
    """Return the digest of some modules of the package in the folder `package`, as `source_digest` does."""
    digests: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in digests:
            digests[module], imports = _read(package, module)
            waiting += imports
    return digest_of(digests)


@cache
def _read(package: Path, module: str) -> tuple[str, frozenset[str]]:
    """Return the digest of one module, and the modules of the package that it imports."""
    path = _path_of(package, module)
    assert path is not None, f"{module} is not a module of {package}"
    tree = _WithoutDocstrings().visit(ast.parse(path.read_bytes()))
    parent = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return digest_of_bytes(ast.dump(tree).encode()), frozenset(_imports(package, parent, tree))


def _imports(package: Path, parent: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            steps_up = parent.split(".")[: len(parent.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*steps_up, *([node.module] if node.module else [])])
            submodules = [f"{source}.{alias.name}" for alias in node.names]
            names = [name if _path_of(package, name) else source for name in submodules]
        else:
            continue
        yield from (name for name in names if _path_of(package, name))


def _path_of(package: Path, module: str) -> Path | None:
    """Return the file of a module, or None if the package has no such module."""
    top, *parts = module.split(".")
    if top != package.name:
        return None
    path = package.joinpath(*parts)
    candidates = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in candidates if file.is_file()), None)


class _WithoutDocstrings(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a string that is a statement by itself: the docstring of a definition or a field."""
        lone_string = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if lone_string else node
