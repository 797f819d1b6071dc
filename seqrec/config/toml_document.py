"""A whole configuration as a TOML file that a person can read and edit."""

from collections.abc import Iterator, Mapping

from seqrec.config.toml import toml_value


def toml_document(raw: Mapping[str, object]) -> str:
    """Returns a TOML file: single values first, then a section for each table, and for each table in a table of tables.

    Tables below those are written in one line.

    Args:
        raw: The values; the keys must be bare keys, or be quoted already.
    """
    sections = ["\n".join(_lines({key: value for key, value in raw.items() if not isinstance(value, Mapping)}))]
    for key, value in raw.items():
        if isinstance(value, Mapping):
            sections += [f"[{name}]\n" + "\n".join(_lines(table)) for name, table in _tables(key, value)]
    return "\n\n".join(section.rstrip() for section in sections if section) + "\n"


def _tables(name: str, table: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yields a table by its name, or its members if all of them are tables."""
    members = {f"{name}.{key}": value for key, value in table.items() if isinstance(value, Mapping)}
    if members and len(members) == len(table):
        yield from members.items()
    else:
        yield name, table


def _lines(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key} = {toml_value(value)}"
