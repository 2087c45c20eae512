"""What a process uses: CPU time and peak memory, as Linux reports them in `/proc`."""

from pathlib import Path

import psutil

RESET = "5"  # what to write into `clear_refs` so that the peak is counted anew; see `man 5 proc`


class Meter:
    """A measured process. Its memory at the time when this object is made is called idle; growth is counted from it."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._directory = process, Path(f"/proc/{process.pid}")
        self._idle = self._mb("VmRSS")
        self.start()

    def start(self) -> None:
        """Count CPU time and the peak from now on."""
        (self._directory / "clear_refs").write_text(RESET)
        self._cpu = cpu(self._process)

    def cpu(self) -> float:
        """Return the seconds of CPU time since the start."""
        return cpu(self._process) - self._cpu

    def peak(self) -> float:
        """Return by how many MB the peak of the memory since the start is above idle."""
        return self._mb("VmHWM") - self._idle

    def grown(self) -> float:
        """Return by how many MB the memory is above idle now."""
        return self._mb("VmRSS") - self._idle

    def _mb(self, name: str) -> float:
        return megabytes(self._process, name)


def megabytes(process: psutil.Process, name: str) -> float:
    """Return the memory of a process in MB, as Linux reports it: ``VmRSS`` is the memory now, ``VmHWM`` the peak."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def cpu(process: psutil.Process) -> float:
    """Return the seconds of CPU time that a process has used since it began."""
    times = process.cpu_times()
    return times.user + times.system
