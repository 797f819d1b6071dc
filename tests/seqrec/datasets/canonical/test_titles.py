import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.titles import clean_text, clean_title


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


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("var aPageStart = (new Date()).getTime();\nvar ue_t0=ue_t0||+new Date();\n Pen", None),
        ("(new Date()).getTime();", None),
        ("Pen, blue\n\nwindow.ue_ihb = (window.ue_ihb || 0) + 1;", "Pen, blue"),
        ("Pen function(a, b) { return a }", "Pen"),
        ("Pen .a-box-inner{background-color:#fff}", "Pen"),
        ("#productTitle, .a-size-large:hover > b {color: red} Pen", None),
        ("@media (max-width:900px) { x }", None),
        ("<style>.a{b:c}</style>Pen<script type='x'>var a = 1;</script> blue", "Pen blue"),
        ("Pen <SCRIPT>if (a < b) { open", "Pen"),
        ("&lt;script&gt;x&lt;/script&gt;Pen", "Pen"),
        ("JavaScript: window & function (2nd ed.) {new}", "JavaScript: window & function (2nd ed.) {new}"),
        ("Var Matching Game, No.2 {Set of 3}, variety = fun", "Var Matching Game, No.2 {Set of 3}, variety = fun"),
        ("Mr. Coffee .5 L #2 {filters} @home", "Mr. Coffee .5 L #2 {filters} @home"),
        ("New Date (novel) by getTime", "New Date (novel) by getTime"),
    ],
)
def test_a_page_script_is_no_title(raw: str, clean: str | None) -> None:
    assert clean_title(raw) == clean


def test_a_description_may_hold_code() -> None:
    assert clean_text("Write <b>var x = 1;</b> and  run it<script>track()</script>") == "Write var x = 1; and run it"
    assert clean_text(" <script>only()") is None
    assert clean_text(None) is None


@pytest.mark.parametrize("part", [".a", "var a ", "function(", "<script ", "<!-- ", "window.a", "(new Date"])
def test_no_title_takes_long(part: str) -> None:
    clean_title(part * 20_000)


@given(st.text())
def test_clean_titles_have_single_spaces_and_stay_clean(text: str) -> None:
    clean = clean_title(text)
    assert clean is None or clean == " ".join(clean.split()) != ""


@pytest.mark.parametrize("text", ["window." * 200_000, "function" + " " * 1_000_000, "var " + "a" * 1_000_000])
def test_hostile_titles_take_no_time(text: str) -> None:
    assert clean_title(text) is not None
