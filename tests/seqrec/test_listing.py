import pytest

from seqrec.listing import listing


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], "(none)"),
        (["a", "b"], "a, b"),
        ((str(i) for i in range(12)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"),
        ((str(i) for i in range(5_000)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4,988 more"),
        (["x" * 61], "x" * 60 + "..."),
    ],
)
def test_listing(names: list[str], text: str) -> None:
    assert listing(names) == text
