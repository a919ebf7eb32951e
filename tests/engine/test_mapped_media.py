"""The same shot on machines that mount the same disk in different places."""

from __future__ import annotations

import json
import shutil

import pytest

from shared_core.spec.errors import MediaError
from shared_core.spec.path_mapping import VARIABLE


@pytest.fixture
def elsewhere(prepared, tmp_path, monkeypatch):
    """The shot, in part rendered, whose plate has an absolute path; then the plates lie in /there."""
    monkeypatch.delenv(VARIABLE, raising=False)
    prepared.data["media"]["plate"]["path"] = str(prepared.plates / "plate.####.exr")
    prepared.save().prepare()
    prepared.render("1001-1003")
    shutil.move(prepared.plates, tmp_path / "there")

    def rules(source=prepared.plates):
        file = tmp_path / "rules.json"
        file.write_text(json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [{
            "source_path_format": "POSIX", "source_path": str(source),
            "destination_path": str(tmp_path / "there")}]}))
        monkeypatch.setenv(VARIABLE, str(file))
        return prepared

    return rules


def test_media_are_found_and_nothing_is_stale(elsewhere):
    shot = elsewhere()
    assert shot.prepare().made == {}
    report = shot.render()
    assert report.skipped == [1001, 1002, 1003]
    assert len(report.made) == 7


def test_verified_media_are_known_on_both_machines(elsewhere):
    shot = elsewhere()
    session = shot.session()
    session.verify_media()
    known = json.loads((shot.path.parent / "sidecars/verified.json").read_text())
    assert len(known) == 10
    assert all(path.startswith(str(shot.plates)) for path in known), "in the source's spelling"


def test_rules_that_match_nothing_are_said_with_the_missing_media(elsewhere):
    shot = elsewhere("/somewhere/else")
    with pytest.raises(MediaError, match=r"1 path-mapping rules \(.*rules.json\) match no path of"):
        shot.render()


def test_rules_that_match_nothing_are_a_warning_where_all_is_there(prepared, tmp_path, monkeypatch):
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "P:\\", "destination_path": "/nowhere"}]}))
    monkeypatch.setenv(VARIABLE, str(file))
    assert prepared.session().notes() == [
        f"warning: 1 path-mapping rules ({file}) match no path of {prepared.path}"]
    assert len(prepared.render().made) == 10
