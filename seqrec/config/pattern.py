"""Text that must match a regular expression, which users see in words only."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Pattern:
    """A constraint on text, such as `Annotated[str, Pattern(r"^[a-z]+$", "lower-case letters")]`."""

    regex: str
    words: str
    """What text is allowed: the type in the reference of all keys, and what an error says was expected."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own signature
        """Called by pydantic: text that matches the expression, or else an error in words."""
        text = core_schema.str_schema(pattern=self.regex)
        return core_schema.custom_error_schema(text, "pattern", custom_error_message=f"Input should be {self.words}")

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Called by pydantic: the words stand beside the pattern in the JSON Schema."""
        return {**handler(schema), "words": self.words}
