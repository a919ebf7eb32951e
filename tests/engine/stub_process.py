"""Run the engine on stub operators in a process of its own: `stub_process.py prepare|render|worker ...`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> int:
    from stub_operators import STUBS

    from shared_core.engine import Session, prepare, render
    from shared_core.engine.cancel import cancelled_by_signals
    from shared_core.engine.progress import make_progress
    from shared_core.spec.errors import DubError

    if sys.argv[1] == "worker":
        from shared_core import worker
        from shared_core.spec.operator import REGISTRY

        REGISTRY.update(STUBS)
        return worker.main()
    what, shot, form, *frames = sys.argv[1:]
    try:
        with cancelled_by_signals() as cancel:
            session = Session(shot, STUBS)
            if what == "prepare":
                prepare(session, make_progress(form), cancel)
            else:
                print(render(session, frames[0] if frames else None, False, make_progress(form), cancel))
    except DubError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
