"""Digests of source, on packages written for the purpose."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from storage.source import digest_of_source, source_digest

PACKAGE = {
    "__init__.py": "",
    "types.py": "X = 1\n",
    "digest.py": "from toy.types import X\n",
    "models/__init__.py": "from toy.models.base import Base\nMODELS = members('sasrec', 'gru')\n",
    "models/base.py": "class Base: ...\n",
    "models/sasrec.py": "from ..digest import X\nfrom toy.models.base import Base\nimport numpy\n",
    "models/gru.py": "GRU = 1\n",
    "lazy.py": "def f():\n    import toy.models.gru\n",
    "sub.py": "from toy.models import sasrec\n",
    "named.py": "from toy.models import MODELS\n",
    "relative.py": "from . import types\nfrom .models import gru\n",
}
Digest = Callable[..., str]


@pytest.fixture
def digest(tmp_path: Path) -> Digest:
    """Return the digest of a module of the package, with some files edited."""
    numbers = count()

    def digest(module: str, edited: Mapping[str, str] | None = None) -> str:
        root = tmp_path / str(next(numbers)) / "toy"
        for name, text in (PACKAGE | dict(edited or {})).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return digest_of_source(root, module)

    return digest


def test_the_same_source_has_the_same_digest_wherever_it_lies(digest: Digest) -> None:
    assert digest("toy.sub") == digest("toy.sub")
    assert digest("toy.sub") != digest("toy.named")


@pytest.mark.parametrize(
    ("module", "edited", "counts"),
    [
        ("toy.models.sasrec", "models/sasrec.py", True),
        ("toy.models.sasrec", "digest.py", True),
        ("toy.models.sasrec", "types.py", True),
        ("toy.models.sasrec", "models/gru.py", False),
        ("toy.models.sasrec", "models/__init__.py", False),
        ("toy.sub", "models/sasrec.py", True),
        ("toy.sub", "types.py", True),
        ("toy.sub", "models/__init__.py", False),
        ("toy.named", "models/__init__.py", True),
        ("toy.named", "models/base.py", True),
        ("toy.named", "models/gru.py", False),
        ("toy.lazy", "models/gru.py", True),
        ("toy.lazy", "models/sasrec.py", False),
        ("toy.relative", "types.py", True),
        ("toy.relative", "models/gru.py", True),
        ("toy.relative", "digest.py", False),
    ],
)
def test_an_edit_counts_for_those_that_import_it(digest: Digest, module: str, edited: str, counts: bool) -> None:
    changed = digest(module) != digest(module, {edited: PACKAGE[edited] + "EDITED = 1\n"})
    assert changed == counts


def test_comments_docstrings_and_layout_do_not_count(digest: Digest) -> None:
    plain = "class A:\n    x: int = 1\n    y = 'kept'\n\n    def f(self, a):\n        return (a +\n         1)\n"
    dressed = '''"""Module."""
# comment
class A:
    """Class."""
    x: int = 1
    """Field."""
    y = "kept"
    def f(self, a):
        """Function."""
        return a + 1  # why
'''
    of_plain = digest("toy.types", {"types.py": plain})
    assert of_plain == digest("toy.types", {"types.py": dressed})
    assert of_plain != digest("toy.types", {"types.py": plain.replace("kept", "cut")})
    assert of_plain != digest("toy.types", {"types.py": plain.replace("a +", "a -")})


def test_circles_end(digest: Digest) -> None:
    assert digest("toy.types", {"types.py": "from toy.digest import X\n"})


def test_an_unknown_module_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match=r"seqrec\.nothing"):
        source_digest("seqrec.nothing")


def test_our_own_source() -> None:
    assert source_digest("seqrec.digest") != source_digest("seqrec.types")
    assert source_digest("seqrec.digest") == source_digest("seqrec.digest")
