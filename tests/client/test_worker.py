"""A host and its worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from shared_core import __version__
from shared_core.client import PROTOCOL, Worker, WorkerError, scrubbed_environment, worker_command
from shared_core.client import worker as client
from shared_core.spec.errors import BadInput, Cancelled, KnobError, ShotError, StaleSidecar

pytestmark = pytest.mark.slow


def test_the_worker_says_what_it_is_and_answers_a_ping():
    with Worker(sys.executable) as worker:
        assert worker.greeting["protocol"] == PROTOCOL
        assert worker.submit("ping").wait(timeout=10) == {"version": __version__}
    assert not worker.alive


def test_describe_gives_the_catalogue(stub_worker):
    names = [item["name"] for item in stub_worker.submit("describe").wait(timeout=60)["operators"]]
    assert "stub_track" in names


def test_prepare_and_render_report_progress_and_results(stub_worker, shot):
    events = []
    result = stub_worker.submit("prepare", shot=str(shot.path)).wait(events.append, timeout=60)
    assert result["made"] == {"track": "v001", "drive": "v001"}
    counts = [event["done"] for event in events if event.get("stage") == "track (Stub Track)"]
    assert counts == [*range(11), 10]
    result = stub_worker.submit("render", shot=str(shot.path), frames="1001-1004").wait(timeout=60)
    assert result["made"] == [1001, 1002, 1003, 1004]
    assert result["states"]["1004"] == "no_face"
    assert result["paths"]["1001"] == str(shot.frame(1001))
    assert shot.frame(1001).exists()


def test_one_frame_of_a_warm_shot_is_rendered_and_skipped(stub_worker, shot):
    stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    first = stub_worker.submit("render_one", shot=str(shot.path), frame=1002).wait(timeout=60)
    again = stub_worker.submit("render_one", shot=str(shot.path), frame=1002).wait(timeout=60)
    assert (first["made"], again["skipped"]) == ([1002], [1002])


def test_a_warm_worker_sees_a_changed_knob_and_a_changed_plate(stub_worker, shot):
    from stub_shot import plate_pixels, write_exr

    stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    render = {"shot": str(shot.path), "frame": 1002}
    stub_worker.submit("render_one", **render).wait(timeout=60)
    before = shot.frame(1002).read_bytes()
    shot.data["nodes"]["face"]["knobs"] = {"gain": 4.0}
    shot.save()
    assert stub_worker.submit("render_one", **render).wait(timeout=60)["made"] == [1002]
    changed = shot.frame(1002).read_bytes()
    assert changed != before
    write_exr(shot.plates / "plate.1002.exr", plate_pixels(1002) * 0.9)
    with pytest.raises(StaleSidecar):
        stub_worker.submit("render_one", **render).wait(timeout=60)
    stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    assert stub_worker.submit("render_one", **render).wait(timeout=60)["made"] == [1002]
    assert shot.frame(1002).read_bytes() != changed


def test_errors_come_back_as_the_same_class_with_their_exit_code(stub_worker, shot):
    with pytest.raises(StaleSidecar, match="dub prepare"):
        stub_worker.submit("render", shot=str(shot.path)).wait(timeout=60)
    with pytest.raises(ShotError, match="no such shot"):
        stub_worker.submit("render", shot=str(shot.path) + "x").wait(timeout=60)
    shot.data["nodes"]["face"]["knobs"] = {"gain": 99}
    shot.save()
    with pytest.raises(KnobError) as caught:
        stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    assert caught.value.exit_code == 2
    assert stub_worker.submit("ping").wait(timeout=10), "an error does not end the worker"


@pytest.mark.parametrize("job", [
    {"job": "paint"}, {"job": None}, {}, {"job": "render"}, {"job": "render", "shot": 5},
    {"job": "render_one", "shot": "SHOT", "frame": "1"}, {"job": "render_one", "shot": "SHOT"},
])
def test_a_job_in_another_form_is_refused_and_the_next_one_runs(stub_worker, shot, job):
    sent = {key: str(shot.path) if value == "SHOT" else value for key, value in job.items()}
    stub_worker._count += 1
    refused = client.Job(stub_worker, stub_worker._count, "odd")
    stub_worker._jobs[refused.number] = refused
    stub_worker.send({"id": refused.number, **sent})
    with pytest.raises(BadInput):
        refused.wait(timeout=60)
    assert stub_worker.submit("ping").wait(timeout=10)


def test_cancel_stops_the_running_job_and_ping_answers_meanwhile(stub_worker, shot):
    shot.data["nodes"]["face"]["knobs"] = {"delay": 0.2}
    shot.save()
    stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    job = stub_worker.submit("render", shot=str(shot.path))
    while not any(event.get("done", 0) >= 1 for event in job.events()):
        time.sleep(0.01)
    began = time.monotonic()
    stub_worker.submit("ping").wait(timeout=10)
    assert time.monotonic() - began < 1.0
    job.cancel()
    with pytest.raises(Cancelled) as caught:
        job.wait(timeout=30)
    assert caught.value.exit_code == 143
    assert not list(shot.frames_folder.glob(".*"))


def test_a_job_that_waits_can_be_cancelled_before_it_starts(stub_worker, shot):
    shot.data["nodes"]["track"]["knobs"] = {"delay": 0.1}
    shot.save()
    first = stub_worker.submit("prepare", shot=str(shot.path))
    second = stub_worker.submit("render", shot=str(shot.path))
    second.cancel()
    first.wait(timeout=60)
    with pytest.raises(Cancelled):
        second.wait(timeout=60)


def test_a_killed_worker_ends_its_jobs_with_an_error_and_a_new_one_works(stub_worker, shot):
    shot.data["nodes"]["track"]["knobs"] = {"delay": 0.5}
    shot.save()
    job = stub_worker.submit("prepare", shot=str(shot.path))
    while not job.events():
        time.sleep(0.01)
    os.kill(stub_worker.greeting["pid"], signal.SIGKILL)
    with pytest.raises(WorkerError, match="ended with code -9") as caught:
        job.wait(timeout=30)
    assert caught.value.exit_code == 75
    with pytest.raises(WorkerError):
        stub_worker.submit("ping").wait(timeout=10)


def test_closing_ends_a_busy_worker_and_leaves_no_half_frame(stub_worker, shot):
    shot.data["nodes"]["face"]["knobs"] = {"delay": 0.3}
    shot.save()
    stub_worker.submit("prepare", shot=str(shot.path)).wait(timeout=60)
    job = stub_worker.submit("render", shot=str(shot.path))
    while not any(event.get("done", 0) >= 1 for event in job.events()):
        time.sleep(0.01)
    stub_worker.close()
    assert not stub_worker.alive
    assert not list(shot.frames_folder.glob(".*"))


def test_when_the_host_dies_the_worker_ends():
    process = subprocess.Popen(
        worker_command(sys.executable), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=scrubbed_environment(),
    )
    assert json.loads(process.stdout.readline())["event"] == "ready"
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_what_libraries_print_does_not_reach_the_protocol():
    code = (
        "import os, sys\n"
        "from shared_core import worker\n"
        "worker._describe = lambda: (print('loud'), os.write(1, b'louder\\n'), {'operators': []})[-1]\n"
        "sys.exit(worker.main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    events = [json.loads(process.stdout.readline())]
    for line in (b'{"id":1,"job":"describe"}\n', b"not json\n", b'{"id":2,"job":"ping"}\n'):
        process.stdin.write(line)
        process.stdin.flush()
        events.append(json.loads(process.stdout.readline()))
    rest, log = process.communicate(timeout=30)
    assert [event["event"] for event in events] == ["ready", "done", "error", "done"]
    assert events[1] == {"id": 1, "event": "done", "result": {"operators": []}}
    assert "not a line of the worker's protocol" in events[2]["message"]
    assert rest == b""
    assert {b"loud", b"louder"} <= set(log.split())


def test_a_python_without_the_core_is_named(tmp_path):
    with pytest.raises(WorkerError, match="cannot be started"):
        Worker(str(tmp_path / "python"))
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\necho no core here >&2\nexit 3\n")
    fake.chmod(0o755)
    with pytest.raises(WorkerError, match="(?s)ended with code 3.*no core here"):
        Worker(str(fake))


def test_another_protocol_is_refused(tmp_path):
    fake = tmp_path / "fake"
    fake.write_text('#!/bin/sh\necho \'{"event":"ready","protocol":99}\'\nexec sleep 30\n')
    fake.chmod(0o755)
    with pytest.raises(WorkerError, match="protocol 99"):
        Worker(str(fake))


def test_a_worker_that_never_gets_ready_is_given_up(tmp_path):
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\nexec sleep 30\n")
    fake.chmod(0o755)
    with pytest.raises(WorkerError, match="not ready within"):
        Worker(str(fake), start_seconds=0.3)


def test_the_hosts_own_python_settings_do_not_reach_the_worker():
    dirty = {"PYTHONHOME": "/nuke", "PYTHONPATH": "/nuke/lib", "LD_LIBRARY_PATH": "/nuke", "HOME": "/root"}
    clean = scrubbed_environment(dirty)
    assert set(clean) & {"PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"} == set()
    assert clean["HOME"] == "/root"
    assert clean["OMP_WAIT_POLICY"] == "PASSIVE"
    with Worker(sys.executable, environment={**os.environ, **dirty, "HOME": os.environ["HOME"]}) as worker:
        assert worker.submit("ping").wait(timeout=10)


def test_the_command_line_isolates_the_worker():
    assert worker_command("/x/python") == ["/x/python", "-u", "-I", "-m", "shared_core.worker"]
