"""F5: requests are lost, doubled, delayed, overtaken and cut, answers most of all; in the end nothing is amiss."""

from tests.faults.proxy import FAULTS


def test_a_bad_network_loses_doubles_and_reorders_nothing_that_was_done(server, faults, proxy):
    faults = faults(server, pairs=3)
    for name in faults.people:
        faults.listens(name)
    faults.through(proxy.address)
    for thread in faults.rages(3):
        thread.join()
    while proxy.counts.keys() != FAULTS.keys():  # a busy machine needs longer until everything has gone wrong
        for thread in faults.rages(1):
            thread.join()
    faults.heals()
    print(proxy.counts)
    assert faults.ends() == []
