"""One process of a small training on a made-up pack; torchrun starts several. Writes its curve and weights.

train_small.py STATE OUT [DIE_AT]: at step DIE_AT the second process kills itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).resolve().parents[2]))

from face_packs import WIDE, pack_of  # noqa: E402

from shared_core.networks.iptalker.network import IPTalker  # noqa: E402
from shared_core.tuning.face_samples import FaceSampler, Part  # noqa: E402
from shared_core.tuning.iptalker_training import Plan, Stage, Training  # noqa: E402
from shared_core.tuning.processes import Processes  # noqa: E402

STEPS = 6


def main(state: str, out: str, die_at: str = "") -> None:
    torch.set_num_threads(1)
    rows = np.arange(120)
    with Processes.of_environment() as processes:
        torch.manual_seed(0)
        plan = Plan((Stage(STEPS, 1.0, 4),), keep_every=2, rate=1e-3)
        training = Training(
            IPTalker(WIDE), lambda size: FaceSampler([Part(pack_of(), rows, rows)], size, 1), plan,
            Path(state), processes=processes)

        def stop() -> bool:
            if processes.rank == 1 and str(training.step) == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return False

        began = training.step
        training.run(stop=stop)
        weights = torch.cat([value.flatten() for value in training.averaged.state_dict().values()])
        told = {"began": began, "count": processes.count, "history": training.history}
        Path(f"{out}.{processes.rank}.json").write_text(json.dumps(told))
        np.save(f"{out}.{processes.rank}.npy", weights.numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
