"""What Submit sends, and what it makes of the answer; the blank frame that waits for the farm's."""

from __future__ import annotations

import stat

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.cli.submit import ENGINES
from shared_core.farm.job import CHUNK
from shared_core.spec.shot import read_shot

PLAN = """dub Dub: 2 frames 1001-1002, core 0.1.0
  step         tasks  frames a task   waits for
  Prepare          1  all             -
  output  /cache/frames
  bundle  /farm/v001"""
STAMP = "2026-11-20T13:17:37.451237+00:00\t"
FAILED = [
    "Open Job Description CLI: Running step 'Prepare'", "Output:", "openjd_progress: 40",
    "dub prepare: no face was found", "Process pid 12 exited with code: 2 (unsigned) / 0x2 (hex)", "",
]


@pytest.fixture
def answering(tmp_path):
    """Makes a program that prints and ends as told, whatever it is asked."""

    def make(text: str, code: int = 0) -> str:
        (tmp_path / "said").write_text(text)
        path = tmp_path / "python"
        path.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\ncat "{tmp_path}/said"\nexit {code}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


def send(module, order, python, **chosen):
    versions = module("versions")
    version = versions.find_or_make(order.folder, order.digest())
    submission = module("submission")
    steps = submission.submit(order, version, submission.Submission(**chosen), python)
    return version, list(steps)[-1]


def test_the_command_is_the_cores_own(module, order, answering, tmp_path):
    python = answering(f"{PLAN}\n{STAMP.rstrip()}\n  Prepare     job 12\n--- Results of local session ---\n0")
    version, last = send(module, order(), python, engine="slurm", chunk=7, scene="/a/b.blend")
    assert last.note == "dub Dub: 2 frames 1001-1002, core 0.1.0\nbundle /farm/v001\nPrepare job 12"
    (shot,) = order().folder.glob("shot.v001.*.json")
    words = (tmp_path / "asked").read_text().split()
    assert words == ["-I", "-u", "-m", "shared_core.cli.main", "submit", str(shot), "--engine", "slurm",
                     "--chunk", "7", "--blender", "/a/b.blend"]
    assert version.sent() == (read_shot(shot).digest(),)
    assert read_shot(shot).frame_path(1001).parent == version.folder


def test_a_program_is_named_only_with_a_scene(module):
    make = module("submission").Submission
    assert "--host-command" in make(scene="a.blend", program="/opt/blender").command("python", "shot.json")
    assert "--host-command" not in make(program="/opt/blender").command("python", "shot.json")


def test_engines_and_chunk_are_the_cores(module):
    assert tuple(name for name, _, _ in module("submission").ENGINES) == ENGINES
    assert module("submission").CHUNK == CHUNK


@pytest.mark.parametrize(("code", "kind"), [(2, "BadInput"), (75, "Transient"), (143, "Cancelled")])
def test_an_exit_code_becomes_its_error_with_the_commands_words(module, order, answering, code, kind):
    said = f"{PLAN}\ndub submit: sbatch took it not: no controller\nsbatch: fatal"
    with pytest.raises(Exception, match="not submitted: sbatch took it not: no controller") as caught:
        send(module, order(), answering(said, code))
    assert type(caught.value).__name__ == kind and caught.value.exit_code == code
    assert "sbatch: fatal" in str(caught.value) and "frames" not in str(caught.value)


def test_a_task_that_failed_is_quoted(module, order, answering):
    text = "\n".join([PLAN, *((STAMP + line).rstrip() for line in FAILED), "Session ended with errors"])
    with pytest.raises(Exception, match="in its step 'prepare': .*dub prepare: no face was found"):
        send(module, order(), answering(text, 2))


def test_a_job_on_this_machine_says_where_it_is(module):
    listener = module("submission").Listener("send")
    seen = []
    for line in ["Running step 'HostRender'", "openjd_progress: 40"]:
        listener.hear(STAMP + line)
        seen.append(str(listener.said))
    assert seen == ["host render", "host render 40 %"]
    assert listener.said.share == 0.4


def test_a_scene_is_rendered_as_it_was_saved(module):
    check = module("submission").require_saved
    check("/a/b.blend", False)
    for file, is_changed, text in (("", True, "never saved"), ("/a/b.blend", True, "changes")):
        with pytest.raises(Exception, match=f"{text}.*save it"):
            check(file, is_changed)


def test_another_range_of_the_same_knobs_goes_into_the_same_folder(module, order, answering):
    python = answering(PLAN)
    first, _ = send(module, order(), python)
    longer = order(frames=type(order().frames).parse("1001-1004"))
    second, _ = send(module, longer, python)
    assert second.folder == first.folder and len(second.sent()) == 2
    assert len(list(order().folder.glob("shot.v001.*.json"))) == 2, "what was sent first is as it was"


def test_a_farms_frame_is_right_where_it_names_a_shot_that_was_sent(module, tmp_path, write):
    versions = module("versions")
    version = versions.find_or_make(tmp_path, "aaa")
    for number, shot in ((1, "sent"), (2, "another"), (3, "")):
        write(version.folder / f"Dub.{number:04d}.exr", number, **{"dub:shot": shot} if shot else {})
    wanted = versions.FrameRange.parse("1-4")
    assert version.missing(wanted) == [1, 2, 3, 4], "nobody sent anything"
    version.note_sent("sent")
    assert version.missing(wanted) == [2, 3, 4]
    version.note_done([2])
    assert version.missing(wanted) == [3, 4]


@pytest.mark.parametrize("size", [(64, 48), (3, 17), (1920, 1080)])
def test_a_blank_frame_has_every_layer_and_nothing_in_it(module, order, tmp_path, size):
    blank, submission = module("blank_frame"), module("submission")
    layers = submission.layers_of(order().shot("frames/v001"))
    maps = {"dub_st": 3, "dub_flow": 3, "dub_ref_st": 3}
    assert dict(layers) == {"dub": 4, "dub_raw": 4, "dub_matte": 4, **maps}
    path = tmp_path / "Dub.1001.exr"
    blank.write_blank(path, size, layers)
    source = oiio.ImageInput.open(str(path))
    names, found = source.spec().channelnames, source.read_image(0, 0, 0, source.spec().nchannels, "float")
    source.close()
    assert {"R", "A", "dub.alpha", "dub_st.blue"} <= set(names) and len(names) == 4 + 4 * 3 + 3 * 3
    assert found.shape[:2] == size[::-1] and not np.any(found)
    assert blank.is_blank(path) and not module("versions").is_frame(path, 1001)
    assert path.stat().st_size < 400_000


def test_a_dubbed_frame_is_not_blank(module, tmp_path, write):
    write(tmp_path / "Dub.0001.exr", 1)
    assert not module("blank_frame").is_blank(tmp_path / "Dub.0001.exr")
    assert not module("blank_frame").is_blank(tmp_path / "absent.exr")


def test_a_blank_frame_that_cannot_be_written_is_said(module, tmp_path):
    with pytest.raises(Exception, match="cannot be written") as caught:
        module("blank_frame").write_blank(tmp_path / "no" / "Dub.0001.exr", (8, 8), [])
    assert type(caught.value).__name__ == "DiskError"
