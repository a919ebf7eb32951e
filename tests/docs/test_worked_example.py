"""The README's worked example is a complete operator: put where it says, it works."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```python\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_the_worked_example_passes_the_contract_in_a_copy_of_the_house(tmp_path):
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared_core", tmp_path / "shared_core", ignore=without)
    shutil.copytree(ROOT / "tests" / "contract", tmp_path / "tests" / "contract", ignore=without)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    examples = EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    paths = [path for path, _ in examples]
    assert paths == ["shared_core/operators/grade.py", "tests/operators/test_grade.py"]
    for path, code in examples:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(code, encoding="utf-8")

    def python(*words):
        return subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True)

    described = python("shared_core.cli.main", "describe", "--json")
    assert '"name": "grade"' in described.stdout, described.stderr
    (tmp_path / "shared_core" / "spec" / "operators.json").write_text(described.stdout, encoding="utf-8")
    tested = python("pytest", "tests/contract", "tests/operators/test_grade.py", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *paths],
        cwd=tmp_path, capture_output=True, text=True,
    )
    assert linted.returncode == 0, linted.stdout
