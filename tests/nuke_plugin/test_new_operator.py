"""An operator that is new in operators.json has its node, menu entry, icon and page by `make nuke` alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import pytest
from nuke_stand_in.script_graph import load_file
from shared_nuke import PLUGIN, load_plugin, shot_of

from nuke_plugin.generate import __main__ as generate
from shared_core.spec import catalogue
from shared_core.spec import operator as declaring
from shared_core.spec.catalogue import load_catalogue, to_text
from shared_core.spec.errors import KnobError, ShotError
from shared_core.spec.knob import Knob
from shared_core.values import Checkpoint, Image, Mask, Track

ROOT = Path(generate.ROOT)
LABEL, NAME = "Teeth Glow", "teeth_glow"


def teeth_glow(
    plate: Image,
    track: Track,
    matte: Mask | None = None,
    weights: Checkpoint | None = None,
    *,
    strength: Annotated[float, Knob(
        "Strength", "How far the teeth glow.", hard=(0, 50), soft=(0, 10), unit="%", keyable=True)] = 5.0,
    passes: Annotated[int, Knob("Passes", "How often.", hard=(1, 9))] = 2,
    tint: Annotated[str, Knob("Tint", "Warm or cold.", choices=("warm tone", "cold tone"))] = "warm tone",
    soft: Annotated[bool, Knob("Soft", "With a soft edge.")] = True,
    note: Annotated[str, Knob("Note", "Words for the header, [as they are] $here.")] = "",
) -> Image:
    """Have the teeth glow; "quoted", in {braces}."""


@pytest.fixture
def declared(monkeypatch, tmp_path):
    """operators.json with the made-up one, in place of the real file; the folder that is generated into."""
    monkeypatch.setattr(declaring, "REGISTRY", {})
    declaring.operator(LABEL, scope="frame", version=1, tunable=True)(teeth_glow)
    everything = {**load_catalogue(), **declaring.REGISTRY}
    file = tmp_path / "operators.json"
    file.write_text(to_text(everything), encoding="utf-8")
    into = tmp_path / "repository"
    (into / "docs").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "nuke.md", into / "docs")
    shutil.copytree(ROOT / "docs" / "images", into / "docs" / "images")
    shutil.copytree(PLUGIN / "groups", into / "nuke_plugin" / "groups")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "CATALOGUE_FILE", file)
        patch.setattr(generate, "ROOT", into)
        patch.setattr(generate, "GROUPS", into / "nuke_plugin" / "groups")
        patch.setattr(generate, "PAGE", into / "docs" / "nuke.md")
        load_catalogue.cache_clear()
        yield SimpleNamespace(into=into, groups=generate.GROUPS, file=file)
    load_catalogue.cache_clear()


@pytest.fixture
def grown(declared, nuke, monkeypatch, capsys):
    """After `make nuke`: a Nuke with the plug-in and the groups that were made."""
    assert generate.main(["--check"]) == 1
    assert f"nuke_plugin/groups/{NAME}.nk" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    plugin = load_plugin()
    monkeypatch.setattr(plugin.create, "GROUPS", declared.groups)
    plugin.menus.build()
    return SimpleNamespace(nuke=nuke, plugin=plugin, groups=declared.groups, into=declared.into)


def test_it_has_a_group_that_loads_with_its_knobs_inputs_and_tune(grown):
    (group,) = load_file(grown.groups / f"{NAME}.nk")
    assert [node.name for node in group.children if node.kind == "Input"] == ["plate", "track", "mask"]
    knobs = group.user_knobs
    assert knobs["strength"].label == "Strength (%)" and knobs["strength"].limits == (0, 10)
    assert knobs["tint"].menu == ["warm tone", "cold tone"]
    assert knobs["note"].tooltip.startswith("Words for the header, [as they are] $here.")
    assert knobs["weights"].number == 2, "a path is a File knob"
    assert {"tune_tab", "dub_view", "bake", "submit", "dub_upgrade"} <= set(knobs)
    assert group.knobs["strength"] == "5" and group.knobs["passes"] == "2"


def test_it_has_a_menu_entry_with_an_icon_that_is_there(grown):
    for bar in ("Nodes", "Nuke"):
        menu = grown.nuke.menus[bar].entries["Dub"]
        assert f"Dub {LABEL}" in menu.entries
        assert list(menu.entries)[0] == "Dub"
        icons = {menu.icons[name] for name in (f"Dub {LABEL}", "Dub Composite")}
        assert icons == {grown.nuke.menus[bar].icons["Dub"]}
        assert (PLUGIN / "icons" / icons.pop()).read_bytes().startswith(b"\x89PNG")


def test_the_entry_makes_a_node_that_bakes(grown, read_of):
    grown.nuke.script["first_frame"].setValue(1001)
    grown.nuke.script["last_frame"].setValue(1004)
    plate = read_of("plate", range(1001, 1005))
    exec(grown.nuke.menus["Nodes"].entries["Dub"].entries[f"Dub {LABEL}"], {})
    node = grown.nuke.find("DubTeethGlow1")
    assert node["dub_frames"].value() == "1001-1004"
    assert not grown.plugin.create.is_outdated(node)
    track = grown.plugin.create.create("track_face")
    track.setInput(0, plate)
    node.setInput(0, plate)
    with pytest.raises(ShotError, match="its input 'track' is not connected; it takes a Track"):
        shot_of(grown.plugin, node)
    node.setInput(grown.plugin.dub_nodes.input_number(node, "track"), track)
    node["tint"].setValue("cold tone")
    node["strength"].setValueAt(0.0, 1001)
    node["strength"].setValueAt(30.0, 1004)
    shot, _ = shot_of(grown.plugin, node)
    made = shot.nodes["DubTeethGlow1"]
    assert made.operator == NAME and made.inputs == {"plate": "@plate", "track": "DubTrackFace1"}
    assert made.knobs["tint"] == "cold tone" and made.knobs["strength"].at(1002) == 10
    assert shot.output.passes["dub_raw"] == "DubTeethGlow1"
    node["passes"].setValue(12)
    with pytest.raises(KnobError, match="Passes.*12.*1 to 9"):
        shot_of(grown.plugin, node)


def test_a_node_below_takes_its_picture(grown, chain):
    glow = grown.plugin.create.create(NAME)
    glow.setInput(0, chain["plate"])
    glow.setInput(grown.plugin.dub_nodes.input_number(glow, "track"), chain["track_face"])
    last = chain["composite"]
    last.setInput(grown.plugin.dub_nodes.input_number(last, "face"), glow)
    shot, _ = shot_of(grown.plugin, last)
    assert shot.nodes["DubComposite1"].inputs["face"] == "DubTeethGlow1"


def test_its_knobs_stand_on_the_page(grown):
    page = (grown.into / "docs" / "nuke.md").read_text(encoding="utf-8")
    assert f"### Dub {LABEL}\n" in page
    assert "| Strength `strength` | How far the teeth glow. | 5 % | 0 to 50 % | keyed |" in page


def test_the_group_of_an_operator_that_is_gone_goes_too(grown, declared, capsys):
    declared.file.write_text((ROOT / "shared_core/spec/operators.json").read_text(encoding="utf-8"))
    load_catalogue.cache_clear()
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert not (grown.groups / f"{NAME}.nk").exists()
    assert f"Dub {LABEL}" not in grown.plugin.create.menu_entries()
