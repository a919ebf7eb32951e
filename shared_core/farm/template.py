"""A job as an OpenJD job template (jobtemplate-2023-09, with the extension TASK_CHUNKING).

Steps: Tune where asked, Prepare, Render in chunks of frames, Assemble, and the host's own render. Every task
is one `python -m shared_core.farm ...`; what it is given are job parameters, so that a farm can map its
paths and a wrangler change its values. NONCONTIGUOUS chunks, as a stepped range would otherwise become
tasks of one frame each.
"""

from __future__ import annotations

from typing import Any

from .job import FarmJob
from .notation import to_openjd

SPECIFICATION = "jobtemplate-2023-09"
MOST_PARAMETERS = 50
"""More need the extension FEATURE_BUNDLE_1."""
NOTIFY_SECONDS = 10
"""From SIGTERM to SIGKILL; `dub render` needs two."""
TUNE_NOTIFY_SECONDS = 90
"""`dub tune` finishes its step, and keeps its state."""
RULES = "--path-map={{Session.PathMappingRulesFile}}"
CHUNK_FRAMES = "{{Task.Param.Frame}}"


def template(job: FarmJob) -> dict[str, Any]:
    """The template; the values of this shot are in `parameter_values`."""
    parameters = _parameters(job)
    extensions = ["TASK_CHUNKING"] + ["FEATURE_BUNDLE_1"] * (len(parameters) > MOST_PARAMETERS)
    steps = [_prepare(job), _render(job), _assemble(job)]
    if job.tune is not None:
        steps.insert(0, _tune(job))
    if job.options.host is not None:
        steps.append(_host(job))
    return {
        "specificationVersion": SPECIFICATION,
        "extensions": extensions,
        "name": f"dub {job.shot.name}"[:128],
        "description": f"Dubs the shot {job.shot.name} with Dubnodes {job.core}.",
        "parameterDefinitions": parameters,
        "steps": steps,
    }


def parameter_values(job: FarmJob) -> dict[str, str]:
    """The values without a default in the template: what belongs to this shot and this farm."""
    options, shot = job.options, job.shot
    values = {
        "ShotFile": str(shot.path), "OutputFolder": str(shot.frame_path(job.frames.first).parent),
        "Frames": to_openjd(job.frames), "ChunkSize": str(options.chunk),
        "Attempts": str(options.attempts), "Python": options.python,
        "ShotDigest": shot.digest(), "Core": job.core,
    }
    if options.host is not None:
        values |= {"HostFile": str(options.host.file), "HostCommand": options.host.command}
    if job.tune is not None:
        values |= {
            "UntunedShot": str(job.tune.shot.path), "UntunedDigest": job.tune.shot.digest(),
            "TunedWeights": str(job.tune.out),
        }
    return values


def _parameters(job: FarmJob) -> list[dict[str, Any]]:
    own = [
        _file("ShotFile", "The shot file.", "IN"),
        {"name": "OutputFolder", "type": "PATH", "objectType": "DIRECTORY", "dataFlow": "OUT",
         "description": "Where the shot file puts its frames."},
        {"name": "Frames", "type": "STRING", "description": "Frames, in OpenJD's notation: 1-10:3,15."},
        {"name": "ChunkSize", "type": "INT", "minValue": 1, "description": "Frames a task."},
        {"name": "Attempts", "type": "INT", "minValue": 1, "maxValue": 20,
         "description": "How often a task is tried that ends with 75 (something outside it failed)."},
        {"name": "Python", "type": "STRING", "description": "Python of the nodes' Dubnodes."},
        {"name": "ShotDigest", "type": "STRING", "description": "The shot's content when it was sent."},
        {"name": "Core", "type": "STRING", "description": "The version of Dubnodes that every node has."},
    ]
    if job.options.host is not None:
        own += [
            _file("HostFile", "The host's scene, rendered once the frames are there.", "IN"),
            {"name": "HostCommand", "type": "STRING", "description": "The host's program on the nodes."},
        ]
    if job.tune is not None:
        own += [
            _file("UntunedShot", "The shot file that was sent; its network is tuned.", "IN"),
            {"name": "UntunedDigest", "type": "STRING", "description": "Its content when it was sent."},
            _file("TunedWeights", "The checkpoint: the weights of ShotFile.", "OUT"),
        ]
    return own + [knob.definition() for knob in job.knobs]


