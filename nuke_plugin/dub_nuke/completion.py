"""What a bake writes: the image, the matte and the passes of a chain that ends in any operator.

The engine writes frames that a picture was laid into. A chain that ends earlier is completed by a
landmark_mask and a composite that lay the plate into itself: every pixel stays the plate's, and the
passes carry what the artist wants to see. The composite's matte, without feather, carries the one
matte that dub_matte has no channel for.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from shared_core.spec.catalogue import Catalogue, load_catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.shot import Node, Output

from . import names
from .wiring import PLATE

_MASK, _COMPOSITE, _TRACK = "bake_mask", "bake_composite", "bake_track"


def complete(nodes: Dict[str, Node], target: str, path: str) -> Tuple[Dict[str, Node], Output]:
    """The nodes with what a bake of `target` needs beside them, and the output; path: of the frames."""
    operators = load_catalogue()
    made = _Completion(dict(nodes), target, operators)
    return made.nodes, made.output(path)


class _Completion:
    def __init__(self, nodes: Dict[str, Node], target: str, operators: Catalogue) -> None:
        self.nodes, self._target, self._operators = nodes, target, operators

    def output(self, path: str) -> Output:
        if self._has(self._target, "image", "Image") and self._has(self._target, "matte", "Mask"):
            last = self._target
            passes = self._passes_of_composite()
        else:
            mattes = self._target if self._four_mattes(self._target) else self._mask()
            last = self._composite(f"{mattes}.full_face")
            passes = {"dub": f"{last}.dub", "dub_matte": mattes, **self._passes_of(self._target)}
        return Output(path, f"{last}.image", f"{last}.matte", passes=passes)

    def _passes_of_composite(self) -> Dict[str, str]:
        inputs = self.nodes[self._target].inputs
        passes = {"dub": f"{self._target}.dub"} if self._has(self._target, "dub", "Image") else {}
        face = inputs.get("face", "").partition(".")[0]
        mask = inputs.get("matte", "").partition(".")[0]
        if face in self.nodes:
            passes["dub_raw"] = inputs["face"]
            passes.update({k: v for k, v in self._passes_of(face).items() if k != "dub_raw"})
        if mask in self.nodes and self._four_mattes(mask):
            passes["dub_matte"] = mask
        return passes

    def _passes_of(self, name: str) -> Dict[str, str]:
        """The generated picture and the motions that the node gives."""
        passes = {}
        pictures = self._outputs(name, "Image")
        if pictures:
            passes["dub_raw"] = self._reference(name, pictures[0])
        flows = self._outputs(name, "Flow")
        if "flow" in flows:
            passes.update(dub_st=f"{name}.flow", dub_flow=f"{name}.flow")
        if "reference_flow" in flows:
            passes["dub_ref_st"] = f"{name}.reference_flow"
        return passes

    def _mask(self) -> str:
        inputs = {"track": self._track()}
        drive = self._above("Drive")
        if drive:
            inputs["drive"] = drive
        return self._add(_MASK, "landmark_mask", inputs)

    def _composite(self, matte: str) -> str:
        plain = {"feather": 0.0, "occlusion_fade": 0.0}
        plate = f"@{PLATE}"
        inputs = {"plate": plate, "face": plate, "matte": matte, "track": self._track()}
        return self._add(_COMPOSITE, "composite", inputs, plain)

    def _track(self) -> str:
        """A track of the plate that is there already; else one is made."""
        for name, node in self.nodes.items():
            if node.operator == "track_face" and node.inputs.get("plate") == f"@{PLATE}":
                return name
        return self._add(_TRACK, "track_face", {"plate": f"@{PLATE}"})

    def _above(self, kind: str) -> Optional[str]:
        """The target, or a node that it is connected to, where that gives a value of this kind."""
        connected = [ref.partition(".")[0] for ref in self.nodes[self._target].inputs.values()]
        for name in (self._target, *connected):
            outputs = self._outputs(name, kind) if name in self.nodes else []
            if outputs:
                return self._reference(name, outputs[0])
        return None

    def _add(self, name: str, operator: str, inputs: Dict[str, str], knobs: Optional[dict] = None) -> str:
        if operator not in self._operators:
            raise ShotError(f"this Dubnodes has no operator {operator!r}, which a bake of this node needs")
        self.nodes.setdefault(name, Node(operator, self._operators[operator].version, inputs, knobs or {}))
        return name

    def _outputs(self, name: str, kind: str) -> List[str]:
        return [out.name for out in self._operators[self.nodes[name].operator].outputs if out.type == kind]

    def _has(self, name: str, output: str, kind: str) -> bool:
        return output in self._outputs(name, kind)

    def _four_mattes(self, name: str) -> bool:
        return set(names.MATTES) <= set(self._outputs(name, "Mask"))

    def _reference(self, name: str, output: str) -> str:
        return name if len(self._operators[self.nodes[name].operator].outputs) == 1 else f"{name}.{output}"
