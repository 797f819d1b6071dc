import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.titles import clean_title, flat_unique


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("derma e Retinyl Cr&egrave;me", "derma e Retinyl Crème"),
        ("L&#39;Oreal &#x26; Co", "L'Oreal & Co"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("<b>New</b>  Pen<br/>blue", "New Pen blue"),
        ("&lt;i&gt;Pen&lt;/i&gt;", "Pen"),
        ("a <!-- hidden --> b", "a b"),
        ("  tab\tand\nline  ", "tab and line"),
        ("Cat & Dog <3", "Cat & Dog <3"),
        ("AT&T, Salt&notes, 3 < 4 > 2", "AT&T, Salt&notes, 3 < 4 > 2"),
        ('OPI 0.5" "Red" it\'s', 'OPI 0.5" "Red" it\'s'),
        ("&unknownentity; x", "&unknownentity; x"),
        ("", None),
        (" &nbsp;<br> ", None),
        (None, None),
    ],
)
def test_clean_title(raw: str | None, clean: str | None) -> None:
    assert clean_title(raw) == clean


@given(st.text())
def test_clean_titles_have_single_spaces_and_stay_clean(text: str) -> None:
    clean = clean_title(text)
    assert clean is None or clean == " ".join(clean.split()) != ""


@pytest.mark.parametrize(
    ("names", "flat"),
    [
        ([["Beauty", "Nails"], ["Home", "Beauty", "L&#39;Oreal"]], ["Beauty", "Nails", "Home", "L'Oreal"]),
        (["b", "a", "b", " ", None], ["b", "a"]),
        ([None, [None, ""]], None),
        ([], None),
        (None, None),
    ],
)
def test_flat_unique(names: object, flat: list[str] | None) -> None:
    assert flat_unique(names) == flat
