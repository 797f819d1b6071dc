"""Text that is checked by a regular expression and described in words."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from seqrec.config.pattern import Pattern

LETTERS = TypeAdapter(Annotated[str, Pattern(r"^[a-z]+$", "lower-case letters")])


def test_text_that_matches_is_kept() -> None:
    assert LETTERS.validate_python("abc") == "abc"


@pytest.mark.parametrize("value", ["", "A", "a b", 3, None])
def test_anything_else_is_refused_in_words(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        LETTERS.validate_python(value)
    assert [error["msg"] for error in caught.value.errors()] == ["Input should be lower-case letters"]


def test_the_schema_holds_the_expression_and_the_words() -> None:
    assert LETTERS.json_schema() == {"type": "string", "pattern": "^[a-z]+$", "words": "lower-case letters"}
