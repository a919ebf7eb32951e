"""The bundle on a real Slurm: whatever happens to nodes and jobs, the frames are those of one plain run."""

from __future__ import annotations

import json
import os
import re
import time

import pytest
from farm_shot import COUNT, dub
from slurm_lab import GPU_NODE, NODES

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


def submit(lab, shot, *options):
    """Submit; {step: job number}."""
    words = ("submit", shot.path, "--engine", "slurm", "--chunk", 4, "--memory", 1, *options)
    done = dub(*words, env=lab.environment)
    assert done.returncode == 0, done.stderr
    return {step.lower(): int(job) for step, job in re.findall(r"(\w+) +job (\d+)", done.stdout)}


def finish(lab, jobs, seconds=150):
    """Wait for the last step; every element of every step has to have done its work."""
    lab.wait(jobs["assemble"], seconds)
    for job in jobs.values():
        states = lab.states(job)
        assert set(states.values()) == {"COMPLETED"}, lab.call("scontrol", "show", "job", str(job))


def wait_for_frames(lab, shot, count):
    lab.until(lambda: len(shot.written()) >= count, 90, f"{count} frames", shot.logs)


def test_the_whole_graph_gives_the_frames_of_one_machine(slurm, plain):
    shot = plain.copy("the graph's ü 100%", prepared=False)
    jobs = submit(slurm, shot)
    assert list(jobs) == ["prepare", "render", "assemble"]
    finish(slurm, jobs)
    shot.assert_equal()
    assert (shot.folder / "preview.mp4").stat().st_size > 0
    logs = shot.logs()
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ frame 17: written, dubbed", logs)
    assert "Progress: 100%" in logs


def test_a_node_killed_in_mid_chunk_loses_nothing(slurm, plain):
    shot = plain.copy("killed")
    jobs = submit(slurm, shot, "--no-view")
    wait_for_frames(slurm, shot, 4)
    node = next(iter(slurm.nodes_of(jobs["render"]).values()))
    slurm.kill_node(node)
    shot.assert_nothing_half()
    finish(slurm, jobs)
    assert "Restarts=1" in slurm.call("scontrol", "-o", "show", "job", str(jobs["render"]))
    shot.assert_equal()
    slurm.start_node(node)
    slurm.wait_for_nodes()


def test_a_task_that_fails_twice_works_the_third_time(slurm, plain):
    shot = plain.copy("flaky")
    os.symlink(shot.folder / "not mounted yet", shot.frames)
    jobs = submit(slurm, shot, "--no-view", "--attempts", 3)
    first_wave = len(NODES)
    slurm.until(lambda: shot.logs().count("attempt 2 of 3 ended with 75") >= first_wave, 90, "two failures",
                shot.logs)
    (shot.folder / "not mounted yet").mkdir()
    finish(slurm, jobs)
    shot.assert_equal()


def test_a_requeued_chunk_goes_on_where_it_was(slurm, plain):
    shot = plain.copy("requeued")
    jobs = submit(slurm, shot, "--no-view")
    wait_for_frames(slurm, shot, 3)
    element = next(iter(slurm.nodes_of(jobs["render"])))
    slurm.call("scontrol", "requeue", element)
    finish(slurm, jobs)
    assert "Restarts=1" in slurm.call("scontrol", "-o", "show", "job", element)
    shot.assert_equal()


def test_a_cancelled_job_leaves_no_half_frame_and_the_next_one_makes_the_rest(slurm, plain):
    shot = plain.copy("cancelled")
    jobs = submit(slurm, shot, "--no-view")
    wait_for_frames(slurm, shot, 3)
    began = time.monotonic()
    slurm.call("scancel", *map(str, jobs.values()))
    slurm.wait(jobs["render"], 20)
    assert time.monotonic() - began < 4, "a cancelled task has two seconds"
    assert not list(shot.folder.rglob("*.part"))
    shot.assert_nothing_half()
    there = {path.name: path.stat().st_mtime_ns for path in shot.written()}
    assert 3 <= len(there) < COUNT
    finish(slurm, submit(slurm, shot, "--no-view"))
    shot.assert_equal()
    kept = {path.name: path.stat().st_mtime_ns for path in shot.written() if path.name in there}
    assert kept == there


def test_a_second_run_renders_nothing_and_two_at_once_are_harmless(slurm, plain):
    shot = plain.copy("race", prepared=False)
    both = [submit(slurm, shot, "--no-view"), submit(slurm, shot, "--no-view", "--chunk", 3)]
    for jobs in both:
        finish(slurm, jobs)
    shot.assert_equal()
    times = {path.name: path.stat().st_mtime_ns for path in shot.written()}
    finish(slurm, submit(slurm, shot, "--no-view", "--chunk", 12))
    assert {path.name: path.stat().st_mtime_ns for path in shot.written()} == times
    last = list((shot.folder / "farm/shot/v003/slurm/logs").glob("dub-render-*.log"))
    assert len(last) == 2
    assert all("0 made, 12 were up to date" in log.read_text() for log in last)


def test_chunks_that_need_a_gpu_run_where_there_is_one(slurm, plain):
    shot = plain.copy("gpu")
    jobs = submit(slurm, shot, "--no-view", "--gpus", 1, "--chunk", 3, "--frames", "1-24x4")
    finish(slurm, jobs)
    told = slurm.call("scontrol", "-o", "show", "job", str(jobs["render"]))
    assert set(re.findall(r" NodeList=(\w+)", told)) == {GPU_NODE}
    assert [path.name for path in shot.written()] == sorted(plain.plain)[::4]
    shot.assert_nothing_half()


def test_a_shot_edited_after_submission_is_refused_once_and_nothing_waits_for_ever(slurm, plain):
    shot = plain.copy("edited")
    hold = [slurm.call("sbatch", "--parsable", "--exclusive", f"--nodelist={node}", "--output=/dev/null",
                       "--wrap", "sleep 60").strip() for node in NODES]
    jobs = submit(slurm, shot, "--no-view")
    data = json.loads(shot.path.read_text())
    shot.path.write_text(json.dumps({**data, "consent": "C-18"}))
    slurm.call("scancel", *hold)
    assert set(slurm.wait(jobs["assemble"], 60).values()) == {"CANCELLED"}
    assert set(slurm.states(jobs["prepare"]).values()) == {"FAILED"}
    assert "ExitCode=2:0" in slurm.call("scontrol", "-o", "show", "job", str(jobs["prepare"]))
    assert "was edited after the job was sent: send it again" in shot.logs()
    assert "attempt" not in shot.logs()
    assert not shot.written()


def test_more_chunks_than_an_array_may_have_are_refused_with_the_right_size(slurm, plain):
    shot = plain.copy("many")
    done = dub("submit", shot.path, "--engine", "slurm", "--chunk", 1, "--frames", "1-120",
               env=slurm.environment)
    assert done.returncode == 2
    assert "120 chunks, and this Slurm takes arrays up to 100: give --chunk 2 or more" in done.stderr
    assert slurm.call("squeue", "-h").strip() == ""
