"""The steps of a command, as its output tells them."""

from benchmarks.scale import Step, add, name_of


def test_a_step_has_its_verb_and_a_label_where_there_are_several() -> None:
    assert name_of("ingest interactions      300,000 interactions") == "ingest"
    assert name_of("train sasrec seed 0      3 epochs") == "train sasrec"
    assert name_of("score") == "score"


def test_the_lines_of_one_step_are_one_row() -> None:
    steps: list[Step] = []
    for what, seconds in (("audit", 1.0), ("audit", 0.5), ("train a", 2.0), ("audit", 4.0)):
        add(steps, Step(what, seconds, 7))
    assert steps == [Step("audit", 1.5, 7), Step("train a", 2.0, 7), Step("audit", 4.0, 7)]
