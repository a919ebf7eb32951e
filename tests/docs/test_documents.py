"""What the documents say is so: commands, flags, links, knobs, tables."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import node_table
import pytest

from shared_core.cli.main import COMMANDS
from shared_core.spec.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
         for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]}
NOT_YET = README.split("## Not yet")[1].split("\n## ")[0]
KEPT = {name: text.replace(NOT_YET, "") for name, text in PAGES.items()}
CODE = re.compile(r"^    (dub .+)|`(dub [^`]+)`", re.MULTILINE)
COMMENT = re.compile(r"\s#\s.*|\s{3,}.*")


def _commands(text):
    """Every `dub ...` of a page, without the comment behind it; a frame field (####) is none."""
    for found in CODE.findall(text):
        for one in COMMENT.sub("", next(filter(None, found))).split("&&"):
            yield one.strip()


def _parser(name):
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(f"shared_core.cli.{name}").add_arguments(parser)
    return parser


def _flags(parser):
    """The parser's flags, and those of its own subcommands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _flags(below)


def test_the_readmes_table_of_nodes_is_the_catalogues():
    """Make it again with: python tests/docs/node_table.py --write"""
    assert node_table.with_table(README) == README
    assert README.count("<!-- nodes:") == 1


def test_commands_are_found_with_what_stands_behind_a_frame_field():
    text = "    dub new s.json --plate p.####.exr --driver v.mov   # a note\nand `dub cache list S.json`."
    found = ["dub new s.json --plate p.####.exr --driver v.mov", "dub cache list S.json"]
    assert list(_commands(text)) == found
    assert len(list(_commands(README))) > 20


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_command_on_the_page_exists_with_its_flags(page):
    for text in _commands(KEPT[page]):
        words = shlex.split(text.partition(" > ")[0])
        if len(words) < 2 or not words[1].isalpha():
            continue
        assert words[1] in COMMANDS, text
        flags = set(_flags(_parser(words[1])))
        used = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
        assert used <= flags, text


def test_the_readmes_first_shot_can_be_typed_as_it_stands():
    block = README.split("## A first shot")[1].split("\n## ")[0]
    lines = re.findall(r"^    (dub .+)", block, re.MULTILINE)
    typed = [shlex.split(COMMENT.sub("", line)) for line in lines]
    assert [words[1] for words in typed] == ["new", "prepare", "render", "view", "evaluate"]
    for words in typed:
        _parser(words[1]).parse_args(words[2:])


def test_what_is_not_yet_there_is_not_there():
    for command in re.findall(r"`dub ([a-z]+)`", NOT_YET):
        assert command not in COMMANDS, f"`dub {command}` works: take it out of 'Not yet'"


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", PAGES[page]):
        assert "://" not in target, f"{target}: no addresses in our pages"
        assert (folder / target).exists(), target


@pytest.mark.parametrize("page", sorted(PAGES))
def test_tests_and_make_targets_that_are_named_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^    )make ([a-z-]+)", PAGES[page], re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    for paths in re.findall(r"`pytest ([^`]+)`", PAGES[page]):
        assert all((ROOT / path).exists() for path in paths.split()), paths


def test_every_knob_of_the_guides_exists_and_none_is_left_out():
    guide = "".join(PAGES[f"docs/{name}.md"] for name in ("geometric", "sound", "iptalker"))
    named = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", guide, re.MULTILINE))
    there = {f"{one.name}.{knob.name}" for one in load_catalogue().values() for knob in one.knobs}
    assert named == there, f"gone: {sorted(named - there)}; not explained: {sorted(there - named)}"


def test_every_metric_is_explained():
    from shared_core.evaluate.bars import BARS

    named = set(re.findall(r"^\| `([a-z_]+)` \|", PAGES["docs/evaluate.md"], re.MULTILINE))
    there = set(BARS)
    assert named == there, f"gone: {sorted(named - there)}; not explained: {sorted(there - named)}"


def test_every_pass_is_explained():
    from shared_core.media.pass_planes import LEGENDS

    for page in ("README.md", "docs/formats.md"):
        assert all(re.search(rf"^\| `{name}` \|", PAGES[page], re.MULTILINE) for name in LEGENDS), page
