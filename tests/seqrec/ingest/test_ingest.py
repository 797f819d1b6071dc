"""A whole ingest into memory, and one that continues an earlier ingest, compared with one that reads everything."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.datasets import errors as errors_module
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.table import Catalogue, Config, Events
from seqrec.errors import DataError, SeqrecError
from seqrec.ingest import ingest as ingest_module
from seqrec.ingest.growth import DumpFiles, look_at, obstacle
from seqrec.ingest.ingest import Earlier, Ingested, ingest
from seqrec.ingest.sink import ArrowSink
from seqrec.schema import INTERACTIONS, ITEMS, REJECTS
from tests.seqrec.datasets.dumps import demo
from tests.seqrec.datasets.mutations import line_damage, record_damage, repacked, unpacked
from tests.seqrec.datasets.test_contract import WITH_FILES, dump, lay_out, pristine

HEADER = "user_id,item_id,timestamp\n"
OLD = f"{HEADER}u1,i1,1365984000\nu1,i2,1365984100\nu2,i1,\nu2,i1,1365984300\n"


def table(**more: object) -> Config:
    return Config(events=Events(file="*.csv", time_unit="s"), **more)


def run(
    config: DatasetConfig, folder: Path, before: tuple[Ingested, ArrowSink] | None = None
) -> tuple[Ingested, ArrowSink]:
    sink = ArrowSink()
    earlier = None if before is None else Earlier(before[0].bookmark, before[1])
    return ingest(config, folder, sink, earlier=earlier), sink


def assert_same(one: tuple[Ingested, ArrowSink], other: tuple[Ingested, ArrowSink]) -> None:
    assert one[0] == other[0]
    for name, found in one[1].tables.items():
        assert found.equals(other[1].tables[name]), name


@pytest.mark.parametrize("name", WITH_FILES)
def test_every_reader_can_be_ingested(name: str, tmp_path: Path) -> None:
    config = dump(name).write(tmp_path)
    found, sink = run(config, tmp_path)
    quality = found.quality
    assert quality.items.n_described == dump(name).N_ITEMS == sink.tables["items"].num_rows
    assert quality.events.n_interactions == sink.tables["interactions"].num_rows <= dump(name).N_INTERACTIONS
    assert quality.n_set_aside == sink.tables["rejects"].num_rows >= dump(name).N_SET_ASIDE
    assert {table: found.schema for table, found in sink.tables.items()} == {
        "interactions": INTERACTIONS,
        "items": ITEMS,
        "rejects": REJECTS,
    }


def test_a_generated_dump(tmp_path: Path) -> None:
    found, _ = run(demo.write(tmp_path), tmp_path / "nowhere")
    assert found.quality.label == "demo-40x60-0"
    assert found.quality.n_read == demo.N_INTERACTIONS + demo.N_ITEMS


def test_titles_that_were_cleaned_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(OLD)
    (tmp_path / "items.txt").write_text("item_id,title\ni1,<b>Pen</b>\ni2,  two  words \n")
    found, _ = run(table(catalogue=Catalogue(file="items.txt", title="title")), tmp_path)
    assert found.quality.items.n_cleaned_titles == 1
    assert found.quality.set_aside == {"no readable time": 1}


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}u,i,\n")
    with pytest.raises(DataError, match="no usable line"):
        run(table(), tmp_path)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(OLD)
    files = look_at(table(), tmp_path)
    (tmp_path / "a.csv").write_text(f"{OLD}u7,i7,1365984999\n")
    with pytest.raises(DataError, match="changed while it was read"):
        ingest(table(), tmp_path, ArrowSink(), files=files)


LINES = st.sampled_from(
    [
        "u1,i1,1365984000",
        "u1,i1,1365983000",
        "u1,i2,1365984000",
        "u2,i1,1365984100",
        "u2,i1,1365984100",
        ",i1,1365984000",
        "u3,i3,soon",
        "u3,i3",
        '"u3,i3,1365984000',
        "",
    ]
)
ITEM_LINES = st.sampled_from(["i1,Pen", "i2,<b>Ink</b>", "i1,again", ",lost"])


@settings(max_examples=60)
@given(data=st.data())
def test_one_that_continues_gives_what_reading_everything_gives(data: st.DataObject) -> None:
    config = table(
        duplicates=data.draw(st.sampled_from(["keep", "exact", "pair"])),
        catalogue=Catalogue(file="items.txt", title="title"),
    )
    files = data.draw(st.lists(st.lists(LINES, max_size=8), min_size=2, max_size=5), label="files")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(files)), min_size=1, max_size=3), label="nights"))
    with TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        kept = data.draw(st.sampled_from([0, 1, 3, 5, 100_000]), label="kept")
        for module in (errors_module, ingest_module):
            patch.setattr(module, "MAX_KEPT", kept)
        folder, before = Path(temporary), None
        for first, last in pairwise([0, *cuts]):
            for place in range(first, last):
                text = "\n".join([HEADER + "u0,i0,1365984000", *files[place]])
                (folder / f"{place}.csv").write_text(f"{text}\n")
            items = data.draw(st.lists(ITEM_LINES, max_size=4), label="items") if data.draw(st.booleans()) else []
            if items or before is None:
                (folder / "items.txt").write_text("\n".join(["item_id,title", "i9,Cup", *items, ""]))
            if before is not None:
                assert obstacle(before[0].bookmark, look_at(config, folder)) is None
            before = run(config, folder, before)
            assert_same(before, run(config, folder))


def several(name: str) -> tuple[DatasetConfig, dict[str, bytes]]:
    """Return a small dump with several files of interactions, if its reader supports that."""
    config, files = pristine(name)
    if isinstance(config, Config):
        # The same table again, as the next night writes it.
        stem, ending = config.events.file.split(".")
        config = config.model_copy(update={"events": config.events.model_copy(update={"file": f"{stem}*.{ending}"})})
        files = files | {f"{stem}-{night}.{ending}": files[f"{stem}.{ending}"] for night in (1, 2)}
    return config, files


def n_event_files(name: str) -> int:
    config, files = several(name)
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), files)
        return len(config.event_files(Path(folder)))


SEVERAL = [name for name in WITH_FILES if n_event_files(name) > 1]


def test_which_readers_have_several_files() -> None:
    others = ["amazon_2023_benchmark", "delivery_hero_dhrd"]
    assert [*others, "table", "table_array", "table_parquet", "table_sessions"] == SEVERAL


def outcome(
    config: DatasetConfig, folder: Path, files: DumpFiles, before: tuple[Ingested, ArrowSink] | None = None
) -> tuple[Ingested, ArrowSink] | str:
    """Return the result of an ingest of these files, or the file that it rejects."""
    sink = ArrowSink()
    earlier = None if before is None else Earlier(before[0].bookmark, before[1])
    try:
        return ingest(config, folder, sink, files=files, earlier=earlier), sink
    except SeqrecError as error:
        return error.subject


@pytest.mark.parametrize("name", SEVERAL)
@settings(max_examples=15)
@given(data=st.data())
def test_any_reader_of_several_files_can_continue(name: str, data: st.DataObject) -> None:
    config, files = several(name)
    config = config.model_copy(update={"duplicates": data.draw(st.sampled_from(["keep", "exact", "pair"]))})
    target = data.draw(st.sampled_from(sorted(files)), label="file")
    damage = data.draw(line_damage() | record_damage())
    text = files[target] if files[target].startswith(b"PAR1") else damage(unpacked(files[target]))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lay_out(folder, files | {target: repacked(text, files[target])})
        try:
            whole = look_at(config, folder)
        except SeqrecError:
            return
        n = data.draw(st.integers(1, len(whole.event_paths) - 1), label="files before")
        fewer = replace(whole, event_paths=whole.event_paths[:n], events=whole.events[:n])
        before, at_once = outcome(config, folder, fewer), outcome(config, folder, whole)
        if isinstance(before, str):
            assert at_once == before
            return
        continued = outcome(config, folder, whole, before)
        assert isinstance(continued, str) == isinstance(at_once, str)
        if isinstance(continued, str) or isinstance(at_once, str):
            assert continued == at_once
        else:
            assert_same(continued, at_once)


def test_sound_rows_do_not_cost_an_import_of_pandas(tmp_path: Path) -> None:
    # Arrow imports it to look at Python's lists and NumPy's arrays, which takes a quarter of a second.
    (tmp_path / "interactions.csv").write_text("user_id,item_id,timestamp\na,b,1600000000\n")
    (tmp_path / "steam_reviews.json").write_text(
        "{'username': 'a', 'product_id': 'b', 'date': '2017-03-02', 'hours': 1.5}\n"
    )
    code = (
        "import sys\nfrom pathlib import Path\nfrom seqrec.datasets import steam, table\n"
        "from seqrec.ingest.ingest import ingest\nfrom seqrec.ingest.sink import ArrowSink\n"
        "for dataset in (table.Config(), steam.Config(metadata='none')):\n"
        "    ingest(dataset, Path(sys.argv[1]), ArrowSink())\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
