import pytest

from seqrec.config.tree import Node
from tests.seqrec.config.zoo import Count, Net, Training, Zoo

RAW = {
    "models": {"a": {"name": "net"}, "b": {"name": "count"}, "c": {"name": "lion"}},
    "main": {"name": "net"},
}


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ([], Zoo),
        (["models", "a"], Net),
        (["models", "b"], Count),
        (["models", "c"], None),
        (["models", "a", "training"], Training),
        (["models", "a", "init"], Training),
        (["main"], Net),
        (["title"], None),
    ],
)
def test_the_name_in_the_file_chooses_the_class(path, chosen):
    node = Node(Zoo, RAW).descend(path)
    assert node is not None
    assert node.chosen is chosen


@pytest.mark.parametrize("path", [["models", "b", "training"], ["models", "c", "dim"], ["titel"], ["title", "x"]])
def test_there_is_no_such_place(path):
    assert Node(Zoo, RAW).descend(path) is None


def test_a_mapping_has_a_place_for_every_key():
    models = Node(Zoo, RAW).child("models")
    assert models is not None
    assert models.is_mapping
    assert models.child("new").names == ("net", "count")
