"""Everybody can use the app: axe-core finds nothing to mend on any view, by day, by night, and from right to left."""

import pytest

from tests.conftest import ROOT

AXE = ROOT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async (rules) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
TOO_WIDE = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const sides = (one) => [one.getBoundingClientRect().left, one.getBoundingClientRect().right];
  const isWide = (one) => sides(one)[1] > innerWidth + 1 || sides(one)[0] < -1;
  const wide = [...document.querySelectorAll("#app *")].filter(isWide);
  return wide.slice(-3).map((one) => one.outerHTML.slice(0, 120));
}"""
OUTSIDE = ("/", "/sign-up", "/sign-in", "/lost", "/lines")
IN_TALK = (
    "", "agreement", "promises", "together", "questions", "path", "steps", "suggestions", "hour", "checkin", "search",
    "about", "parting", "block", "report",
)  # fmt: skip
PEER = (
    "/talks", "/find", "/join", "/me", "/me/profile", "/me/story", "/me/plan", "/me/quiet", "/me/devices",
    "/me/ways-in", "/me/codes", "/me/not-sent", "/me/settings", "/me/account", "/me/blocked", "/sos", "/lines",
    "/nowhere", "/offers",
)  # fmt: skip
SPECIALIST = ("/offers", "/practice", "/facts", "/invite", "/calls", "/sos", "/me")


def checked(person, places, *looks):
    """Return what is found on some views, by the place: all that each look at it finds."""
    person.page.evaluate(AXE.read_text())
    found = {}
    for place in places:
        person.goes(place)
        person.page.locator("h1").wait_for()
        person.settles()
        found |= {place: problems} if (problems := [one for look in looks for one in look(person)]) else {}
    return found


def axe(person):
    """Return what axe-core finds on the view."""
    return person.page.evaluate(RUN, None)


def contrast_by_night(person):
    """Return which texts of the view cannot be read by night."""
    person.page.emulate_media(color_scheme="dark")
    person.settles()
    found = person.page.evaluate(RUN, ["color-contrast"])
    person.page.emulate_media(color_scheme="light")
    return found


def too_wide(person):
    """Return what sticks out of the view."""
    return person.page.evaluate(TOO_WIDE)


@pytest.fixture(scope="module")
def talk(enters, paired):
    """Return a person with a conversation in which something of everything has happened, and the other's account."""
    pair = paired()
    ann, sam, space = pair["anns"], pair["sams"], pair["space"]
    ann.does("message.send", space=space, id="m1", text="It was a long night.", origin="person", hard_to_say=True)
    sam.does("message.send", space=space, id="m2", text="I am here.", origin="person")
    sam.does("promise.make", space=space, id="p", by="2026-12-24T18:00", zone="UTC", words="After the holidays")
    sam.does("question.ask", space=space, id="q", text="What helps?")
    sam.does("disclosure.invite", space=space, id="d", theme="Sundays", hours=9)
    sam.does("suggestion.ask", space=space, id="s", text="A walk.", about="The evenings")
    sam.does("step.propose", space=space, id="t", text="Call my sister")
    sam.does("strength.notice", space=space, id="g", text="You keep going.")
    ann.does("quiet.set", zone="UTC", spans=[[1320, 420]])
    ann.does("plan.edit", notice="I stop eating.")
    for phone in (sam, ann, sam):
        assert all(one["ok"] for one in phone.sync())
    ann.do("ack.set", space=space, message="m2", with_you=True)
    still = {"reduced_motion": "reduce"}  # between day and night no colour is halfway
    person = enters("ann", bypass_csp=True, service_workers="block", **still).signs_in(pair["ann"]["handle"])
    return person, [f"/talk/{space}/{place}".rstrip("/") for place in IN_TALK], pair


def test_every_view_by_day_and_by_night(talk):
    person, places, _ = talk
    assert checked(person, (*places, *PEER), axe, contrast_by_night) == {}


def test_every_view_in_arabic(talk):
    person, places, _ = talk
    person.goes("/me/settings")
    person.page.locator("select").select_option("ar")
    person.page.locator("html[dir=rtl]").wait_for(state="attached")
    found = checked(person, (*places, *PEER), axe, too_wide)
    person.goes("/me/settings")
    person.page.locator("select").select_option("en")
    assert found == {}


def test_the_views_of_a_specialist(enters, talk):
    _, places, pair = talk
    sam = enters("sam", bypass_csp=True, service_workers="block", color_scheme="dark").signs_in(pair["sam"]["handle"])
    own = (places[0], *SPECIALIST, f"{places[0]}/handover", f"{places[0]}/debrief")
    assert checked(sam, own, axe) == {}


def test_the_views_outside(enters):
    person = enters("eve", bypass_csp=True, service_workers="block").opens("/")
    assert checked(person, OUTSIDE, axe) == {}


def test_text_of_double_size_fits_a_narrow_phone(talk):
    person, places, _ = talk
    person.goes("/me/settings")
    person.page.get_by_label("Very large").check()
    person.page.set_viewport_size({"width": 320, "height": 640})
    found = checked(person, (*places, *PEER), too_wide)
    person.goes("/me/settings")
    person.page.get_by_label("Usual").check()
    person.page.set_viewport_size({"width": 390, "height": 844})
    assert found == {}
