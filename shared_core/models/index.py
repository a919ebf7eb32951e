"""Find a file on the package index that pip is configured with; no address stands in this project.

Reads pip's own configuration (environment, files, else the constant in the pip package) and the
index' HTML pages. Reference: PEP 503, PEP 691 (only the HTML form is asked for).
"""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

from shared_core.spec.errors import ModelError

from . import download
from .manifest import Archive

# Runs in a process of its own: pip's modules are not made to be imported into another program.
_ASK_PIP = """
import json
from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI
configuration = Configuration(isolated=False)
configuration.load()
print(json.dumps({"default": PyPI.simple_url, "settings": list(configuration.items())}))
"""
# Weakest first, as pip itself ranks them.
_SECTIONS = ("global", "download", "install", ":env:")


@dataclass(frozen=True)
class PipSettings:
    """indexes: addresses, the main one first. cafile: pip's `cert`, or "" for the system's."""

    indexes: tuple[str, ...]
    cafile: str = ""


@cache
def pip_settings() -> PipSettings:
    """Ask the pip of this Python for its indexes; ModelError where there is no pip or no index."""
    asked = subprocess.run([sys.executable, "-c", _ASK_PIP], capture_output=True, text=True, timeout=60)
    if asked.returncode != 0:
        last = (asked.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelError(
            f"pip of {sys.executable} does not tell its package index ({last}); "
            f"run: {sys.executable} -m ensurepip"
        )
    answer = json.loads(asked.stdout)
    return settings_from(answer["settings"], answer["default"])


def settings_from(items: list, default: str) -> PipSettings:
    """The settings out of pip's configuration items: (key, value), or (file, {key: value})."""
    found: dict[str, str] = {}
    flat: dict[str, str] = {}
    for key, value in items:
        flat.update(value if isinstance(value, dict) else {key: value})
    for section in _SECTIONS:
        found |= {k.removeprefix(f"{section}."): v for k, v in flat.items() if k.startswith(f"{section}.")}
    if str(found.get("no-index", "")).lower() in ("1", "true", "yes", "on"):
        raise ModelError(
            "pip is set to use no index (no-index), so nothing can be fetched; "
            "unset it, or bring the file: dub models add NAME FILE"
        )
    indexes = [found.get("index-url", default), *found.get("extra-index-url", "").split()]
    return PipSettings(tuple(dict.fromkeys(indexes)), found.get("cert", ""))


def find(archive: Archive) -> list[str]:
    """Addresses of `archive`, from every index that lists it; empty where none does.

    Raises ModelError where an index lists the name with another sha256, download.Unavailable where
    no index that answers has the package.
    """
    settings = pip_settings()
    found, failures = [], []
    for index in settings.indexes:
        page = f"{index.rstrip('/')}/{re.sub(r'[-_.]+', '-', archive.package).lower()}/"
        try:
            text = download.read_page(page, settings.cafile)
        except download.Unavailable as failure:
            failures.append(failure)
            continue
        address = address_in(text, page, archive)
        if address:
            found.append(address)
    if not found and failures:
        raise next((f for f in failures if f.worth_a_retry), failures[0])
    return found


def address_in(text: str, page: str, archive: Archive) -> str | None:
    """The absolute address of `archive.file` in an index page, without its fragment, or None."""
    links = _Links()
    links.feed(text)
    for link in links.found:
        parts = urlsplit(urljoin(page, link))
        if unquote(parts.path.rpartition("/")[2]) != archive.file:
            continue
        listed = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", parts.fragment)
        if listed and listed[1].lower() != archive.sha256:
            raise ModelError(
                f"{archive.file}: the package index lists sha256 {listed[1]}, expected "
                f"{archive.sha256}; it was not fetched"
            )
        return _with_login_of(page, parts)
    return None


def _with_login_of(page: str, parts) -> str:
    """Keep the index' user and password for files on the same host, and for no other."""
    own = urlsplit(page)
    same_host = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
    netloc = own.netloc if same_host else parts.netloc
    return parts._replace(netloc=netloc, fragment="").geturl()


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        target = dict(attributes).get("href")
        if tag == "a" and target:
            self.found.append(target)
