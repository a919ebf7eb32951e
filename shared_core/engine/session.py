"""A shot, opened: its plan, its media and its sidecars. A warm worker keeps one between jobs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ..spec.catalogue import nearest
from ..spec.errors import BadInput, StaleSidecar
from ..spec.operator import Operator
from ..spec.path_mapping import path_map_of_environment
from ..spec.shot import read_shot
from ..spec.shot_graph import upstream
from ..values.sidecar import Sidecar
from .cancel import Cancellation
from .heap import keep_heap_flat
from .keys import sidecar_keys
from .media import ShotMedia
from .plan import live_operators, make_plan
from .progress import Progress, Silent
from .sidecars import SIDECARS, SidecarStore, Version
from .verified import FILE, VerifiedFiles


class Session:
    """Read the shot file at `path` and open what it names, each when it is first needed.

    operators: the live registry unless a test gives its own. Raises what `read_shot` raises.
    """

    def __init__(self, path: Path | str, operators: dict[str, Operator] | None = None) -> None:
        keep_heap_flat()
        operators = live_operators() if operators is None else operators
        self.shot = read_shot(Path(path).absolute(), operators)
        self.plan = make_plan(self.shot, operators)
        self.path_map = path_map_of_environment()
        self.verified = VerifiedFiles(self.shot.folder / SIDECARS / FILE, self.path_map)
        self.media = ShotMedia(self.shot, self.verified, self.path_map)
        self.store = SidecarStore(self.shot.folder / SIDECARS)
        self.operators = operators
        self._loaded: dict[tuple[str, str], Sidecar] = {}

    def renew(self) -> bool:
        """Look at shot file and media again; False where the shot is another and wants a new session.

        What changed on disk is opened anew; all else stays warm. Raises what `read_shot` raises.
        """
        if read_shot(self.shot.path, self.operators) != self.shot:
            self.close()
            return False
        self.media.refresh()
        self.__dict__.pop("wanted_keys", None)
        return True

    def verify_media(self, progress: Progress | None = None, cancel: Cancellation | None = None) -> None:
        """Read all media in full, and key them by their content from here on; see verified."""
        progress, files = progress or Silent(), self.media.files()
        progress.begin("verify media", len(files))
        changed = self.verified.verify(files, progress.advance, cancel or Cancellation())
        progress.end()
        what = f"{len(changed)} of them changed, or not known before" if changed else "all of them as known"
        progress.say(f"verified {len(files)} files: {what}")
        self.media.close()
        self.__dict__.pop("wanted_keys", None)

    def close(self) -> None:
        """Close the media."""
        self.media.close()

    @cached_property
    def wanted_keys(self) -> dict[str, str]:
        """The key that each shot-scope node's sidecar has to have."""
        return sidecar_keys(self.shot, self.plan, self.media)

    def stored(self, node: str) -> tuple[Version, Sidecar] | None:
        """The sidecar of `node` that belongs to the shot as it is now, or None."""
        if node not in self.wanted_keys:
            known = nearest(node, self.wanted_keys)
            raise BadInput(f"{self.shot.path}: there is no shot-scope node {node!r}{known}")
        version = self.store.find(node, self.wanted_keys[node])
        if version is None:
            return None
        held = (node, version.key)
        if held not in self._loaded:
            value = self.store.load(version)
            if value is None:
                return None
            self._loaded = {k: v for k, v in self._loaded.items() if k[0] != node} | {held: value}
        return version, self._loaded[held]

    def sidecar(self, node: str) -> Sidecar:
        """The sidecar of `node`; StaleSidecar where `prepare` has to run first."""
        found = self.stored(node)
        if found is None:
            why = "belongs to other knobs or media" if self.store.versions(node) else "is not there"
            raise StaleSidecar(
                f"{self.shot.path}: the sidecar of node {node!r} {why}; run `dub prepare {self.shot.path}`"
            )
        return found[1]

    def sidecars(self) -> dict[str, Sidecar]:
        """The sidecars that frames are made from; StaleSidecar for the first that is missing."""
        wanted = {name for step in self.plan.frame_steps for name in upstream(step.node)}
        return {step.name: self.sidecar(step.name) for step in self.plan.shot_steps if step.name in wanted}

    def notes(self) -> list[str]:
        """What a person should know of the shot before it runs."""
        return self.media.mapping_notes() + [
            f"node {step.name!r} was made for {step.operator.name} {step.node.version};"
            f" version {step.operator.version} runs"
            for step in self.plan.shot_steps + self.plan.frame_steps
            if step.node.version != step.operator.version
        ]
