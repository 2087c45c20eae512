"""F5: requests are lost, doubled, delayed, overtaken and cut, answers most of all; in the end nothing is amiss."""

from tests.faults.proxy import FAULTS


def test_a_bad_network_loses_doubles_and_reorders_nothing_that_was_done(server, storm, proxy):
    storm = storm(server, pairs=3)
    for name in storm.people:
        storm.listens(name)
    storm.through(proxy.address)
    for thread in storm.rages(3):
        thread.join()
    while proxy.counts.keys() != FAULTS.keys():  # a busy machine needs longer until everything has gone wrong
        for thread in storm.rages(1):
            thread.join()
    storm.heals()
    print(proxy.counts)
    assert storm.ends() == []
