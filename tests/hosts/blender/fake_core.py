"""A stand-in for the core's worker: speaks its protocol, renders discs in no time, analyses nothing.

Started as the core's Python by a script of two lines (see conftest.fake_python), so that the extension
cannot tell. What it writes follows from the shot file alone: the disc's value is the drive's
opening_gain, keyed or not, so that a changed knob is seen in the pixels; weights add a tenth of their own
number. FAKE_DELAY: s a frame, or a step of tuning.
"""

import base64
import json
import os
import queue
import re
import signal
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from exr_file import layered, write_exr  # noqa: E402

from shared_core.client.protocol import PROTOCOL, error_event  # noqa: E402
from shared_core.spec.catalogue import describe, load_catalogue  # noqa: E402
from shared_core.spec.errors import BadInput, Cancelled  # noqa: E402
from shared_core.spec.frames import FrameRange  # noqa: E402
from shared_core.spec.keys import value_at  # noqa: E402
from shared_core.spec.shot import read_shot  # noqa: E402

SIZE = (48, 64)
CENTRE, RADIUS = (36.0, 24.0), 9.0
ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
"""A PNG."""
cancelled = threading.Event()


def disc(value, wanted=None):
    """The layers of a frame whose generated pixels are `value`: a disc with a soft edge in a square crop.

    wanted: the passes to have beside the picture; all without.
    """
    height, width = SIZE
    y, x = np.mgrid[:height, :width] + 0.5
    distance = np.hypot(x - CENTRE[0], y - CENTRE[1])
    matte = np.clip(RADIUS - distance, 0, 1)
    crop = np.zeros((height, width, 4))
    crop[8:42, 20:54] = (value, value / 2, value / 4, 1)
    mattes = np.dstack([matte, matte > 0.5, matte > 0.8, distance < RADIUS / 2])
    st = np.dstack([x / width, 1 - y / height, np.ones_like(x)])
    flow = np.zeros((height, width, 3))
    picture = np.zeros((height, width, 4))
    made = {"": picture, "dub": np.dstack([crop[..., :3] * matte[..., None], matte]), "dub_raw": crop,
            "dub_matte": mattes, "dub_st": st, "dub_flow": flow, "dub_ref_st": st}
    return made if wanted is None else {name: made[name] for name in made if name in ("", *wanted)}


def value_of(shot, frame):
    """What the disc holds."""
    gain = float(value_at(shot.nodes["drive"].knobs.get("opening_gain", 1.0), frame))
    weights = shot.media.get("weights")
    return gain + (int(re.search(r"v(\d+)", weights.path).group(1)) / 10 if weights else 0.0)


def tell(number, **event):
    sys.stdout.write(json.dumps({"id": number, **event}) + "\n")
    sys.stdout.flush()


def header_of(shot, frame, value):
    """What tells this frame from others, in the place of the core's frame key."""
    passes = " ".join(shot.output.passes)
    return {"dub:frame": str(frame), "dub:value": f'"{value}"', "dub:passes": f'"{passes}"'}


def submit(shot, engine):
    """`dub submit`: on this machine all frames at once, a Slurm that is down, as Deadline none."""
    named = read_shot(shot)
    print(f"dub {named.name}: {len(named.frames)} frames {named.frames}\n  bundle  farm/v001", flush=True)
    if engine == "slurm":
        print("dub submit: sbatch took prepare.sh not: no controller", file=sys.stderr)
        return 2
    if engine == "local":
        make_frames(shot)
    return 0


