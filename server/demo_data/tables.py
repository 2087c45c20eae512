"""Every assumption about made-up people, in one place. A share is of all people unless its line says otherwise."""

from collections.abc import Mapping

from server.demo_data.random_numbers import Shares

# Languages and places: languages with more speakers have more people; a place is never more exact than a time zone.
LANGUAGE = {"en": 0.60, "es": 0.16, "zh": 0.05, "hi": 0.05, "fr": 0.05, "ar": 0.04, "pt": 0.03, "de": 0.02}
SECOND_LANGUAGE = 0.18  # of peers
BILINGUAL = 0.30  # of specialists
ZONES: Mapping[str, Shares[str]] = {
    "en": Shares(
        {"America/New_York": 35, "Europe/London": 25, "America/Los_Angeles": 15, "America/Chicago": 15}
        | {"Australia/Sydney": 5, "Asia/Kolkata": 5}
    ),
    "es": Shares({"America/Mexico_City": 40, "Europe/Madrid": 30, "America/Bogota": 20, "America/Santiago": 10}),
    "zh": Shares({"Asia/Shanghai": 70, "Asia/Taipei": 30}),
    "hi": Shares({"Asia/Kolkata": 90, "Asia/Kathmandu": 10}),
    "fr": Shares({"Europe/Paris": 60, "America/Montreal": 20, "Africa/Dakar": 20}),
    "ar": Shares({"Africa/Cairo": 50, "Asia/Riyadh": 30, "Africa/Casablanca": 20}),
    "pt": Shares({"America/Sao_Paulo": 80, "Europe/Lisbon": 20}),
    "de": Shares({"Europe/Berlin": 80, "Europe/Zurich": 20}),
}
FRIDAY_AND_SATURDAY = frozenset({"Africa/Cairo", "Asia/Riyadh"})  # where the weekend is not Saturday and Sunday

# People
GENDER: Shares[str | None] = Shares({"woman": 0.52, "man": 0.38, "nonbinary": 0.05, None: 0.05})  # None: not said
MINORS = 0.05  # of peers
PEER_AGE = Shares({"18_24": 0.20, "25_39": 0.40, "40_59": 0.28, "60_plus": 0.12})  # of those of age
SPECIALIST_AGE = Shares({"18_24": 0.10, "25_39": 0.40, "40_59": 0.35, "60_plus": 0.15})
TAGS = ("lgbtq", "veteran", "parent", "carer", "migrant", "faith")
TAG = 0.12  # for each tag
STYLE: Shares[str] = Shares({"listening": 0.40, "practical": 0.25, "gentle": 0.25, "direct": 0.10})

# Topics, the commonest first: the n-th is 1 / n**s as likely as the first (Zipf)
COMMON = (
    "anxiety_worry", "loneliness", "low_mood", "stress_burnout", "relationship_breakup", "grief_loss",
    "family_conflict", "self_esteem", "sleep", "trauma_ptsd", "parenting", "chronic_illness_pain", "job_loss_money",
    "alcohol_recovery", "student_life", "caregiving", "lgbtq_identity", "eating_body_image", "drug_recovery",
    "perinatal", "hearing_voices", "gambling_recovery", "veteran_transition", "leaving_prison",
)  # fmt: skip
NOBODYS_TOPIC = COMMON[-1]  # no specialist knows it
PEER_ZIPF, SPECIALIST_ZIPF = 1.05, 0.75
SAME_FAMILY = 4.0  # a topic of the first topic's family is this many times as likely
PEER_TOPICS = Shares({1: 0.40, 2: 0.40, 3: 0.20})
SPECIALIST_TOPICS = Shares({2: 0.25, 3: 0.35, 4: 0.25, 5: 0.15})
KIND = Shares({"lived": 0.70, "learning": 0.20, "interest": 0.10})  # of facts after the first, which is always lived
TIER = Shares({"private": 0.05, "match_only": 0.25, "open_together": 0.25, "paired": 0.25, "profile": 0.20})
QUIET = {True: 0.40, False: 0.05}  # of sensitive topics, and of other topics

# Requests
CHOOSES = 0.70  # the others take the first specialist who can
MUST_GENDER, WISH_GENDER = 0.08, 0.22
SAME_GENDER = 0.80  # of those who name a gender: they name their own
MUST_LIVED = 0.03
WISH_AGE, WISH_STYLE, WISH_TAG = 0.15, 0.30, 0.50  # the last: of those who have a tag
PEER_ASYNCHRONOUS = 0.15
PATIENCE, PATIENCE_SPREAD = 48, 1.0  # median in hours, and sigma: log-normal
LEAST_PATIENCE, MOST_PATIENCE = 4, 720

# Practices
PLACES, PLACES_SHAPE, MOST_PLACES = 5, 3, 50  # mean and shape: gamma
STANDING_YES, AVOIDS, CLEARED_FOR_MINORS, LEAVES, PAUSED = 0.20, 0.15, 0.30, 0.05, 0.05
UNSUPERVISED = 0.02  # have no supervisor yet
COMFORT = 0.60  # of a specialist's own topics: the practice says how well the specialist can listen to these
STYLED, CHOOSY, SPECIALIST_ASYNCHRONOUS = 0.85, 0.30, 0.25
BANDS = ("under_18", "18_24", "25_39", "40_59", "60_plus")
BAND = 0.50  # for each band, of choosy specialists
VALID = (90, 730)  # days of a credential
TEAM = 12  # specialists of one supervisor

# Hours
PEER_HOURS, SPECIALIST_HOURS = (8, 40), (4, 24)  # a week
NIGHTS_OFF = 0.70  # of peers: nothing from 22 to 7
EVENING = {range(7): 1, range(7, 9): 2, range(9, 18): 1, range(18, 22): 6, range(22, 24): 3}  # on a working day
NIGHT = range(3)  # hours of the night in which some people cannot sleep
NIGHT_BUMP = 2  # times as likely in these hours
FREE_DAY = 3  # times as likely from 9 to 18 on a weekend
SHIFTS = {range(8, 17): 1, range(17, 18): 3, range(18, 20): 8, range(20, 21): 3}  # when a shift of 2 to 4 hours begins
