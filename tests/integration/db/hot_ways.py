"""Everything that happens all day, once, by the use cases: so that their statements can be looked at."""

from datetime import timedelta

from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, Report, StatusReport
from application.ports.files import ContactForm, ContactRow, ContactStream
from application.ports.idempotency_keys import Answer
from application.ports.webhooks import StagedWebhook, Verdict
from domain.access import Scope
from domain.idempotency import AttemptKey, handoff_key, webhook_key
from domain.keywords import Keyword
from domain.pauses import PausePolicy
from domain.statuses import Channel, DeliveryStatus
from trials.bench.lived import HAPPY, IN_DOUBT, THREE_STEPS, Shape, person
from trials.bench.lives import TENANT, Lives
from trials.bench.nobody import ref_of

RICH = Shape(
    {
        "campaign": "rich",
        "version": 1,
        "attributes": {"first_name": "text", "plan": "text"},
        "window": "mon-sun 00:00-23:59",
        "consent": ["sms"],
        "caps": {"per_day": 5, "per_week": 9, "sms": {"per_day": 2}},
        "reentry": "1d",
        "goals": ["purchased"],
        "steps": [
            {"key": "by-plan", "split": [{"when": {"plan": "pro"}, "then": "text"}, {"else": "text"}]},
            {
                "key": "text",
                "channel": "sms",
                "wait": "3d",
                "delay": "10:00",
                "message": {"text": "Hi {{ first_name }}"},
            },
        ],
    },
    {Channel.SMS: (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)},
)
"""Whatever a campaign may look at before it sends."""

SHAPES = (HAPPY, THREE_STEPS, RICH)


async def go(lives: Lives, first: int) -> None:
    """Go all of them, with contacts who are new from a number on."""
    await lives.publish(RICH)
    for number, shape in enumerate((*SHAPES, IN_DOUBT), start=first):
        await lives.live(shape, number)
    opened = [await lives.live(shape, first + 10 + n, to_its_end=False) for n, shape in enumerate(SHAPES)]
    await _webhooks(lives, first + 20)
    await _links(lives, opened[2])
    await _control(lives, opened, first + 30)
    await _api(lives, first + 40)
    await _batches(lives, first + 50)
    await _background(lives)


async def _webhooks(lives: Lives, first: int) -> None:
    """By our key, by the provider's, by a person's address, and from a desk."""
    texted = await lives.live(HAPPY, first, to_its_end=False)
    key, at = AttemptKey(texted, "text", 1), lives.clock()
    phone = person(first).phone or ""
    escalated = await lives.live(THREE_STEPS, first + 1)
    await _told(
        lives,
        "a",
        [
            StatusReport("by-key", DeliveryStatus.SENT, at, str(key), None),
            StatusReport("by-ref", DeliveryStatus.DELIVERED, at, None, ref_of(key)),
            InboundText("text", Channel.SMS, phone, "hello", at),
            HandoffReport("case", HandoffAction.REASSIGNED, at, None, "case-1", to="U1"),
            HandoffReport("known", HandoffAction.RESOLVED, at, handoff_key(escalated)),
        ],
        nonce="once",
    )
    await _told(lives, "b", [InboundText("stop", Channel.SMS, phone, "STOP", at, Keyword.STOP)])
    await _told(lives, "c", [InboundText("start", Channel.SMS, phone, "START", at, Keyword.START)])
    bounced = await lives.live(THREE_STEPS, first + 2, to_its_end=False)
    of_bounced = str(AttemptKey(bounced, "text", 1))
    await _told(lives, "d", [StatusReport("bounce", DeliveryStatus.BOUNCED, at, of_bounced, None)])
    await _told(lives, "e", [StatusReport("spam", DeliveryStatus.COMPLAINED, at, of_bounced, None)])


async def _told(lives: Lives, body: str, reports: list[Report], nonce: str | None = None) -> None:
    key = webhook_key("twilio", "/webhooks/twilio", body.encode())
    staged = StagedWebhook(
        key, "twilio", "/webhooks/twilio", "text/plain", body.encode(), lives.clock(), Verdict.READ
    )
    await lives.use.ingest_provider_event()(staged, reports, nonce)


async def _links(lives: Lives, enrollment_id: str) -> None:
    await lives.use.preferences().show(enrollment_id)
    await lives.use.preferences().set(enrollment_id, Channel.SMS, wanted=False)
    await lives.use.preferences().set(enrollment_id, Channel.SMS, wanted=True)


async def _control(lives: Lives, opened: list[str], number: int) -> None:
    control = lives.use.control_campaign()
    await control.pause(TENANT, "happy", PausePolicy.CATCH_UP, 1.0)
    lives.clock.now += timedelta(minutes=5)
    await control.resume(TENANT, "happy")
    await lives.live(HAPPY, number)
    await lives.use.check_wait()(opened[0], lives.clock(), lives.clock())
    await lives.use.record_event()(TENANT, person(number).external_id, "purchased", "order-1")


async def _api(lives: Lives, number: int) -> None:
    made = await lives.use.control_api_keys().create(TENANT, "shop", {Scope.WRITE})
    assert await lives.use.authenticate_key()(made.text) is not None

    async def work() -> Answer:
        await lives.use.enroll_contact()(TENANT, "rich", person(number))
        return Answer(200, {}, b"{}")

    for _ in range(2):
        await lives.use.idempotent_requests()(TENANT, "key-1", "same", work)


async def _batches(lives: Lives, first: int) -> None:
    rows = (ContactRow(line, person(first + line)) for line in range(1, 4))
    stream = ContactStream(ContactForm.CSV, ("external_id",), 3, rows)
    batch = await lives.use.store_batch()(TENANT, "happy", stream)
    lives.clock.now += timedelta(minutes=5)
    await lives.use.relay_events()()  # nobody has begun with it: it is asked for
    await lives.use.start_batch()(batch.id, lambda *_: None)


async def _background(lives: Lives) -> None:
    """What was left behind is found and passed on, and what is stuck is looked for."""
    lives.clock.now += timedelta(days=30)
    await lives.use.relay_events()()
    for tenant in (None, TENANT):
        await lives.use.find_stuck()(tenant)
