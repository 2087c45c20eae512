"""WatermelonDB's requests, one at a time."""


def row(space, text, name="hello", **cells):
    return {"id": name, "space": space, "text": text, "reply_to": None, "sent_at": 1, **cells}


def melon(call, last="", **tables):
    return call("POST", f"watermelondb/sync?last_pulled_at={last}", tables)
