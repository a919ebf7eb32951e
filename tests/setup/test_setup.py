"""The set-up files agree with each other and pin what they install."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from shared_core.cli import doctor

ROOT = Path(__file__).resolve().parents[2]
SETUP = (ROOT / ".ci" / "setup").read_text()


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements):
    return {doctor.normalised(re.match(r"[\w.-]+", text)[0]) for text in requirements} - {"dubnodes"}


def test_every_dependency_is_pinned():
    extras = project()["optional-dependencies"].values()
    wanted = names(project()["dependencies"]).union(*map(names, extras))
    assert wanted - set(doctor.read_pins(ROOT / "constraints.txt")) == set()


def test_torch_is_pinned_and_the_demo_does_not_ask_for_it():
    assert doctor.read_pins(ROOT / "constraints.txt")["torch"] == "2.13.0"
    assert "torch" not in names(project()["dependencies"])


def test_both_cv2_distributions_are_pinned_to_one_version():
    pins = doctor.read_pins(ROOT / "constraints.txt")
    assert pins["opencv-python"] == pins["opencv-contrib-python"]


def test_set_up_and_doctor_name_the_same_system_libraries():
    libraries = re.search(r'^LIBRARIES="(.*)"$', SETUP, re.M)[1].split()
    packages = re.search(r'^PACKAGES="(.*)"$', SETUP, re.M)[1].split()
    assert dict(zip(libraries, packages, strict=True)) == doctor.LIBRARIES


def test_scripts_stop_at_the_first_failure_and_are_executable():
    for name in ("run", "setup"):
        script = ROOT / ".ci" / name
        assert "set -euo pipefail" in script.read_text() and script.stat().st_mode & 0o111
        subprocess.run(["bash", "-n", script], check=True)


def test_set_up_refuses_an_unknown_word():
    done = subprocess.run([ROOT / ".ci" / "setup", "both"], capture_output=True, text=True)
    assert done.returncode == 2 and "demo|test" in done.stderr


def test_make_knows_all_the_commands_that_the_documents_name():
    for target in ("demo", "test", "quick", "test-hosts", "bench", "lint", "clean"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_clean_removes_what_was_made_and_nothing_else(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in ("out", "shared_core/__pycache__", ".venv/lib/__pycache__", "mine"):
        (tmp_path / folder).mkdir(parents=True)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"Makefile", "shared_core", ".venv", ".venv/lib", ".venv/lib/__pycache__", "mine"}


def test_the_licence_is_apache_2():
    assert "Apache License\n" in (ROOT / "LICENSE").read_text()
