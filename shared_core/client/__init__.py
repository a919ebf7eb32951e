"""How a host talks to the core: standard library only, Python 3.9 to 3.13."""

from .protocol import PROTOCOL, WorkerError
from .worker import Job, Worker, scrubbed_environment, worker_command

__all__ = ["PROTOCOL", "Job", "Worker", "WorkerError", "scrubbed_environment", "worker_command"]