def tune(shot, network, steps, holdout):
    """`dub tune`: keeps its last step when it is asked to stop, and goes on there."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    shot = read_shot(shot)
    if "nobody" in shot.media["plate"].path:
        print("dub tune: 12 frames are left to learn from; give more of the plate", file=sys.stderr)
        return 2
    folder = shot.folder / "checkpoints"
    folder.mkdir(exist_ok=True)
    state = folder / ".tuning-1.safetensors"
    first = int(state.read_text()) if state.exists() else 0
    print("before: 21.40 dB in the hole, on 8 frames kept for validation", file=sys.stderr, flush=True)
    for step in range(first, steps):
        time.sleep(float(os.environ.get("FAKE_DELAY", "0")))
        print(f"step {step + 1} of {steps}: pixel 0.04; 0.10 s a step, 0 min left", flush=True)
        state.write_text(str(step + 1))
        if stopped.is_set():
            print("stopped; run the same command again to go on", file=sys.stderr)
            return 143
    number = len(list(folder.glob("iptalker-v*.safetensors"))) + 1
    path = folder / f"{network}-v{number:03d}.safetensors"
    os.replace(state, path)
    numbers = {"steps": steps, "learnt_frames": 30, "from_step": first, "held_out_frames": len(holdout),
               "before_psnr_db": 21.4, "tuned_psnr_db": 25.0}
    path.with_suffix(".json").write_text(json.dumps(numbers))
    path.with_suffix(".png").write_bytes(ONE_PIXEL)
    print(f"{path}\n{json.dumps(numbers)}\n{path.with_suffix('.png')}\nnext: dub prepare", flush=True)
    return 0


def make_frames(shot):
    """What a farm does with a shot file that was sent to it."""
    shot = read_shot(shot)
    for frame in shot.frames:
        value = value_of(shot, frame)
        header = {**header_of(shot, frame, value), "dub:shot": shot.digest()}
        write_exr(shot.frame_path(frame), layered(disc(value, shot.output.passes)), header)


def render(message, number):
    shot = read_shot(message["shot"])
    frames = FrameRange.parse(message["frames"]) if message.get("frames") else shot.frames
    made, skipped = [], []
    tell(number, event="progress", stage="render", done=0, total=len(frames))
    for count, frame in enumerate(frames, 1):
        value = value_of(shot, frame)
        path = shot.frame_path(frame)
        header = header_of(shot, frame, value)
        if path.exists() and all(text.encode() in path.read_bytes()[:4000] for text in header.values()):
            skipped.append(frame)
        else:
            time.sleep(float(os.environ.get("FAKE_DELAY", "0")))
            part = path.with_name(f".{path.name}.part")
            layers = layered(disc(value, shot.output.passes))
            write_exr(part, layers, header)
            os.replace(part, path)
            made.append(frame)
        tell(number, event="progress", stage="render", done=count, total=len(frames))
        if cancelled.is_set():
            cancelled.clear()
            raise Cancelled("stopped on request")
    return {"made": made, "skipped": skipped}


def prepare(message, number):
    shot = read_shot(message["shot"])
    if "nobody" in shot.media["driver"].path:
        raise BadInput("node 'driver_track': no face was found in the driver; pick another clip")
    return {"made": {}, "kept": {}, "warnings": []}


def outline(message, number):
    from shared_core.engine.outline import outlines

    found, size = outlines({int(f): Path(p) for f, p in message["paths"].items()}, message["points"])
    return {"outlines": found, "size": size}


def listen(jobs):
    for line in sys.stdin:
        message = json.loads(line)
        if message["job"] == "cancel":
            cancelled.set()
        else:
            jobs.put(message)
        if message["job"] == "shutdown":
            return
    jobs.put({"job": "shutdown"})


def main():
    jobs = queue.Queue()
    threading.Thread(target=listen, args=(jobs,), daemon=True).start()
    tell(None, event="ready", protocol=PROTOCOL, version="fake", pid=os.getpid())
    kinds = {"prepare": prepare, "render": render, "outline": outline,
             "describe": lambda *_: describe(load_catalogue())}
    while (message := jobs.get())["job"] != "shutdown":
        try:
            cancelled.clear()
            tell(message["id"], event="done", result=kinds[message["job"]](message, message["id"]))
        except Exception as error:
            tell(message["id"], **error_event(error))


if __name__ == "__main__":
    if "tune" in sys.argv:
        _, shot, network, *_ = words = sys.argv[sys.argv.index("tune"):]
        held_out = next((word.partition("=")[2] for word in words if word.startswith("--holdout=")), "")
        held_out = FrameRange.parse(held_out) if held_out else ()
        sys.exit(tune(shot, network, int(words[words.index("--steps") + 1]), held_out))
    if "submit" in sys.argv:
        words = sys.argv[sys.argv.index("submit") + 1:]
        sys.exit(submit(words[0], words[words.index("--engine") + 1]))
    main()
