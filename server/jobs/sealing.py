"""Seals in the background the content that was stored before Beside sealed content. One worker holds the lease."""

import threading
import time

import structlog
from pymongo.errors import PyMongoError

from server.observability import metrics
from server.store import leases, unsealed
from server.store.documents import Records
from sync.clock import MINUTE

log = structlog.get_logger()

LEASE_NAME, LEASE = "sealing", MINUTE  # ms
AGAIN = 30.0  # seconds between two tries while another worker seals, or the database does not answer
SAY_EVERY = 30.0  # seconds between two lines in the log


class SealingOlder:
    """Seals stored content until all of it is sealed."""

    def __init__(self, records: Records, worker: str) -> None:
        self._records, self._worker, self._stopped = records, worker, threading.Event()

    def run(self) -> bool:
        """Seal, unless another worker seals; return True if nothing is left to seal. Raises PyMongoError."""
        database = self._records.database
        if unsealed.is_done(database):
            return True
        if not leases.take(database, LEASE_NAME, self._worker, LEASE):
            return False
        with leases.renewed(database, LEASE_NAME, self._worker, LEASE):
            said_at = time.monotonic()
            for progress in unsealed.seal(self._records):
                if self._stopped.is_set():
                    return False
                if time.monotonic() > said_at + SAY_EVERY:
                    log.info("sealing what was stored before", spaces=progress.done, of=progress.spaces)
                    said_at = time.monotonic()
        log.info("everything that is stored is sealed")
        return True

    def start(self) -> None:
        """Seal in a thread until all is sealed, or until stopped."""
        threading.Thread(target=self._loop, name="sealing", daemon=True).start()

    def stop(self) -> None:
        """Stop after the present portion."""
        self._stopped.set()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                if self.run():
                    return
            except PyMongoError as error:
                metrics.failed(error)
            except Exception:
                log.exception("what is stored could not be sealed; this is tried again")
            self._stopped.wait(AGAIN)
