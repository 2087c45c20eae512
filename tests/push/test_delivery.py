"""Delivery: what is slow, dead or refuses this server delays nobody who is reached in another way."""

import threading

import pytest
from structlog.testing import capture_logs

from server.notifications.breaker import FAILURES, LEFT_ALONE, LEFT_ALONE_LONGEST
from server.notifications.delivery import AT_ONCE, LATE, Delivery
from server.notifications.provider import Gone, Refused, Retry, Sent, Unreachable
from server.notifications.push_hosts import PushHosts
from server.notifications.services import PushServices
from tests.waiting import PATIENCE, until

URGENT = {"what": "urgent", "badge": 0, "collapse": "urgent"}
NEW = {"what": "new", "badge": 0, "collapse": "new"}


class Service:
    """A provider that does what it is told to, and counts how many it serves at once."""

    def __init__(self):
        self.sent, self.now, self.most = [], 0, 0
        self.raises = None
        self.open, self._lock = threading.Event(), threading.Lock()
        self.open.set()

    def send(self, sent):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.open.wait(PATIENCE)
        with self._lock:
            self.now -= 1
        if self.raises is not None:
            raise self.raises
        self.sent.append(sent)


class Services(dict):
    def find(self, sent):
        if sent.platform not in self:
            raise Unreachable
        return sent.platform, self[sent.platform]


@pytest.fixture
def clock():
    """Return a list of one number, the seconds."""
    return [0.0]


@pytest.fixture
def services():
    return Services(slow=Service(), quick=Service())


@pytest.fixture
def deliver(services, clock):
    """Return a function that hands a payload over, and a list that gets what became of it."""
    delivery = Delivery(services, lambda: clock[0])

    def send(platform, token="t", payload=NEW):
        became = []
        delivery.send([Sent(platform, token, payload)], became.append)
        return became

    send.delivery = delivery
    return send


def of(became):
    return until(lambda: became)[0]


def test_a_service_that_hangs_delays_no_other_service(services, deliver):
    services["slow"].open.clear()
    waiting = [deliver("slow") for _ in range(AT_ONCE + 5)]
    assert [of(deliver("quick")) for _ in range(5)] == [None] * 5
    assert not any(waiting)
    services["slow"].open.set()
    assert [of(one) for one in waiting] == [None] * (AT_ONCE + 5)
    assert services["slow"].most == AT_ONCE


def test_a_call_for_help_goes_before_all_that_waits(services, deliver):
    slow = services["slow"]
    slow.open.clear()
    first = [deliver("slow", f"first {number}") for number in range(AT_ONCE)]
    until(lambda: slow.now == AT_ONCE)
    waiting = [deliver("slow", f"waits {number}") for number in range(100)]
    urgent = deliver("slow", "urgent", URGENT)
    slow.open.set()
    for one in (*first, *waiting, urgent):
        assert of(one) is None
    tokens = [sent.token for sent in slow.sent]
    assert sum(token.startswith("waits") for token in tokens[: tokens.index("urgent")]) < AT_ONCE


def test_a_queue_is_bounded_and_what_finds_it_full_is_tried_again_later(services, deliver, monkeypatch):
    monkeypatch.setattr("server.notifications.delivery.MOST_WAITING", 10)
    services["slow"].open.clear()
    taken = [deliver("slow") for _ in range(AT_ONCE)]
    until(lambda: services["slow"].now == AT_ONCE)
    waiting = [deliver("slow") for _ in range(10)]
    full = deliver("slow")
    assert isinstance(of(full), Retry)
    services["slow"].open.set()
    assert all(of(one) is None for one in (*taken, *waiting))


def test_what_has_waited_for_long_is_given_back_so_that_its_user_does_not_wait(services, deliver, clock):
    services["slow"].open.clear()
    taken = [deliver("slow") for _ in range(AT_ONCE)]
    until(lambda: services["slow"].now == AT_ONCE)
    late = [deliver("slow") for _ in range(20)]
    clock[0] += LATE + 1
    services["slow"].open.set()
    assert all(of(one) is None for one in taken)
    assert all(isinstance(of(one), Retry) for one in late)


def test_a_service_that_fails_in_a_row_is_left_alone_and_then_tried_by_one(services, deliver, clock):
    slow = services["slow"]
    slow.raises = Retry("status 500")
    for _ in range(FAILURES):
        assert isinstance(of(deliver("slow")), Retry)
    slow.raises = None
    assert of(deliver("slow")).after == pytest.approx(LEFT_ALONE)
    assert slow.sent == [], "it is not asked"
    clock[0] += LEFT_ALONE
    slow.open.clear()
    trial = deliver("slow", "trial")
    until(lambda: slow.now == 1)
    assert isinstance(of(deliver("slow")), Retry), "one at a time"
    slow.open.set()
    assert of(trial) is None
    assert of(deliver("slow")) is None, "it works again"


