"""Two processes under torchrun, on processors by gloo: the curve of one, and nothing lost by a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from farm_shot import dub

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("train_small.py")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def train(folder, name, *more, several=True):
    """Run the small training; {rank: (what it told, its weights)} of the processes that came to the end."""
    command = [*(TORCHRUN if several else (sys.executable,)), SCRIPT, folder / f"{name}.state", folder / name]
    done = subprocess.run(
        [*map(str, command), *map(str, more)], capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "OMP_NUM_THREADS": "1"})
    found = {}
    for rank in range(2):
        told, weights = (folder / f"{name}.{rank}.{kind}" for kind in ("json", "npy"))
        if weights.exists():
            found[rank] = json.loads(told.read_text()), np.load(weights)
    return done, found


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Two processes, from the beginning to the end."""
    done, found = train(tmp_path_factory.mktemp("two"), "two")
    assert done.returncode == 0, done.stderr
    return found


def test_two_processes_have_the_curve_of_one(both, tmp_path):
    done, alone = train(tmp_path, "one", several=False)
    assert done.returncode == 0, done.stderr
    (told, weights), (one, own) = both[0], alone[0]
    assert (told["count"], one["count"]) == (2, 1)
    for name in ("pixel", "smooth"):
        curves = [[step[name] for step in each["history"]] for each in (one, told)]
        assert curves[1] == pytest.approx(curves[0], rel=1e-3)
    assert float(abs(weights - own).mean()) < 1e-5


def test_all_processes_end_with_the_same_weights(both):
    assert both[0][0]["history"] == both[1][0]["history"]
    np.testing.assert_array_equal(both[0][1], both[1][1])


def test_a_process_killed_in_the_middle_costs_nothing_but_time(both, tmp_path):
    done, found = train(tmp_path, "killed", 3)
    assert done.returncode != 0 and not found, "it ends, and the other process does not wait for ever"
    done, found = train(tmp_path, "killed")
    assert done.returncode == 0, done.stderr
    assert found[0][0]["began"] == 2, "the last state that was kept"
    assert found[0][0]["history"] == both[0][0]["history"]
    for rank in range(2):
        np.testing.assert_array_equal(found[rank][1], both[rank][1])


def test_the_process_that_is_left_says_that_the_other_is_gone(tmp_path):
    """Started as a queue does it: torchrun ends the other one at once, mostly before it can say so."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port)}
    command = [sys.executable, str(SCRIPT), str(tmp_path / "state"), str(tmp_path / "out"), "3"]
    left, killed = (
        subprocess.Popen(
            command, env={**environment, "RANK": str(rank)}, stderr=subprocess.PIPE, text=True)
        for rank in range(2))
    _, said = left.communicate(timeout=600)
    killed.communicate(timeout=600)
    assert killed.returncode == -signal.SIGKILL and left.returncode == 1
    assert "another process of this training is gone, or out of reach" in said


def test_torchrun_starts_dub_and_its_errors_are_said(tmp_path):
    """The way that docs/farm.md shows; the shot is not there."""
    command = [*TORCHRUN, "--no-python", sys.executable, "-I", "-m", "shared_core.cli.main", "tune",
               tmp_path / "none.json", "iptalker"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert "there is no such shot file" in done.stderr
    assert dub("tune", tmp_path / "none.json", "iptalker").returncode == 2
