"""Made-up people, to try a server out and to measure it.

Pure: the same seed gives the same people; nothing is read or stored.
"""

from server.demo_data.generator import PROFILES, Population, manifest, population

__all__ = ["PROFILES", "Population", "manifest", "population"]
