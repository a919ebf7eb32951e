"""Reading an address: retries, limits, and what is not repeated."""

import http.server
import threading
from contextlib import contextmanager

import pytest

from shared_core.models import download
from shared_core.spec.errors import DiskError

BODY = b"0123456789" * 100


@contextmanager
def server(answer):
    """A server on this machine whose GET is `answer(handler, count)`; yields its address and its log."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 the library's spelling
            seen.append(dict(self.headers))
            answer(self, len(seen))

        def log_message(self, *_):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", seen
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def send(handler, status=200, body=BODY, **headers):
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def get(address, target, limit=10_000):
    progress = []
    download.download(address, target, lambda *numbers: progress.append(numbers), limit)
    return progress


@pytest.fixture(autouse=True)
def quick(shelf, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_busy_server_is_asked_again(tmp_path):
    with server(lambda handler, count: send(handler, 503 if count < 3 else 200)) as (address, seen):
        get(f"{address}/x", tmp_path / "x")
    assert len(seen) == 3 and (tmp_path / "x").read_bytes() == BODY


def test_a_server_that_stays_busy_is_worth_a_retry_later(tmp_path):
    unavailable = pytest.raises(download.Unavailable, match="503")
    with server(lambda handler, count: send(handler, 503)) as (address, seen), unavailable as raised:
        get(f"{address}/x", tmp_path / "x")
    assert raised.value.worth_a_retry and len(seen) == download.ATTEMPTS


def test_a_missing_page_is_not_asked_again(tmp_path):
    unavailable = pytest.raises(download.Unavailable, match="404")
    with server(lambda handler, count: send(handler, 404)) as (address, seen), unavailable as raised:
        get(f"{address}/x", tmp_path / "x")
    assert not raised.value.worth_a_retry and len(seen) == 1


def test_a_cut_answer_is_asked_again_and_never_taken_for_whole(tmp_path):
    def cut(handler, count):
        send(handler, body=BODY[:-1], **{"Content-Length": str(len(BODY))})

    with server(cut) as (address, seen), pytest.raises(download.Unavailable, match="broke off"):
        get(f"{address}/x", tmp_path / "x")
    assert len(seen) == download.ATTEMPTS


def test_an_endless_answer_is_stopped_at_the_limit(tmp_path):
    unavailable = pytest.raises(download.Unavailable, match="more than the 100 bytes")
    with server(lambda handler, count: send(handler)) as (address, _), unavailable:
        get(f"{address}/x", tmp_path / "x", limit=100)
    assert (tmp_path / "x").stat().st_size <= 100


def test_progress_counts_bytes_up_to_the_total(tmp_path):
    with server(lambda handler, count: send(handler)) as (address, _):
        progress = get(f"{address}/x", tmp_path / "x")
    assert progress[-1] == (len(BODY), len(BODY))


def test_a_host_that_cannot_be_reached_is_not_tried_twice(tmp_path, monkeypatch):
    with pytest.raises(download.Unavailable, match="cannot be reached"):
        get("http://127.0.0.1:9/x", tmp_path / "x")
    monkeypatch.setattr(download, "_open", lambda *_: pytest.fail("tried again"))
    with pytest.raises(download.Unavailable, match="cannot be reached"):
        get("http://127.0.0.1:9/y", tmp_path / "x")


def test_a_silent_name_service_costs_one_short_time_out(tmp_path, monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(download.socket, "getaddrinfo", lambda *_: never.wait(5))
    with pytest.raises(download.Unavailable, match="name service"):
        get("http://somewhere.invalid/x", tmp_path / "x")
    never.set()


def test_a_login_goes_to_its_host_and_not_along_a_redirect(tmp_path):
    with server(lambda handler, count: send(handler)) as (other, other_seen):
        def redirect(handler, count):
            send(handler, 302, b"", Location=f"{other}/x")

        with server(redirect) as (address, seen):
            get(address.replace("http://", "http://user:p%40ss@") + "/x", tmp_path / "x")
    assert seen[0]["Authorization"] == "Basic dXNlcjpwQHNz"
    assert "Authorization" not in other_seen[0]


def test_a_full_disk_is_told_from_a_broken_line(tmp_path):
    full = pytest.raises(DiskError, match="/dev/full")
    with server(lambda handler, count: send(handler)) as (address, seen), full:
        get(f"{address}/x", download.Path("/dev/full"))
    assert len(seen) == 1
