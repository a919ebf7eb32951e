"""Read an address with short connect and patient read time-outs, retries, and progress in bytes.

A host that cannot be reached is remembered for the life of the process, so that a closed network
costs one time-out and not one a file.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import os
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared_core.spec.errors import DiskError

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
ATTEMPTS = 3
_CHUNK = 1 << 18
_PAGE_LIMIT = 32 << 20
# Statuses that say "not now"; any other 4xx says "not here".
_PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_unreachable: dict[str, str] = {}


class Unavailable(Exception):
    """An address gave nothing; worth_a_retry: whether it may later (network, busy server)."""

    def __init__(self, reason: str, worth_a_retry: bool) -> None:
        super().__init__(reason)
        self.worth_a_retry = worth_a_retry


def read_page(address: str, cafile: str = "") -> str:
    """The text of an index page; Unavailable where it cannot be had."""
    pieces: list[bytes] = []
    _with_retries(address, cafile, lambda answer: pieces.append(answer.read(_PAGE_LIMIT)))
    return pieces[-1].decode("utf-8", "replace")


def download(
    address: str, target: Path, progress: Callable[[int, int], None], limit: int, cafile: str = ""
) -> None:
    """Write what lies at `address` to `target`, at most `limit` bytes.

    progress(done, total) counts bytes; total is 0 where the server does not say.
    Raises Unavailable after the last attempt, DiskError where `target` cannot be written.
    """
    _with_retries(address, cafile, lambda answer: _copy(answer, target, progress, limit))


def _copy(answer, target: Path, progress: Callable[[int, int], None], limit: int) -> None:
    total = int(answer.headers.get("Content-Length") or 0)
    done = 0
    with writing(target) as write:
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if done > limit:
                raise Unavailable(f"sends more than the {limit} bytes that were expected", False)
            write(chunk)
            progress(done, total)
    if total and done < total:
        raise http.client.IncompleteRead(b"", total - done)


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Callable[[bytes], None]]:
    """Open `target` and yield a function that appends bytes; DiskError tells the disk from the source."""

    def failed(error: OSError) -> DiskError:
        return DiskError(f"{target} cannot be written: {error}; free the disk, or set DUB_CACHE elsewhere")

    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(target, "wb", buffering=0))
        except OSError as error:
            raise failed(error) from None

        def write(chunk: bytes) -> None:
            try:
                left = memoryview(chunk)
                while left:
                    left = left[file.write(left):]
            except OSError as error:
                raise failed(error) from None

        yield write


def _with_retries(address: str, cafile: str, use: Callable) -> None:
    host = urlsplit(address).hostname or ""
    if host in _unreachable:
        raise Unavailable(_unreachable[host], True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _open(address, cafile) as answer:
                use(answer)
            return
        except urllib.error.HTTPError as error:
            error.close()
            failure = Unavailable(f"answers {error.code} {error.reason}", error.code in _PASSING_STATUSES)
        except _CannotConnect as error:
            _unreachable[host] = f"cannot be reached ({error})"
            raise Unavailable(_unreachable[host], True) from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            failure = _as_unavailable(error)
        if not failure.worth_a_retry or attempt == ATTEMPTS:
            raise failure from None
        time.sleep(2.0 ** (attempt - 1))


def _as_unavailable(error: Exception) -> Unavailable:
    reason = getattr(error, "reason", error)
    missing = isinstance(reason, FileNotFoundError) or "No such file" in str(reason)
    return Unavailable("is not there" if missing else f"broke off ({reason})", not missing)


def _open(address: str, cafile: str):
    parts = urlsplit(address)
    if parts.scheme == "file":
        # An index may be a folder on disk; pip reads its index.html then.
        if os.path.isdir(unquote(parts.path)):
            address = f"{address.rstrip('/')}/index.html"
        return urllib.request.build_opener().open(address)
    proxied = parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.netloc)
    if not proxied:
        _resolve(parts.hostname or "")
    bare_host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(
        parts._replace(netloc=bare_host).geturl(),
        headers={"User-Agent": "dubnodes", "Accept": "text/html, */*;q=0.5"},
    )
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # Not handed on to another host by a redirect.
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    return _opener(cafile).open(request, timeout=READ_SECONDS)


class _CannotConnect(OSError):
    """No connection within CONNECT_SECONDS: told from a connection that broke later."""


def _resolve(host: str) -> None:
    """Ask for the host's address in a thread: the system's resolver knows no time-out."""
    outcome: list[Exception | None] = []

    def ask() -> None:
        try:
            socket.getaddrinfo(host, None)
            outcome.append(None)
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if not outcome:
        raise _CannotConnect(f"no answer from the name service in {CONNECT_SECONDS:g} s")
    if outcome[0]:
        raise _CannotConnect(str(outcome[0]))


class _Patient:
    """An HTTP connection that gives up connecting after CONNECT_SECONDS, reading later."""

    def connect(self) -> None:
        reading, self.timeout = self.timeout, CONNECT_SECONDS
        try:
            super().connect()
        except OSError as error:
            raise _CannotConnect(str(error)) from None
        self.timeout = reading
        self.sock.settimeout(reading)


class _PatientHTTP(_Patient, http.client.HTTPConnection):
    pass


class _PatientHTTPS(_Patient, http.client.HTTPSConnection):
    pass


class _Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._own_context = context

    def http_open(self, request):
        return self._connected(_PatientHTTP, request)

    def https_open(self, request):
        return self._connected(_PatientHTTPS, request, context=self._own_context)

    def _connected(self, kind, request, **arguments):
        try:
            return self.do_open(kind, request, **arguments)
        except urllib.error.URLError as error:
            # urllib wraps what `connect` raised; unwrap it, for the caller tells the two apart.
            if isinstance(error.reason, _CannotConnect):
                raise error.reason from None
            raise


@functools.cache
def _opener(cafile: str) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cafile=cafile or None)
    return urllib.request.build_opener(_Handler(context))
