"""Work that goes on while the artist does, one piece at a time.

What touches a node runs in Nuke's main thread. In a terminal nothing goes on beside anything else: the
work runs to its end.
"""

from __future__ import annotations

import threading
import traceback
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

import nuke

from shared_core.spec.errors import Busy, DubError

_working: Dict[str, threading.Thread] = {}


def require_idle() -> None:
    """Raise Busy where a node is being baked or sent."""
    if busy():
        raise Busy(
            f"{', '.join(busy())}: is being baked or sent; wait for it, or cancel it in its progress bar")


def busy() -> List[str]:
    """The full names of the nodes that are being worked at."""
    return [name for name, thread in _working.items() if thread.is_alive()]


def start(name: str, work: Callable[[], None]) -> Optional[threading.Thread]:
    """Run `work` for the node of that full name: in a thread, which is returned; here without a GUI."""
    if not nuke.GUI:
        work()
        return None
    thread = threading.Thread(target=work, name=f"dub-{name}", daemon=True)
    _working[name] = thread
    thread.start()
    return thread


def in_main_thread(call: Callable[..., None], *arguments: Any) -> None:
    """Run what touches nodes where Nuke allows it, and wait for it. What it raises is raised here.

    Nuke itself would print the error and go on, as if the call had given None.

    Reference: Foundry, nuke/executeInMain.py.
    """
    if threading.current_thread() is threading.main_thread():
        call(*arguments)
        return
    raised: List[Exception] = []

    def run() -> None:
        try:
            call(*arguments)
        except Exception as error:
            raised.append(error)

    nuke.executeInMainThreadWithResult(run)
    if raised:
        raise raised[0]


def error_of(
    work: Callable[[], None], expected: Tuple[Type[Exception], ...] = (DubError,)
) -> Optional[Exception]:
    """Run `work` and return what it raised: of a thread nobody else would say it.

    expected: errors whose words are for the artist; any other is a fault of Dubnodes' own.
    """
    try:
        work()
    except expected as error:
        return error
    except Exception as error:
        return fault(error)
    return None


def fault(error: Exception) -> RuntimeError:
    """What is said of an error that is Dubnodes' own; its traceback goes to the terminal."""
    traceback.print_exception(type(error), error, error.__traceback__)
    said = f"{type(error).__name__}: {error}"
    return RuntimeError(f"a fault in Dubnodes: {said}; the terminal has the traceback")
