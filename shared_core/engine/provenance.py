"""What every frame says of its making, in its header. All values are text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .. import __version__, models
from ..spec.shot_values import Shot
from ..values import Reference, References, Window
from ..values.sidecar import Sidecar
from .media import ShotMedia
from .plan import Plan, Step
from .weights import sha256_of

FRAME_KEY = "dub:frame_key"
STATE = "dub:state"


class Provenance:
    """The header of any frame of one shot."""

    def __init__(
        self, shot: Shot, plan: Plan, sidecars: Mapping[str, Sidecar], media: ShotMedia
    ) -> None:
        steps = [s for s in plan.shot_steps + plan.frame_steps if s.name in plan.needed]
        weights = sorted({name for step in steps for name in step.operator.weights_with(step.knobs)})
        self._references = [s for s in sidecars.values() if isinstance(s, References)]
        self._clips = [media.clip("plate")]
        takes = [one for s in steps if (one := s.node.inputs.get("takes", "")).startswith("@")]
        self._clips += [media.clip(takes[0][1:])] if takes else []
        self._common = {
            "dub:core": __version__,
            "dub:shot": shot.digest(),
            "dub:shot_name": shot.name,
            "dub:operators": ", ".join(f"{s.name}={s.operator.name} {s.operator.version}" for s in steps),
            "dub:weights": "; ".join([*map(_weight_line, weights), *_brought(steps, media)]),
            "dub:consent": shot.consent or "none named",
            "dub:ocio_config": media.colour.description,
            "dub:working_space": media.colour.working,
        }

    def header(self, frame: int, key: str, state: str) -> dict[str, str]:
        """The attributes of `frame`."""
        header = {**self._common, "dub:frame": str(frame), FRAME_KEY: key, STATE: state}
        lenders = self._lenders(frame)
        if lenders:
            header["dub:references"] = ", ".join(
                f"{'takes' if one.clip else 'plate'} {one.frame} {one.weight:.3f}" for one in lenders
            )
        return header

    def reference_display(self, frame: int) -> Window:
        """The display window of the picture that the heaviest lender of `frame` lies in."""
        lenders = self._lenders(frame)
        return self._clips[lenders[0].clip if lenders else 0].display

    def _lenders(self, frame: int) -> list[Reference]:
        return [lender for references in self._references for lender in references.at(frame)]


def _brought(steps: Iterable[Step], media: ShotMedia) -> list[str]:
    """A line for each checkpoint that the shot names."""
    names = dict.fromkeys(
        reference[1:] for step in steps for socket, reference in step.node.inputs.items()
        if reference.startswith("@") and step.operator.socket(socket).type == "Checkpoint")
    opened = {name: media.checkpoint(name) for name in names}
    return [
        f"{name} sha256 {one.key} {one.facts.get('licence', 'no licence stated')}"
        for name, one in opened.items()
    ]


def _weight_line(name: str) -> str:
    return f"{name} sha256 {sha256_of(name)} {models.entry(name).licence}"
