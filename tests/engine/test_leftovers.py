"""What killed processes left behind goes; what others write now stays, whatever this machine's clock says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from shared_core.engine import files, lock
from shared_core.media.atomic import atomic_path, discard_unfinished, unfinished
from shared_core.spec.errors import Busy

TWO_HOURS = 7200.0


def test_old_temporary_files_go_and_young_ones_stay(tmp_path):
    old, young = tmp_path / ".a.exr.1-x.part", tmp_path / ".b.exr.1-x.part"
    old.touch(), young.touch()
    past = time.time() - files.ABANDONED_SECONDS - 1
    os.utime(old, (past, past))
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [young.name]


def test_a_clock_that_is_ahead_deletes_nobodys_work(tmp_path, monkeypatch):
    live = tmp_path / ".a.exr.1-x.part"
    live.touch()
    now = time.time()
    monkeypatch.setattr(files.time, "time", lambda: now + TWO_HOURS)
    files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [live], "the disk's own time counts, and the probe for it is gone"


def test_a_clock_that_is_ahead_takes_nobodys_lock(tmp_path, monkeypatch):
    path = tmp_path / "prepare.lock"
    path.write_text(json.dumps({"pid": 1, "host": "another", "token": "x"}))
    now = time.time()
    monkeypatch.setattr(lock.time, "time", lambda: now + TWO_HOURS)
    with pytest.raises(Busy), lock.held(path):
        pass


def test_a_clock_that_is_behind_frees_an_old_lock_late_and_harms_nothing(tmp_path, monkeypatch):
    path = tmp_path / "prepare.lock"
    path.write_text(json.dumps({"pid": 1, "host": "another", "token": "x"}))
    now = time.time()
    monkeypatch.setattr(lock.time, "time", lambda: now - TWO_HOURS)
    with pytest.raises(Busy), lock.held(path):
        pass


def test_a_process_that_ends_now_takes_what_it_has_not_finished_along(tmp_path):
    folder = tmp_path / "version.part"
    with unfinished(folder), atomic_path(tmp_path / "frame.exr") as temporary:
        folder.mkdir()
        (folder / "half").touch()
        temporary.touch()
        discard_unfinished()
        assert not folder.exists() and not temporary.exists()
        temporary.touch()
    assert [path.name for path in tmp_path.iterdir()] == ["frame.exr"]


def test_a_signal_that_comes_twice_leaves_nothing_half_made(tmp_path):
    """A farm's engine signals a whole group, and the parent in it hands the signal on."""
    child = subprocess.Popen([sys.executable, "-c", f"""
import time
from shared_core.engine.cancel import cancelled_by_signals
from shared_core.media.atomic import atomic_path
with cancelled_by_signals(grace_seconds=60), atomic_path({str(tmp_path / "frame.exr")!r}) as temporary:
    temporary.touch()
    print("writing", flush=True)
    time.sleep(60)
"""], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "writing\n"
    child.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert child.poll() is None and len(list(tmp_path.iterdir())) == 1, "the first one asks"
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=10)
    assert child.returncode == 143
    assert not list(tmp_path.iterdir())


def test_a_lock_is_let_go_with_the_process(tmp_path):
    path = tmp_path / "prepare.lock"
    with lock.held(path):
        lock.release_all()
        assert not path.exists()
        path.write_text("{}")
    assert path.exists(), "another's lock, made since, is left alone"
