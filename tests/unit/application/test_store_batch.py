"""Many enrollments are stored at once, and nobody twice."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from application.errors import Conflict, DatabaseUnavailable, UnknownCampaign
from application.ports.batches import MOST_PROBLEMS, Batch
from application.ports.files import ContactRow, RejectedRow
from application.store_batch import CHUNK, nobody_listens
from domain.batches import BatchState
from domain.contact import ConsentWord
from domain.statuses import Channel
from tests.unit.application.bulk_world import BulkWorld, broken_after, person, rows_of, stream
from tests.unit.application.world import TENANT


async def stored(bulk: BulkWorld, rows: Sequence[ContactRow | RejectedRow], **arguments: object) -> Batch:
    """What storing these rows comes to."""
    return await bulk.store(TENANT, "spring", stream(rows), **arguments)  # type: ignore[arg-type]


async def test_rows_are_stored_and_the_run_is_asked_for(bulk: BulkWorld) -> None:
    """Nothing is started here: the enrollments belong to the batch, whose run does that."""
    batch = await stored(bulk, rows_of(person(1), "too short", person(2)), rate=5.0)

    assert (batch.state, batch.version, batch.rate, batch.source) == (BatchState.STARTING, 1, 5.0, "csv")
    assert (batch.received, batch.rejected, batch.enrolled, batch.already) == (3, 1, 2, 0)
    assert [(p.line, p.column, p.reason) for p in batch.problems] == [(3, "phone", "too short")]
    assert {each.batch for each in bulk.enrollments} == {batch.id}
    assert bulk.runs.started == [batch] == [await bulk.batch(batch.id)]
    assert bulk.world.runs.starts == []


async def test_consents_are_kept(bulk: BulkWorld) -> None:
    """As when a few are enrolled."""
    word = ConsentWord(Channel.SMS, given=True, source="form")
    await stored(bulk, rows_of(person(1, consents=(word,)), person(2)))

    [kept] = bulk.world.database.state.consents.values()
    assert (kept.channel, kept.given, kept.source) == (Channel.SMS, True, "form")


async def test_the_same_rows_again_enroll_nobody(bulk: BulkWorld) -> None:
    """A batch without anybody new is done at once, and needs no run."""
    await stored(bulk, rows_of(person(1), person(2)))
    again = await stored(bulk, rows_of(person(1), person(2)))

    assert (again.state, again.enrolled, again.already) == (BatchState.DONE, 0, 2)
    assert again.finished_at is not None
    assert len(bulk.enrollments) == 2
    assert len(bulk.runs.started) == 1


async def test_rows_are_stored_chunk_by_chunk(bulk: BulkWorld) -> None:
    """How far it is can be seen after each of them."""
    heard: list[Batch] = []
    await stored(bulk, rows_of(*map(person, range(CHUNK + 1))), heard=heard.append)

    assert [batch.received for batch in heard] == [0, CHUNK, CHUNK + 1, CHUNK + 1]
    assert [batch.state for batch in heard] == [BatchState.STORING] * 3 + [BatchState.STARTING]


async def test_only_the_first_problems_are_kept(bulk: BulkWorld) -> None:
    """All of them are counted."""
    batch = await stored(bulk, rows_of(*["bad"] * (MOST_PROBLEMS + 5)))

    assert batch.rejected == MOST_PROBLEMS + 5
    assert len(batch.problems) == MOST_PROBLEMS


async def test_temporal_may_be_away(bulk: BulkWorld) -> None:
    """All is stored, and the relay has the run started later."""
    bulk.runs.down = True
    batch = await stored(bulk, rows_of(person(1)))

    assert batch.state is BatchState.STARTING
    assert bulk.runs.started == []


@pytest.mark.parametrize(("campaign", "version"), [("summer", None), ("spring", 2)])
async def test_an_unknown_campaign_stores_nothing(
    bulk: BulkWorld, campaign: str, version: int | None
) -> None:
    """Not even the batch; another tenant's is one that does not exist."""
    for tenant, key in ((TENANT, campaign), ("others", "spring")):
        with pytest.raises(UnknownCampaign):
            await bulk.store(tenant, key, stream(rows_of(person(1))), version=version)

    assert bulk.world.database.state.batches == {}


async def test_the_latest_version_is_followed(bulk: BulkWorld) -> None:
    """Unless one is named."""
    await bulk.world.publish(version=2)
    latest = await stored(bulk, rows_of(person(1)))
    named = await stored(bulk, rows_of(person(2)), version=1)

    assert (latest.version, named.version) == (2, 1)


async def test_a_batch_that_is_called_off_stores_no_more(bulk: BulkWorld) -> None:
    """What was stored before ends with the batch."""

    def call_off(batch: Batch) -> None:
        if batch.received == CHUNK:
            state = bulk.world.database.state
            state.batches[batch.id] = evolve(batch, state=BatchState.CANCELLING)

    with pytest.raises(Conflict, match="is cancelling"):
        await stored(bulk, rows_of(*map(person, range(CHUNK + 1))), heard=call_off)

    assert len(bulk.enrollments) == CHUNK


async def test_a_database_that_goes_away_leaves_what_was_stored(bulk: BulkWorld) -> None:
    """The batch is seen to be in the middle of it."""
    heard: list[Batch] = []

    def listen(batch: Batch) -> None:
        heard.append(batch)
        bulk.world.database.down = batch.received > 0

    with pytest.raises(DatabaseUnavailable):
        await stored(bulk, rows_of(*map(person, range(CHUNK + 1))), heard=listen)
    bulk.world.database.down = False

    assert (await bulk.batch(heard[0].id)).state is BatchState.STORING


async def test_rows_that_break_off_leave_what_was_stored(bulk: BulkWorld) -> None:
    """Whatever breaks them off is told."""
    rows = broken_after(rows_of(*map(person, range(CHUNK))), OSError("the disk is gone"))
    contacts = evolve(stream([]), rows=rows)

    with pytest.raises(OSError, match="disk"):
        await bulk.store(TENANT, "spring", contacts, heard=nobody_listens)


async def test_a_check_stores_nothing(bulk: BulkWorld) -> None:
    """It reads every row and tells what is wrong with some."""
    found = await bulk.store.check(TENANT, "spring", stream(rows_of(person(1), "bad")))

    assert (found.received, found.rejected, len(found.problems)) == (2, 1, 1)
    assert bulk.world.database.state.batches == {}
    assert bulk.world.database.state.contacts == {}
