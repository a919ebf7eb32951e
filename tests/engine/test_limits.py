"""Long shots, small disks, odd frames."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from stub_shot import plate_pixels, read_exr, write_exr

from shared_core.engine.override import Override
from shared_core.media.exr_encode import encode_exr, required_attributes
from shared_core.spec.errors import MediaError
from shared_core.values import Window

PROCESS = Path(__file__).with_name("stub_process.py")


def _limited(shot, blocks):
    """Render in a process that may write no file above `blocks` times 1024 bytes."""
    command = f'ulimit -f {blocks}; exec "{sys.executable}" "{PROCESS}" render "{shot.path}" none'
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_file_that_the_disk_refuses_is_transient_named_and_leaves_nothing(prepared):
    run = _limited(prepared, 4)
    assert run.returncode == 75, run.stderr
    assert "sh010.1001.exr" in run.stderr
    assert run.stderr.count("\n") == 1
    assert list(prepared.frames_folder.iterdir()) == []
    assert len(prepared.render().made) == 10


@pytest.mark.slow
def test_a_full_disk_stops_and_the_rerun_finishes(prepared):
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", folder], capture_output=True, check=False)
        if mounted.returncode:
            pytest.skip("a small disk cannot be mounted here")
        try:
            prepared.frames_folder.symlink_to(folder)
            command = [sys.executable, str(PROCESS), "render", str(prepared.path), "none"]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            assert run.returncode == 75, run.stderr
            assert "No space left" in run.stderr
            kept = [path.name for path in Path(folder).iterdir()]
            assert kept
            assert not [name for name in kept if name.startswith(".")]
            subprocess.run(["mount", "-o", "remount,size=10m", folder], check=True)
            report = prepared.render()
            assert sorted(report.skipped + report.made) == list(range(1001, 1011))
            assert len(report.skipped) == len(kept)
        finally:
            subprocess.run(["umount", folder], check=False)


def test_a_frame_of_another_size_is_named(prepared):
    write_exr(prepared.plates / "plate.1007.exr", np.full((24, 32, 3), 0.3, np.float32))
    with pytest.raises(MediaError, match="1007.*32x24"):
        prepared.prepare()


def test_other_channels_and_integers_are_copied_bit_for_bit(shot):
    window = Window(0, 0, 64, 48)
    rng = np.random.default_rng(0)
    for frame in range(1001, 1011):
        planes = {name: plate_pixels(frame)[..., i].astype(np.float16) for i, name in enumerate("RGB")}
        planes["R"][1, :3] = [np.nan, np.inf, -np.inf]
        planes["crypto.ids"] = rng.integers(0, 2**32, (48, 64)).astype(np.uint32)
        planes["depth.Z"] = np.full((48, 64), 1e6 + 1 / 3, np.float32)
        path = shot.plates / f"plate.{frame}.exr"
        encode_exr(path, planes, window, required_attributes(window, 1.0), "zip")
    shot.prepare()
    shot.render("1001")
    plate, dub = read_exr(shot.plates / "plate.1001.exr"), read_exr(shot.frame(1001))
    outside = dub["dub.alpha"] == 0
    assert not outside.all()
    for name in ("crypto.ids", "depth.Z"):
        assert plate[name].dtype == dub[name].dtype
        assert plate[name].tobytes() == dub[name].tobytes()
    for name in "RGB":
        assert (plate[name].view(np.uint16) == dub[name].view(np.uint16))[outside].all()


@pytest.mark.slow
def test_a_hundred_thousand_frames_are_listed_and_one_is_rendered_in_seconds(prepared):
    for frame in range(1011, 101_001):
        path = prepared.plates / f"plate.{frame}.exr"
        if frame % 20_000 == 0 or frame == 1011:  # a file has a largest number of links
            source = path
            write_exr(path, plate_pixels(1001))
        else:
            path.hardlink_to(source)
    prepared.data["media"]["plate"]["analysis"] = "1001-1010"
    prepared.save().prepare()
    began = time.monotonic()
    assert prepared.render("1001").made == [1001]
    assert time.monotonic() - began < 30
    shutil.rmtree(prepared.plates)


# Not getrusage: its peak is the parent's where the parent was larger when it forked.
MEASURE = """
import sys
sys.path.insert(0, {tests!r})
from stub_operators import STUBS
from shared_core.engine import Session, render
render(Session({shot!r}, STUBS), {frames!r})
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_memory_at_2000_frames_is_within_a_tenth_of_that_at_100(prepared):
    source = prepared.plates / "plate.1001.exr"
    for frame in range(1011, 3001):
        (prepared.plates / f"plate.{frame}.exr").hardlink_to(source)
    prepared.data["output"]["compression"] = "none"
    prepared.save().prepare()
    most = {}
    for frames in ("1001-1100", "1001-3000"):
        code = MEASURE.format(tests=str(PROCESS.parent), shot=str(prepared.path), frames=frames)
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        most[frames] = int(run.stdout)
        shutil.rmtree(prepared.frames_folder)
    assert most["1001-3000"] < 1.1 * most["1001-1100"], most


def test_an_edited_frame_fed_back_whole_gives_each_socket_its_own_layer(tmp_path):
    window = Window(0, 0, 8, 6)
    names = ("dub_flow.red", "dub_flow.green", "dub_flow.blue", "dub_ref_st.red", "dub_ref_st.green")
    planes = {name: np.full((6, 8), 0.5, np.float32) for name in names}
    encode_exr(tmp_path / "edited.0001.exr", planes, window, required_attributes(window, 1.0), "zip")
    override = Override(tmp_path / "edited.####.exr", None)
    assert np.all(override.flow(1, window, "flow").vectors == [0.5, -0.5])
    reference = override.flow(1, window, "reference_flow").vectors
    assert np.allclose(reference[0, 0], [8 * 0.5 - 0.5, 6 * 0.5 - 0.5])
    assert override.flow(2, window, "flow") is None
