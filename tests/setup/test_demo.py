"""`dub demo`: the artist's own steps, in order, and nothing claimed that was not written."""

import argparse
import types

import pytest

from shared_core.cli import demo
from shared_core.spec.errors import BadInput


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Stand-ins of all commands that write what they should; the log of their words."""
    log = []

    def stand_in(name):
        def add_arguments(parser):
            parser.add_argument("words", nargs="*")
            parser.add_argument("--plate")
            parser.add_argument("--driver")
            parser.add_argument("--audio")
            parser.add_argument("--frames")
            parser.add_argument("--set", action="append")
            parser.add_argument("--no-fetch", action="store_true")

        def run(arguments):
            log.append((name, arguments))
            if name == "new":
                (tmp_path / "shot.json").write_text("{}")
            if name == "evaluate":
                (tmp_path / "voice").mkdir(exist_ok=True)
                for result in demo.RESULTS:
                    (tmp_path / result).touch()
            return 0

        return types.SimpleNamespace(add_arguments=add_arguments, run=run)

    monkeypatch.setattr(demo.importlib, "import_module", lambda path: stand_in(path.rpartition(".")[2]))
    monkeypatch.setattr(demo, "fetch_with_bar", lambda name: tmp_path / f"{name}.mp4")
    return log


def run(folder, frames=""):
    return demo.run(argparse.Namespace(out=folder, frames=frames))


def test_the_demo_takes_an_artists_steps_in_order(commands, tmp_path, capsys):
    assert run(tmp_path) == 0
    made = ["new", "prepare", "render", "view"]
    assert [name for name, _ in commands] == [*made, "evaluate", *made]
    new, voiced = commands[0][1], commands[5][1]
    assert new.plate.endswith("demo_plate.mp4") and new.driver.endswith("demo_driver.mp4")
    assert voiced.plate == new.plate and voiced.audio == new.driver and voiced.driver is None
    assert new.frames is None and commands[4][1].no_fetch
    out, err = capsys.readouterr()
    assert all(str(tmp_path / name) in out for name in demo.RESULTS)
    assert f"$ dub render {tmp_path / 'shot.json'}" in err


def test_a_second_demo_keeps_the_shot_file(commands, tmp_path):
    (tmp_path / "voice").mkdir()
    for shot in ("shot.json", "voice/shot.json"):
        (tmp_path / shot).write_text("{}")
    run(tmp_path)
    again = ["prepare", "render", "view"]
    assert [name for name, _ in commands] == [*again, "evaluate", *again]


def test_the_actors_track_is_made_once(commands, tmp_path):
    kept = tmp_path / "sidecars" / "track" / "v001"
    kept.mkdir(parents=True)
    (kept / "track.npz").write_bytes(b"points")
    run(tmp_path)
    assert (tmp_path / "voice" / "sidecars" / "track" / "v001" / "track.npz").read_bytes() == b"points"


def test_a_result_that_was_not_written_is_an_error(commands, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "RESULTS", {"shot.json": "", "report.html": "", "picture.png": ""})
    monkeypatch.setattr(demo, "step", lambda command, *words: (tmp_path / "report.html").touch())
    with pytest.raises(BadInput, match="shot.json, picture.png was not written"):
        run(tmp_path)
