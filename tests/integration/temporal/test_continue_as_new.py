"""A history that becomes long goes on as a new run, with the state it had."""

from temporalio.api.enums.v1 import EventType

from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import FakeActivities, plan, start, tell, until, working


async def test_a_long_history_goes_on_as_a_new_run(task_queue: str) -> None:
    """Many signals that change nothing lead to a new run, which waits on and hears what decides."""
    activities = FakeActivities()
    async with await start_server("limit.historyCount.suggestContinueAsNew=30") as server:
        async with working(server.client, task_queue, activities):
            handle = await start(server.client, task_queue, plan())
            before = await until(handle, status="waiting")
            first = (await handle.describe()).run_id
            while (await handle.describe()).run_id == first:
                await tell(handle, "sent")
            after = await until(handle, status="waiting")
            await tell(handle, "delivered")
            outcome = await handle.result()
        described = await handle.describe()
        history = await handle.fetch_history()
        old = await server.client.get_workflow_handle(handle.id, run_id=first).fetch_history()

    assert outcome == "completed"
    assert after == {**before, "delivery": "sent"}
    assert len(activities.sent) == 1
    assert activities.kinds == ["finished"]
    assert old.events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert history.run_id != first
    assert {pair.key.name for pair in described.typed_search_attributes.search_attributes} >= {
        "DrumbeatTenant",
        "DrumbeatCampaign",
    }
