"""Token buckets: a burst, then a rate; never refused for ever, never in debt for long."""

from hypothesis import given
from hypothesis import strategies as some

from server.limits import token_bucket
from server.limits.token_bucket import DEBT, TokenBucket, TokenBuckets


class Hand:
    """A clock that moves when told."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


def test_a_burst_is_let_through_then_a_rate():
    clock = Hand()
    buckets = TokenBuckets(10, 2, clock)
    for _ in range(10):
        assert buckets.wait("ann") == 0
        buckets.spend("ann")
    assert buckets.wait("ann") == 0.5
    assert buckets.wait("bob") == 0, "another account has its own"
    clock.time += 0.6
    assert buckets.wait("ann") == 0


def test_a_large_request_is_not_refused_for_ever_and_owes_a_minute_at_most():
    clock = Hand()
    buckets = TokenBuckets(10, 2, clock)
    buckets.spend("ann", 1_000_000)
    assert 0 < buckets.wait("ann") <= DEBT + 1
    clock.time += DEBT + 1
    assert buckets.wait("ann") == 0


def test_nothing_is_counted_without_a_limit():
    for most, rate in ((0, 5), (5, 0)):
        buckets = TokenBuckets(most, rate)
        buckets.spend("ann", 1_000_000)
        assert buckets.wait("ann") == 0


def test_the_number_of_buckets_is_bounded(monkeypatch):
    monkeypatch.setattr(token_bucket, "MOST_BUCKETS", 5)
    clock = Hand()
    buckets = TokenBuckets(10, 1, clock)
    for number in range(20):
        buckets.spend(f"user {number}", 10)
        assert len(buckets._buckets) <= 5
    assert buckets.wait("user 19") > 0
    clock.time += 60
    buckets.spend("late", 1)
    assert set(buckets._buckets) == {"late"}, "full ones are as good as none"


@given(some.lists(some.tuples(some.floats(0, 100), some.floats(0, 50)), max_size=40))
def test_no_more_is_let_through_than_the_burst_the_rate_and_one_request(steps):
    bucket, now, let_through = TokenBucket(20, 3, 0.0), 0.0, 0.0
    for pause, tokens in steps:
        now += pause
        if bucket.wait(now) == 0:
            bucket.spend(tokens, now)
            let_through += tokens
        assert let_through <= 20 + 3 * now + 50 + 1e-6
