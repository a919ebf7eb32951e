"""What works live inside the groups: native nodes over the passes of a bake."""

from __future__ import annotations

from collections.abc import Mapping

from ..dub_nuke.names import BAKED, CHANNELS, LAYERS, MATTES, READ, REGION, VIEW
from .tcl import Graph, Raw, expression

REGIONS = (*MATTES, "full_face")
"""The mattes of landmark_mask: four channels of dub_matte, the fifth in dub.alpha of its own bake."""


def add_read(graph: Graph) -> None:
    """The Read of the bake. Outside the baked range it is black, so that the plate passes; a frame
    that is missing within it is an error."""
    graph.add(
        "Read", READ, file="", before="black", after="black", on_error="error", raw=True, origset=True,
    )


def layer(graph: Graph, name: str, of: str, kind: str) -> str:
    """One layer of the bake as rgba; alpha is black where the layer has none."""
    wanted = [(f"{kind}.{CHANNELS[c]}", CHANNELS[c]) for c in LAYERS[kind]]
    return _shuffle(graph, name, of, kind, wanted)


def spread(graph: Graph, name: str, of: str, channel: str) -> str:
    """One channel of the stream in all of rgba: how a matte travels here."""
    return _shuffle(graph, name, of, channel.partition(".")[0], [(channel, c) for c in CHANNELS.values()])


def _shuffle(graph: Graph, name: str, of: str, kind: str, wanted: list[tuple[str, str]]) -> str:
    """Shuffle2's mappings: source channel, its input and place, target channel, its output and place."""
    order = list(CHANNELS.values())
    parts = [
        f"{source} 0 {order.index(_colour(source))} rgba.{target} 0 {order.index(target)}"
        for source, target in wanted
    ]
    given = {target for _, target in wanted}
    parts += [f"black -1 -1 rgba.{c} 0 {order.index(c)}" for c in order if c not in given]
    knobs = {"fromInput1": Raw("{{0} B}"), "in1": kind, "fromInput2": Raw("{{0} B}")}
    return graph.add("Shuffle2", name, of, **knobs, mappings=f"{len(parts)} {' '.join(parts)}")


def _colour(channel: str) -> str:
    return channel.rpartition(".")[2]


def artists_matte(graph: Graph, own: str, mask: str, mode_knob: str, index: int, guard: str = "") -> str:
    """`own` with the artist's matte laid in: ignore, replace, add, subtract, multiply.

    The order of the modes is the declaration's. Nothing connected to the group's input `index`
    leaves `own` alone, and so does `guard`, an expression.
    """
    drawn = graph.add("Clamp", "ArtistsMatte", spread(graph, "MaskAlpha", mask, "rgba.alpha"), channels="all")
    added = graph.add("Merge2", "MatteAdd", own, drawn, operation="plus")
    less = graph.add("Merge2", "MatteSubtract", own, drawn, operation="from")
    times = graph.add("Merge2", "MatteMultiply", own, drawn, operation="multiply")
    mode = f"parent.{mode_knob}"
    which = f"[exists parent.input{index}] ? {f'({guard}) ? 0 : ' if guard else ''}{mode} : 0"
    chosen = graph.add(
        "Switch", "MatteMode", own, drawn, added, less, times, which=Raw(expression(which)),
    )
    return graph.add("Clamp", "MatteClamp", chosen, channels="all")


def shape_matte(graph: Graph, matte: str, amount_knob: str = "") -> str:
    """Grow, feather and amount, all native and neutral by default."""
    grow, feather = Raw(expression("parent.live_grow")), Raw(expression("parent.live_feather"))
    grown = graph.add("Dilate", "MatteGrow", matte, channels="all", size=grow)
    soft = graph.add("Blur", "MatteFeather", grown, channels="all", size=feather)
    if not amount_knob:
        return soft
    value = Raw(expression(f"parent.{amount_knob}"))
    return graph.add("Multiply", "MatteAmount", soft, channels="all", value=value)


def live_composite(graph: Graph, plate: str, mask: str, mask_index: int, mode: str, amount: str) -> list[str]:
    """The patch over the plate, and the streams of its views; the result first.

    The matte of the bake has feather, occlusion and drawn outline in it. Where the bake has no
    pixels the matte is 0, so that one grown by hand shows the plate and not black.
    """
    raw = layer(graph, "Raw", READ, "dub_raw")
    valid = spread(graph, "Valid", READ, "dub_raw.alpha")
    own = spread(graph, "BakedMatte", READ, "dub.alpha")
    matte = shape_matte(graph, artists_matte(graph, own, mask, mode, mask_index), amount)
    matte = graph.add("Merge2", "FinalMatte", matte, valid, operation="multiply")
    graded = graph.add("Grade", "PatchGrade", raw, channels="rgb", black_clamp=False)
    graded = graph.add("Saturation", "PatchSaturation", graded, channels="rgb")
    face = copied(graph, "Face", graded, matte, {"rgba.alpha": "rgba.alpha"})
    result = laid_over(graph, "Composite", plate, face)
    patch = graph.add("Merge2", "Patch", graded, matte, operation="multiply", output="rgb")
    patch = copied(graph, "PatchAlpha", patch, matte, {"rgba.alpha": "rgba.alpha"})
    regions = layer(graph, "Mattes", READ, "dub_matte")
    return [result, plate, raw, patch, matte, regions, *map_views(graph)]


