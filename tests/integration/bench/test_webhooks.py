"""`drumbeat bench webhooks --quick`: on real processes, with a tenth of the work."""

from pathlib import Path

import pytest

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.webhooks.section import LEAST_SHARE, measure

BESIDE_OTHERS = 0.5
"""How much of the bound must be kept to while other tests take the processors."""


@pytest.mark.timeout(300)
async def test_the_webhooks_are_measured(tmp_path: Path) -> None:
    """Every figure is there; what is counted holds exactly, what is timed holds as far as noise allows."""
    said: list[str] = []
    section = await measure(Options(tmp_path, is_quick=True, say=said.append))

    assert unnamed(section) == []
    figures = {figure.name: figure for figure in section.figures}
    assert len(said) == 3
    assert figures["statements of a webhook alone"].holds
    assert figures["transactions of a webhook alone"].holds
    assert figures["statements of each of 16 at once"].holds
    assert figures["webhooks: share of the bare route's speed"].value > LEAST_SHARE * BESIDE_OTHERS
    assert figures["webhook to the run's next command, p50"].value > 0
    assert (
        figures["webhook to the run's next command, p99"].value
        >= figures["webhook to the run's next command, p50"].value
    )
    assert figures["e-mail events, 20 in a webhook"].value > 0