def _file(name: str, text: str, flow: str) -> dict[str, Any]:
    return {"name": name, "type": "PATH", "objectType": "FILE", "dataFlow": flow, "description": text}


def _task(
    job: FarmJob, *arguments: str, timeout: float | None = None, notify: int = NOTIFY_SECONDS,
) -> dict[str, Any]:
    return {
        "command": "{{Param.Python}}",
        "args": ["-I", "-u", "-m", "shared_core.farm", *arguments],
        "timeout": round(60 * (timeout or job.options.timeout)),
        "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": notify},
    }


def _shot_arguments(job: FarmJob) -> list[str]:
    """What every task on the shot is told."""
    knobs = [f"--knob={knob.target}={{{{Param.{knob.name}}}}}" for knob in job.knobs]
    return [
        "{{Param.ShotFile}}", "--digest={{Param.ShotDigest}}", "--core={{Param.Core}}",
        "--attempts={{Param.Attempts}}", RULES, *["--verify"] * job.options.verify, *knobs,
    ]


def _step(job: FarmJob, name: str, action: dict[str, Any], after: str = "", gpus: int = 0) -> dict[str, Any]:
    needs = job.options.needs
    amounts = [
        {"name": "amount.worker.vcpu", "min": needs.cpus},
        {"name": "amount.worker.memory", "min": round(needs.memory * 1024)},
    ]
    if gpus:
        amounts.append({"name": "amount.worker.gpu", "min": gpus})
    step: dict[str, Any] = {
        "name": name, "script": {"actions": {"onRun": action}}, "hostRequirements": {"amounts": amounts},
    }
    if after:
        step["dependencies"] = [{"dependsOn": after}]
    return step


def _chunks() -> dict[str, Any]:
    return {"taskParameterDefinitions": [{
        "name": "Frame", "type": "CHUNK[INT]", "range": "{{Param.Frames}}",
        "chunks": {"defaultTaskCount": "{{Param.ChunkSize}}", "rangeConstraint": "NONCONTIGUOUS"},
    }]}


def _tune(job: FarmJob) -> dict[str, Any]:
    action = _task(
        job, "tune", "{{Param.UntunedShot}}", "--digest={{Param.UntunedDigest}}", "--core={{Param.Core}}",
        "--attempts={{Param.Attempts}}", RULES, *["--verify"] * job.options.verify,
        f"--steps={job.tune.steps}", "--out={{Param.TunedWeights}}", notify=TUNE_NOTIFY_SECONDS,
    )
    return _step(job, "Tune", action, gpus=min(job.options.needs.gpus, 1))


def _prepare(job: FarmJob) -> dict[str, Any]:
    action = _task(job, "prepare", *_shot_arguments(job))
    after = "" if job.tune is None else "Tune"
    return _step(job, "Prepare", action, after, gpus=job.options.needs.gpus)


def _render(job: FarmJob) -> dict[str, Any]:
    action = _task(job, "render", *_shot_arguments(job), f"--frames={CHUNK_FRAMES}")
    step = _step(job, "Render", action, after="Prepare", gpus=job.options.needs.gpus)
    step["parameterSpace"] = _chunks()
    if job.options.warm and not job.options.verify:
        step["stepEnvironments"] = [{
            "name": "WarmWorker", "description": "One worker a session, which keeps the shot open.",
            "script": {"actions": {
                "onEnter": _task(job, "warm-start", RULES, timeout=5),
                "onExit": _task(job, "warm-stop", timeout=5),
            }},
        }]
    return step


def _assemble(job: FarmJob) -> dict[str, Any]:
    action = _task(
        job, "assemble", *_shot_arguments(job), "--frames={{Param.Frames}}", *["--view"] * job.options.view
    )
    return _step(job, "Assemble", action, after="Render")


def _host(job: FarmJob) -> dict[str, Any]:
    host = job.options.host
    action = _task(
        job, "host", host.kind, "{{Param.HostFile}}", "--command={{Param.HostCommand}}",
        f"--write={host.write}", "--attempts={{Param.Attempts}}", f"--frames={CHUNK_FRAMES}",
    )
    step = _step(job, "HostRender", action, after="Assemble")
    step["parameterSpace"] = _chunks()
    return step
