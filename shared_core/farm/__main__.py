"""What the tasks of a job run: `python -m shared_core.farm TASK ...`; see task.py."""

from __future__ import annotations

import argparse
import sys

from ..spec.errors import DubError
from .task import add_arguments, run


def main() -> int:
    """Run one task; 0, 2, 75 or 143 as `dub` does."""
    parser = argparse.ArgumentParser(prog="python -m shared_core.farm", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args())
    except DubError as error:
        print(f"farm task: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
