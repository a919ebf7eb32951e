"""Tune: fit the network of a node to its shot by `dub tune`, and point the chain at the checkpoint.

It learns from what the comp shows, as a bake renders it, in a shot file of its own beside the node's.
The checkpoint lies beside that, and the nodes of the chain that run the network get it as their Weights.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import List, Optional

import nuke

from shared_core.spec.errors import DubError, ShotError
from shared_core.spec.shot import read_shot, write_shot

from . import background, bake, names, status
from .dub_nodes import frame_range, network_of, text_of
from .dub_process import DubProcess
from .pictures import for_file_knob
from .request import look, prepare
from .undo import one_step

STEPS, HOLD_OUT = "tune_steps", "tune_holdout"


def tune(node: nuke.Node) -> Optional[threading.Thread]:
    """Tune the network of `node`; return the thread that follows `dub tune` (GUI).

    Raises DubError with the node as it was.
    """
    background.require_idle()
    before = (node[names.STATUS].value(), int(node["tile_color"].value()))
    status.show(node, status.RENDERING, status.WORKING)
    try:
        frames = frame_range(node)
        network = network_of(node)
        if not network:
            raise ShotError(
                f"{node.name()}: runs no network that could be tuned; choose a recipe that does in Recipe")
        chain = look(node, frames)[0].dub_nodes
        same = [one for one in chain if network_of(one) == network]
        request = prepare(node, frames)
        shot = request.shot.with_name(f"{request.shot.stem}.tune.json")
        write_shot(read_shot(request.shot), shot)
    except BaseException:
        status.show(node, *before)
        raise
    status.show(node, f"{status.TUNING} {network}.", status.WORKING)
    words = ["tune", str(shot), network, f"--steps={int(node[STEPS].value())}"]
    hold_out = text_of(node, HOLD_OUT)
    follower = _Follower(node, request.name, same, [
        ["prepare", str(shot)], [*words, *[f"--holdout={hold_out}"] * bool(hold_out)]])
    thread = background.start(request.name, follower.run)
    if thread is None and follower.error is not None:
        raise follower.error
    return thread


class _Follower:
    """Runs the commands, one after the other, and gives the last one's checkpoint to the nodes.

    node: the one whose button was pressed, of the full name `name`. nodes: all that get the checkpoint.
    """

    def __init__(
        self, node: nuke.Node, name: str, nodes: List[nuke.Node], commands: List[List[str]]
    ) -> None:
        self._node, self._name, self._nodes, self._commands = node, name, nodes, commands
        self._said: List[str] = []
        self.error: Optional[Exception] = None

    def run(self) -> None:
        """To the end; an error is shown on the node."""
        self._task = nuke.ProgressTask(f"Dub tune {self._name}")
        self.error = background.error_of(self._commanded, (DubError, RuntimeError))
        del self._task
        if self.error is None:
            self.error = background.error_of(lambda: background.in_main_thread(self._connect))
        if self.error is not None:
            background.in_main_thread(bake.fail, self._node, self._name, self.error)

    def _commanded(self) -> None:
        for words in self._commands:
            self._said = []
            DubProcess(words).follow(self._tell, self._task.isCancelled)

    def _tell(self, line: str) -> None:
        print(line, flush=True)
        self._task.setMessage(line.strip()[-120:])
        self._said.append(line)

    def _connect(self) -> None:
        """Set Weights of all nodes that are still there, as one step that can be undone.

        What the command said names the checkpoint; it is shown in any case.
        """
        path = [line.strip() for line in self._said if line.strip().endswith(".safetensors")][-1]
        found = [node for node in self._nodes if bake.attached(node) is not None]
        if found:
            with one_step(f"Dub tune {self._name}"):
                for node in found:
                    node[names.WEIGHTS].setValue(for_file_knob(path))
        pressed = bake.attached(self._node)
        if pressed is not None:
            status.show(pressed, f"Tuned: {Path(path).name}. Bake, to see it.", status.CHANGED)
        if nuke.GUI:
            nuke.message("\n".join(self._said))
