"""`dub doctor`: each fault is found, and the line says what to do."""

import argparse
import ctypes
from collections import namedtuple

import pytest

from shared_core import models
from shared_core.cli import doctor


def test_a_sound_installation_is_good(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    assert doctor.run(argparse.Namespace(quick=True)) == 0
    printed = capsys.readouterr().out
    assert "BAD" not in printed and "package numpy" in printed and "dub models fetch dlib_68" in printed


def test_one_fault_makes_exit_code_2(capsys, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("DUB_CACHE", str(file / "below"))
    assert doctor.run(argparse.Namespace(quick=True)) == 2
    printed = capsys.readouterr().out
    assert "cannot be written" in printed and "set DUB_CACHE" in printed and "1 to mend" in printed


def test_missing_libraries_give_the_exact_command(monkeypatch):
    def load(name):
        if name in ("libGL.so.1", "libGLESv2.so.2"):
            raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    (finding,) = doctor.check_libraries()
    assert finding.level == doctor.BAD
    assert finding.advice == "sudo apt-get install -y libgl1 libgles2"


def test_a_chroot_without_sys_is_a_fault(tmp_path):
    finding = doctor.check_processor_list(tmp_path / "sys")
    assert finding.level == doctor.BAD and "mount" in finding.advice


@pytest.mark.parametrize(
    "version, level", [((3, 10), doctor.BAD), ((3, 11), doctor.GOOD), ((3, 13), doctor.NOTE)]
)
def test_only_pythons_that_cannot_work_are_faults(version, level):
    assert doctor.check_python(version).level == level


def test_an_absent_package_is_a_fault_only_where_it_is_needed():
    assert doctor.check_package("no-such-thing", {}, doctor.BAD, True).level == doctor.BAD
    assert doctor.check_package("no-such-thing", {}, doctor.NOTE, True).level == doctor.NOTE


def test_another_version_than_the_pinned_one_is_noted():
    finding = doctor.check_package("numpy", {"numpy": "0.1"}, doctor.BAD, True)
    assert finding.level == doctor.NOTE and "tested with 0.1" in finding.advice


def test_a_package_that_cannot_be_imported_is_a_fault(monkeypatch):
    monkeypatch.setitem(doctor.MODULES, "numpy", "no_such_module_of_numpy")
    finding = doctor.check_package("numpy", {}, doctor.BAD, False)
    assert finding.level == doctor.BAD and "cannot be imported" in finding.what


def test_a_full_disk_is_a_fault(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage(10**12, 10**12, 10**8))
    finding = doctor.check_space(tmp_path / "not" / "yet" / "there")
    assert finding.level == doctor.BAD and "0.1 GB" in finding.what


def test_a_damaged_model_is_a_fault_and_a_missing_one_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    file = models.store.location(models.entry("face_landmarker"))
    file.parent.mkdir(parents=True)
    file.write_bytes(b"damaged")
    levels = {finding.what.split()[1].rstrip(","): finding.level for finding in doctor.check_models()}
    assert levels.pop("face_landmarker") == doctor.BAD
    shipped = {name for name, entry in models.entries().items() if entry.shipped}
    assert {levels.pop(name) for name in shipped} == {doctor.GOOD}, "they come with Dubnodes"
    assert set(levels.values()) == {doctor.NOTE}


def test_a_worker_that_cannot_start_is_a_fault(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(doctor.sys, "executable", str(tmp_path / "no-python"))
    finding = doctor.check_worker()
    assert finding.level == doctor.BAD and "no-python" in finding.advice
