"""One preparation at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from shared_core.engine import lock
from shared_core.engine.cancel import Cancellation
from shared_core.spec.errors import Busy, Cancelled, DiskError


def test_a_second_holder_is_told_who_holds_it(tmp_path):
    path = tmp_path / "new" / "prepare.lock"
    with lock.held(path):
        with pytest.raises(Busy, match=f"process {os.getpid()}") as caught, lock.held(path):
            pass
        assert caught.value.exit_code == 75
        assert path.exists(), "the refused one does not remove the lock"
    assert not path.exists()


def test_waiting_gets_the_lock_when_it_is_free(tmp_path):
    path = tmp_path / "prepare.lock"
    entered = threading.Event()

    def first():
        with lock.held(path):
            entered.set()
            time.sleep(0.3)

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    with lock.held(path, wait_seconds=10):
        assert not thread.is_alive() or path.exists()
    thread.join()


def test_waiting_can_be_cancelled(tmp_path):
    path, cancel = tmp_path / "prepare.lock", Cancellation()
    cancel.cancel()
    with lock.held(path), pytest.raises(Cancelled), lock.held(path, 60, cancel):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    path = tmp_path / "prepare.lock"
    code = (
        "import sys, os; from pathlib import Path; from shared_core.engine import lock\n"
        "with lock.held(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert path.exists()
    with lock.held(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_later_process_of_the_same_number_does_not_hold_the_lock(tmp_path):
    path = tmp_path / "prepare.lock"
    with lock.held(path):
        content = json.loads(path.read_text())
    if not content["born"]:
        pytest.skip("this system does not say when a process was born")
    path.write_text(json.dumps({**content, "born": "1"}))
    with lock.held(path):
        pass


def test_the_lock_of_another_machine_counts_until_it_is_old(tmp_path):
    path = tmp_path / "prepare.lock"
    path.write_text(json.dumps({"pid": 1, "host": "another", "token": "x"}))
    with pytest.raises(Busy, match="process 1 on another"), lock.held(path):
        pass
    past = time.time() - lock.ABANDONED_SECONDS - 1
    os.utime(path, (past, past))
    with lock.held(path):
        pass


def test_a_lock_without_content_counts_until_it_is_old(tmp_path):
    path = tmp_path / "prepare.lock"
    path.write_text("")
    with pytest.raises(Busy), lock.held(path):
        pass
    os.utime(path, (1, 1))
    with lock.held(path):
        pass


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError), lock.held(tmp_path / "file" / "prepare.lock"):
        pass


def test_many_threads_hold_it_one_after_the_other(tmp_path):
    path, inside, seen = tmp_path / "prepare.lock", [], []

    def work(number):
        with lock.held(path, wait_seconds=60):
            inside.append(number)
            seen.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 5
