"""The number of requests and rows of a first sync. `python -m bench client` measures how long it takes."""

from bench import past

MISSED = 2_000  # messages
PAGE = 500  # messages that the client asks for at once
PACK = 64  # messages in a row
OTHERS = 30  # records that are no messages, at most
STORED = """() => new Promise((done) => {
  const opening = indexedDB.open("speed");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("records").objectStore("records").count();
    counting.onsuccess = () => done(counting.result);
  };
})"""


def test_missed_messages_are_stored_in_a_transaction_for_each_page(context, origin, pair):
    past.write(pair.server.mongo, [pair.space], MISSED)
    page = context.new_page()
    received = []
    page.on("response", lambda answer: received.append(answer.url))
    page.goto(f"{origin}/speed.html")
    page.locator("html[data-ready]").wait_for(state="attached")
    asked = {"url": pair.server.address, "tokens": pair.tokens, "space": pair.space, "count": MISSED, "history": True}
    found = page.evaluate("(asked) => app.measure(asked)", asked)
    assert found["writes"] <= MISSED / PAGE + 4
    assert found["shown"] <= found["writes"] + 2, "who shows the last messages is told once for each transaction"
    assert MISSED / PACK <= page.evaluate(STORED) <= MISSED / PACK + OTHERS, "rows are what takes a browser time"
    requests = [url for url in received if "/api/" in url]
    assert len(requests) <= MISSED / PAGE + 4
