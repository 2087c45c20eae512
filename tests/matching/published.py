"""The published instances of matching, and a small cohort."""

import json
from pathlib import Path

from tests.matching.cohorts import Cohort

PUBLISHED = json.loads(Path(__file__).with_name("published.json").read_text())

BY_ID = {instance["id"]: instance for instance in PUBLISHED["instances"]}


PEERS = {"ann": ["sam", "tom"], "bob": ["sam"], "cem": [["tom", "sam"], "una"], "dee": ["tom"]}

SPECIALISTS = {"sam": ["cem", ["ann", "bob"]], "tom": ["ann", "cem"], "una": ["cem", "dee"]}

COHORT = Cohort(PEERS, SPECIALISTS, {"sam": 1, "tom": 1, "una": 0})
