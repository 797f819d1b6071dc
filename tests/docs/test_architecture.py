import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "storage", "seqrec", "docs")


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.(?:py|md))`", (ROOT / "docs/architecture.md").read_text()))
    assert len(named) > 40
    files = {f"/{path.relative_to(ROOT)}" for room in ROOMS for path in (ROOT / room).rglob("*.*")}
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []
