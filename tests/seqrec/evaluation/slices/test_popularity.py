from seqrec.evaluation.slices.popularity import by_popularity
from tests.seqrec.evaluation.slices.prompts import places, split_with


def test_popularity_thirds_are_of_cases_and_name_their_borders():
    split = split_with(lengths=(3,) * 6, targets=[0, 1, 2, 3, 4, 5], counts=[1, 2, 7, 9, 50, 80, 1000, 0, 0, 0])
    assert places(by_popularity(split)) == {
        "tail (1 to 2)": [0, 1],
        "torso (7 to 9)": [2, 3],
        "head (50 to 80)": [4, 5],
    }


def test_equal_counts_are_never_parted():
    split = split_with(lengths=(3,) * 4, targets=[0, 1, 2, 3], counts=[5, 5, 5, 9, 0, 0, 0, 0, 0, 0])
    assert {name: inside.sum() for name, inside in by_popularity(split).items()} == {"tail (5)": 3, "head (9)": 1}
