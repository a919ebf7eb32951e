"""Work that goes on while the artist does, one piece at a time.

What touches a node runs in Nuke's main thread. In a terminal nothing goes on beside anything else: the
work runs to its end.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, Optional

import nuke

from shared_core.spec.errors import Busy

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
    """Run what touches nodes where Nuke allows it, and wait for it."""
    if threading.current_thread() is threading.main_thread():
        call(*arguments)
    else:
        nuke.executeInMainThreadWithResult(call, args=arguments)
