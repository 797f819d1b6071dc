"""Values of a configuration in TOML."""

import string
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from seqrec.config.toml import toml_value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
BARE_KEYS = st.text(string.ascii_letters + string.digits + "_-", min_size=1)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(BARE_KEYS, inner), max_leaves=10)


@given(VALUES)
def test_toml_reads_a_value_back(value: object) -> None:
    written = toml_value(value)
    assert tomllib.loads(f"value = {written}") == {"value": value}
    assert "\n" not in written
