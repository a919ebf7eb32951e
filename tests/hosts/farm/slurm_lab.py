"""A real Slurm on this machine: munged, slurmctld and three slurmd, as root or as a plain user."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "scancel")
NODES = ("n1", "n2", "n3")
GPU_NODE = "n1"
_CONF = """
ClusterName=dublab
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmctldPort={ports[0]}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
ReturnToService=2
SlurmdTimeout=5
SlurmctldTimeout=5
InactiveLimit=0
KillWait=5
MinJobAge=600
MaxArraySize=101
JobRequeue=1
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
{nodes}
PartitionName=farm Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """The programs of a Slurm lab that are not installed; Debian keeps some in /usr/sbin."""
    return [name for name in PROGRAMS if _program(name) is None]


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class SlurmLab:
    """`start`, then submit with `environment`; `stop` ends every process that it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ, "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        }
        self._processes: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir()
        self._write_configuration()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._run("munged", "munged", "--foreground", "--force", f"--key-file={key}",
                  f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munged.pid",
                  f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/munged.seed")
        self.until(lambda: (self.folder / "munge.socket").exists(), 10, "munged listens")
        self._run("slurmctld", "slurmctld", "-D", "-c")
        for node in NODES:
            self.start_node(node)
        self.wait_for_nodes()

    def wait_for_nodes(self) -> None:
        """Until all nodes are there and have nothing to do."""
        idle = ("sinfo", "-h", "-t", "idle", "-o", "%D")
        self.until(lambda: self.call(*idle, check=False).strip() == str(len(NODES)), 60, "all nodes idle")

    def start_node(self, node: str) -> None:
        self._run(node, "slurmd", "-D", "-N", node)

    def _write_configuration(self) -> None:
        device = self.folder / "gpu0"
        device.touch()
        sockets = [socket.socket() for _ in range(4)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in sockets]
        for one in sockets:
            one.close()
        nodes = "\n".join(
            f"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=8000"
            + (" Gres=gpu:1" if node == GPU_NODE else "") for node, port in zip(NODES, ports[1:], strict=True)
        )
        text = _CONF.format(
            host=socket.gethostname(), user=getpass.getuser(), folder=self.folder, ports=ports, nodes=nodes
        )
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text(f"NodeName={GPU_NODE} Name=gpu File={device}\n")

    def _run(self, name: str, program: str, *arguments: str) -> None:
        with open(self.folder / f"{name}.out", "ab") as out:
            self._processes[name] = subprocess.Popen(
                [_program(program), *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=self.environment, cwd=self.folder, start_new_session=True,
            )

    def call(self, *command: str, check: bool = True) -> str:
        """The output of one of Slurm's commands."""
        done = subprocess.run(
            [_program(command[0]) or command[0], *command[1:]], env=self.environment, check=False,
            capture_output=True, text=True,
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def states(self, job: int) -> dict[str, str]:
        """{job or array element: state}, of everything that Slurm still knows of `job`."""
        found = {}
        for line in self.call("scontrol", "-o", "show", "job", str(job)).splitlines():
            words = dict(word.partition("=")[::2] for word in line.split())
            name = words["JobId"] if "ArrayTaskId" not in words else f"{job}_{words['ArrayTaskId']}"
            found[name] = words["JobState"]
        return found

    def nodes_of(self, job: int) -> dict[str, str]:
        """{array element: node} of those that run."""
        lines = self.call("squeue", "-h", "-r", "-t", "R", "-j", str(job), "-o", "%i %N").splitlines()
        return dict(line.split() for line in lines)

    def wait(self, job: int, seconds: float = 120) -> dict[str, str]:
        """The final states of `job`."""
        over = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED")
        self.until(
            lambda: all(state in over for state in self.states(job).values()), seconds,
            f"job {job} ends", lambda: self.call("squeue", check=False),
        )
        return self.states(job)

    def kill_node(self, node: str) -> None:
        """As if its plug were pulled: the daemon and all that runs under it, without a word."""
        daemon = self._processes.pop(node)
        doomed = {daemon.pid, *_belonging(node, self.folder)}
        children = True
        while children:
            children = {pid for pid, parent in _parents().items() if parent in doomed} - doomed
            doomed |= children
        # Stopped first: a step's daemon that outlives its task by a moment would report a failure.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in doomed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        daemon.wait()

    def stop(self) -> None:
        with contextlib.suppress(Exception):
            self.call("scancel", "--user", getpass.getuser(), check=False)
            time.sleep(0.5)
        for node in [name for name in self._processes if name in NODES]:
            self.kill_node(node)
        for process in reversed(self._processes.values()):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def until(self, done, seconds: float, what: str, tell=lambda: "") -> None:
        """Wait until `done()`; AssertionError with what the daemons logged where it takes too long."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                logs = "\n".join(
                    f"== {log.name}\n{log.read_text()[-1500:]}" for log in self.folder.glob("*.log")
                )
                raise AssertionError(f"not within {seconds:g} s: {what}\n{tell()}\n{logs}")
            time.sleep(0.2)


def _parents() -> dict[int, int]:
    """{process: its parent}."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _belonging(node: str, folder: Path) -> set[int]:
    """Processes of jobs that this lab runs on `node`, and the daemons of their steps, slurmd's no more."""
    found = set()
    wanted = f"SLURMD_NODENAME={node}".encode(), f"SLURM_CONF={folder}/slurm.conf".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "environ").read_bytes().split(b"\0")
            if all(word in words for word in wanted):
                found.add(int(process.name))
    parents = _parents()
    return found | {pid for pid in map(parents.get, found) if pid and _name(pid) == "slurmstepd"}
