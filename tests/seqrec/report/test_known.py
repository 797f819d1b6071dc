import pytest

from seqrec.datasets import amazon_2014, amazon_2018
from seqrec.report.known import KNOWN_SIZES, known_size_of


def test_the_core_is_distinguished_from_the_whole_dump() -> None:
    core = known_size_of("amazon_2014-beauty", shortest=5)
    assert core is not None
    assert core.n_interactions == 198_502
    assert known_size_of("amazon_2014-beauty", shortest=1) is None
    assert known_size_of("amazon_2014-garden", shortest=5) is None


@pytest.mark.parametrize("config", [amazon_2014.Config, amazon_2018.Config])
def test_the_size_of_the_published_core_is_not_expected_of_all_reviews(
    config: type[amazon_2014.Config | amazon_2018.Config],
) -> None:
    core, whole = config(), config(core5=False)
    assert known_size_of(core.label, shortest=5) is not None
    assert known_size_of(whole.label, shortest=5) is None


def test_known_sizes_are_said_once_each() -> None:
    assert len({(one.label, one.shortest) for one in KNOWN_SIZES}) == len(KNOWN_SIZES) >= 6
    assert all(one.n_interactions >= max(one.n_users * one.shortest, one.n_items) for one in KNOWN_SIZES)
