import pytest
from pydantic import TypeAdapter, ValidationError

from seqrec.config import members, name_of, union
from tests.seqrec.config.zoo import Count, Net, Training, Zoo


def test_types_are_not_coerced():
    with pytest.raises(ValidationError, match="valid integer"):
        Net(dim="8")
    with pytest.raises(ValidationError, match="valid integer"):
        Net(dim=8.0)


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Net(dmi=8)


def test_a_configuration_can_not_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Net().dim = 9


def test_a_list_fills_a_tuple_but_its_members_stay_strict():
    assert Zoo(title="t", models={}, sizes=[3]).sizes == (3,)
    with pytest.raises(ValidationError, match="valid integer"):
        Zoo(title="t", models={}, sizes=["3"])


def test_equal_values_have_equal_digests_whether_written_or_default():
    assert Net().digest == Net(dim=8, training=Training(max_epochs=10)).digest
    assert Net().digest != Net(dim=9).digest
    assert Net().digest != Net(training=Training(lr=0.2)).digest


def test_a_union_is_discriminated_by_name():
    adapter = TypeAdapter(union((Net, Count)))
    assert adapter.validate_python({"name": "count"}) == Count()
    assert adapter.validate_python({"name": "net", "dim": 3}) == Net(dim=3)
    with pytest.raises(ValidationError, match="'net', 'count'"):
        adapter.validate_python({"name": "nets"})


def test_names_and_members():
    assert [name_of(config) for config in members("seqrec.preparation.splits", "leave_one_out", "temporal")] == [
        "leave_one_out",
        "temporal",
    ]
