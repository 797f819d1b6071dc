"""Types of a configuration in words."""

import pytest

from seqrec.config.words import Schema, type_in_words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "a whole number"),
        ({"type": "integer", "exclusiveMinimum": 0}, "a whole number above 0"),
        ({"type": "integer", "minimum": 1, "maximum": 100_000}, "a whole number of at least 1 and at most 100000"),
        ({"type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0}, "a number of at least 0 and below 1"),
        ({"type": "number", "exclusiveMinimum": 0.5}, "a number above 0.5"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 1}, "text that is not empty"),
        ({"type": "string", "pattern": r"^\w+$"}, r"text that matches `^\w+$`"),
        ({"type": "string", "pattern": r"^\d+$", "words": "digits"}, "digits"),
        ({"type": "string", "format": "path"}, "a path"),
        ({"const": "sasrec", "type": "string"}, '"sasrec"'),
        ({"enum": ["a", "b"], "type": "string"}, 'one of "a", "b"'),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"const": "none"}]}, 'a date or date-time or "none"'),
        ({"type": "array", "items": {"type": "string"}}, "a list, each text"),
        (
            {"type": "array", "items": {"type": "integer", "exclusiveMinimum": 0}, "minItems": 1},
            "a list that is not empty, each a whole number above 0",
        ),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, "a list of at least 2, each text"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}, "a list of 2, each text"),
        ({"type": "object", "properties": {}}, "a table"),
        (
            {"oneOf": [], "discriminator": {"propertyName": "name", "mapping": {"full": "", "sampled": ""}}},
            'a table whose name is one of "full", "sampled"',
        ),
    ],
)
def test_a_type_in_words(schema: Schema, words: str) -> None:
    assert type_in_words(schema) == words
