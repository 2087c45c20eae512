"""Errors as a MongoDB server answers them, with the labels that it would add.

The categories are those of src/mongo/base/error_codes.yml, and the labels those of src/mongo/db/error_labels.cpp in
https://github.com/mongodb/mongo. UnknownTransactionCommitResult is not among them: that is for the driver to say.
https://github.com/mongodb/specifications/blob/master/source/transactions/transactions.md#unknowntransactioncommitresult
"""

from tests.faults.wire import Body

NAMES = {
    20: "IllegalOperation",
    50: "MaxTimeMSExpired",
    91: "ShutdownInProgress",
    112: "WriteConflict",
    189: "PrimarySteppedDown",
    251: "NoSuchTransaction",
    262: "ExceededTimeLimit",
    10107: "NotWritablePrimary",
    11600: "InterruptedAtShutdown",
}
RETRIABLE = {91, 189, 262, 10107, 11600}  # the category RetriableError
ABORTED = {112, 251}  # the transaction has no effect, and never will
ENDS = {"commitTransaction", "abortTransaction"}


def error(code: int, message: str = "") -> Body:
    """Return the reply that says that a command has failed."""
    return {"ok": 0.0, "code": code, "codeName": NAMES[code], "errmsg": message or f"{NAMES[code]}, says the proxy"}


def labelled(reply: Body, asked: Body) -> Body:
    """Return the reply to a command with the labels of its error, if it is one and has none."""
    if reply["ok"] or "errorLabels" in reply:
        return reply
    retriable, is_end = reply.get("code") in RETRIABLE, next(iter(asked)) in ENDS
    if "autocommit" in asked and (reply.get("code") in ABORTED or (retriable and not is_end)):
        return {**reply, "errorLabels": ["TransientTransactionError"]}
    if retriable and "txnNumber" in asked and (is_end or "autocommit" not in asked):
        return {**reply, "errorLabels": ["RetryableWriteError"]}
    return reply
