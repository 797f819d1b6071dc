"""The parts and the sum of a footprint."""

from dataclasses import replace

from seqrec.training.footprint import GIB, Footprint

SOME = Footprint(
    weights=GIB,
    gradients=GIB,
    optimiser=2 * GIB,
    copies=0,
    data=10,
    activations=2 * GIB,
    loss=GIB,
    validation=GIB // 4,
    checkpoint=0,
    libraries=0,
)


def test_of_what_comes_and_goes_only_the_largest_counts() -> None:
    assert SOME.total == 7 * GIB + 10
    assert replace(SOME, validation=5 * GIB).total == 9 * GIB + 10
    assert replace(SOME, checkpoint=6 * GIB).total == 10 * GIB + 10
    assert replace(SOME, libraries=GIB).total == 8 * GIB + 10


def test_reads_as_its_parts_in_order_of_size() -> None:
    assert str(SOME) == "optimiser 2.00, activations 2.00, weights 1.00, loss 1.00, gradients 1.00, validation 0.25"
