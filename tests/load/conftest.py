"""Fixtures: a world to match people in, workers without web pages, and a checker of all decisions."""

import pytest
from flask import Blueprint

from server import app
from tests.conftest import World
from tests.lifecycle.matching_fixture import MatchingFixture
from tests.load.decision_checker import DecisionChecker


@pytest.fixture(autouse=True)
def _pageless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers be built without what only HTTP needs: it takes longer than all the rest."""
    monkeypatch.setattr(app, "pages", lambda *_: Blueprint("pages", __name__))
    monkeypatch.setattr(app, "serve", lambda *_: None)


@pytest.fixture
def matching(world: World) -> MatchingFixture:
    return MatchingFixture(world)


@pytest.fixture
def watch(world: World, monkeypatch: pytest.MonkeyPatch) -> DecisionChecker:
    return DecisionChecker(world, monkeypatch)