def laid_over(graph: Graph, name: str, plate: str, face: str) -> str:
    """`face` laid into `plate` by the face's alpha, with the core's own formula; see operators/composite.py.

    Where the alpha is 0 the plate's value is taken, where it is 1 the face's; Keymix would multiply both
    by 0, and a plate of infinities comes out as NaN of that. `x - x == 0` is false for infinities and
    NaN alone: there the face stands alone. The face travels in a layer of the plate for the one
    Expression, and the plate's own layers and box are kept.
    """
    travels = {f"rgba.{c}": f"dub_raw.{c}" for c in CHANNELS.values()}
    both = copied(graph, f"{name}Face", plate, face, travels)
    mixed = graph.add("Expression", f"{name}Mix", both, **{
        f"expr{n}": (
            f"dub_raw.alpha > 0 && dub_raw.alpha < 1 && {own} - {own} == 0"
            f" ? {own} + dub_raw.alpha * (dub_raw.{CHANNELS[own]} - {own})"
            f" : dub_raw.alpha > 0 ? dub_raw.{CHANNELS[own]} : {own}"
        ) for n, own in enumerate("rgb")
    })
    colours = {f"rgba.{CHANNELS[c]}": f"rgba.{CHANNELS[c]}" for c in "rgb"}
    laid = copied(graph, f"{name}Colours", plate, mixed, colours)
    return graph.add("CopyBBox", name, laid, plate)


def copied(graph: Graph, name: str, onto: str, source: str, channels: Mapping[str, str]) -> str:
    """`onto` with {channel of `source`: channel of its own} put in, four at most.

    All four pairs are written: sources differ on what Nuke takes for those that are not.
    """
    pairs = [*channels.items(), *[("none", "none")] * (4 - len(channels))]
    knobs = {f"{way}{n}": pair[end] for n, pair in enumerate(pairs) for end, way in enumerate(("from", "to"))}
    return graph.add("Copy", name, onto, source, **knobs)


def live_mattes(graph: Graph, picture: str, mask: str, mask_index: int) -> list[str]:
    """The chosen matte as the picture's alpha, and the streams of its views; the result first.

    As in the core, replace and add change lower and full face alone.
    """
    streams = [
        spread(graph, f"Region{n}", READ, f"dub_matte.{c}") for n, c in enumerate(CHANNELS.values())
    ]
    streams.append(spread(graph, "Region4", READ, "dub.alpha"))
    own = graph.add("Switch", "Region", *streams, which=Raw(expression(f"parent.{REGION}")))
    inner = f"parent.matte_mode < 3 && parent.{REGION} > 0 && parent.{REGION} < 4"
    matte = shape_matte(graph, artists_matte(graph, own, mask, "matte_mode", mask_index, inner))
    result = copied(graph, "MatteAlpha", picture, matte, {"rgba.alpha": "rgba.alpha"})
    result = graph.add("CopyBBox", "PictureBox", result, picture)
    return [result, picture, matte, layer(graph, "Mattes", READ, "dub_matte")]


def generated_picture(graph: Graph, plate: str, maps: bool, reference_map: bool) -> list[str]:
    """A generated picture laid over the plate where it is valid, and the streams of its views."""
    raw = layer(graph, "Raw", READ, "dub_raw")
    result = laid_over(graph, "OverPlate", plate, raw)
    if not maps:
        return [result, plate, raw]
    views = map_views(graph, reference_map)
    pulled = graph.add("STMap", "PulledPlate", plate, "StMap", channels="rgb", uv="rgb")
    return [result, plate, raw, *views, pulled]


def map_views(graph: Graph, reference_map: bool = True) -> list[str]:
    """The motion as colour, the ST map, and that of the reference where there is one."""
    flow = layer(graph, "Flow", READ, "dub_flow")
    shown = graph.add(
        "Expression", "FlowColour", flow,
        expr0="0.5 + r / (2 * parent.flow_scale)", expr1="0.5 + g / (2 * parent.flow_scale)", expr2="b",
    )
    views = [shown, layer(graph, "StMap", READ, "dub_st")]
    return [*views, layer(graph, "RefStMap", READ, "dub_ref_st")] if reference_map else views


def finish(graph: Graph, streams: list[str], picture: str) -> None:
    """The chosen view once there is a bake, the picture itself before, and the Output."""
    view = graph.add("Switch", "View", *streams, which=Raw(expression(f"parent.{VIEW}")))
    shown = graph.add("Switch", "BakedOrPlate", picture, view, which=Raw(expression(f"parent.{BAKED}")))
    graph.add("Output", "Output1", shown)
