"""The things API on fakes."""

import pytest

from tests.unit.application.world import World
from tests.unit.http.api.api_site import ApiSite
from tests.unit.http.api.things import ThingsApi


@pytest.fixture
def things() -> ThingsApi:
    return ThingsApi()


@pytest.fixture
def site(things: ThingsApi) -> ApiSite:
    return ApiSite(World(), [things])