def test_it_is_left_alone_for_longer_each_time_but_not_for_ever(services, deliver, clock):
    services["slow"].raises = Retry("ReadTimeout")
    for _ in range(FAILURES):
        of(deliver("slow"))
    waits = []
    for _ in range(10):
        waits.append(of(deliver("slow")).after)
        clock[0] += waits[-1]
        assert of(deliver("slow")).why == "ReadTimeout"
    assert waits == sorted(waits)
    assert waits[:3] == pytest.approx([LEFT_ALONE, 2 * LEFT_ALONE, 4 * LEFT_ALONE])
    assert waits[-1] == pytest.approx(LEFT_ALONE_LONGEST)


def test_it_is_left_alone_for_as_long_as_it_asks(services, deliver):
    services["slow"].raises = Retry("status 503", 90)
    for _ in range(FAILURES):
        assert of(deliver("slow")).after == 90
    assert of(deliver("slow")).after == pytest.approx(90)


@pytest.mark.parametrize(
    "error",
    [Gone(), Refused("status 403", is_whole=False), Retry("status 429", is_whole=False), UnicodeError("a token")],
)
def test_what_is_wrong_with_one_device_closes_the_service_for_nobody(services, deliver, error):
    services["slow"].raises = error
    for _ in range(3 * FAILURES):
        assert of(deliver("slow")) is error
    services["slow"].raises = None
    assert of(deliver("slow")) is None


def test_credentials_that_are_refused_are_logged_once(services, deliver, clock):
    services["slow"].raises = Refused("InvalidProviderToken")
    with capture_logs() as logged:
        for _ in range(4 * FAILURES):
            of(deliver("slow"))
            clock[0] += LEFT_ALONE_LONGEST
    assert [one["why"] for one in logged if one["log_level"] == "error"] == ["InvalidProviderToken"]
    services["slow"].raises = None
    of(deliver("slow"))
    services["slow"].raises = Refused("ExpiredProviderToken")
    with capture_logs() as logged:
        of(deliver("slow"))
    assert [one["why"] for one in logged if one["log_level"] == "error"] == ["ExpiredProviderToken"]


def test_a_platform_that_is_not_configured_any_more_is_an_outcome_of_its_own(deliver):
    assert isinstance(of(deliver("pigeon")), Unreachable)


def test_of_several_payloads_for_one_device_none_is_sent_after_one_that_failed(services, deliver):
    became = []
    services["quick"].raises = Retry("status 500")
    deliver.delivery.send([Sent("quick", "t", NEW), Sent("quick", "t", URGENT)], became.append)
    assert isinstance(of(became), Retry)
    assert services["quick"].sent == []


def test_an_app_that_asks_for_tests_that_fail_closes_the_service_for_nobody(services, deliver):
    services["slow"].raises = Retry("ReadTimeout")
    for _ in range(3 * FAILURES):
        assert of(deliver("slow", payload={**NEW, "what": "test"})) is services["slow"].raises
    services["slow"].raises = None
    assert of(deliver("slow")) is None


def test_hosts_that_do_not_exist_close_no_other_host_and_no_more_queues_than_a_bound_are_kept(deliver, monkeypatch):
    monkeypatch.setattr("server.notifications.delivery.MOST_SERVICES", 3)
    found = PushServices({"webpush": Service()}, PushHosts(), None)
    names = [found.find(Sent("webpush", f"https://h{one}.push.apple.com/x", NEW))[0] for one in range(9)]
    assert len(set(names)) == 9
    delivery = Delivery(found)
    for one in range(9):
        became = []
        delivery.send([Sent("webpush", f"https://h{one}.push.apple.com/x", NEW)], became.append)
        assert of(became) is None
        until(lambda: all(queue.is_idle for queue in delivery._queues.values()))
    assert len(delivery._queues) == 3


def test_what_an_operator_may_have_to_mend_for_some_devices_is_logged_once_and_closes_nothing(services, deliver):
    services["slow"].raises = Refused("check PUSH_CONTACT", is_whole=False, is_said=True)
    with capture_logs() as logged:
        for _ in range(3 * FAILURES):
            assert of(deliver("slow")) is services["slow"].raises
    assert [one["why"] for one in logged if one["log_level"] == "error"] == ["check PUSH_CONTACT"]
