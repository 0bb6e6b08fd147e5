"""One campaign with every word of the language, in both of its forms."""

YAML = """\
campaign: appointment-reminder
version: 2
priority: urgent
weight: 1.5
patience: 2d
at_end: escalate
handoff: {summary: "Call {{ first_name }}", wait: 2d}
attributes: {first_name: text, appointment_at: time, amount: number}
timezone: Europe/Berlin
window: {hours: ["mon-fri 09:00-12:00", "sat 10:00-14:00"], holidays: [DE-BY, local], spread: 15m}
caps: {per_day: 1, per_week: 3, sms: {per_day: 1}, email: {per_week: 2}, voice: {per_day: 1}}
consent: [sms, voice]
reentry: 30d
refused: {consent: end, cap: skip, window: defer, suppressed: end, address: skip}
goals: [purchased, {status: clicked}, {event: upgraded, then: call}]
sms_parts: 2
templates:
  first-text: {text: "Hi {{ first_name }}"}
steps:
  - key: text
    channel: sms
    template: first-text
    when: {language: [de, at], amount: {over: 100, at_most: 500, known: true}}
    delay: {until: appointment_at - 2d, if_late: send}
    window: us-tcpa
    wait: {for: [delivered, replied], up_to: 3d}
    fallback: {if_not: delivered, within: 10m, then: call}
    retry: {attempts: 3, first: 1h, factor: 2, cap: 1d, jitter: 0.2, on: [failed]}
    on: {replied: complete, rejected: step:call}
    on_unknown: resend
  - key: by-language
    split:
      - {when: {language: de}, then: mail}
      - {else: call}
  - key: mail
    channel: email
    delay: tue 10:00
    wait: 2d
    message:
      subject: Your appointment
      html: <p>Hi</p>
      languages:
        de: {subject: Ihr Termin, mjml: <mjml></mjml>}
    on: {bounced: call}
  - key: test
    split:
      - {weight: 45, then: next}
      - {weight: 10, then: hold_out}
  - key: call
    channel: voice
    window: {quiet: "21:00-08:00"}
    wait: 1d
    message: {text: Good day}
    on:
      no_answer: next
      pressed: {"1": complete, "#": escalate}
  - key: last
    channel: sms
    wait: 1d
    template: first-text
"""

PYTHON = """\
from drumbeat import (
    Branch, Call, Campaign, Cap, Caps, Email, Event, Fallback, Goal, Handoff, Message, Retry, Sms, Split,
    Step, Until, Wait, Window,
)

campaign = Campaign(
    campaign="appointment-reminder",
    version=2,
    priority="urgent",
    weight=1.5,
    patience="2d",
    at_end="escalate",
    handoff=Handoff(summary="Call {{ first_name }}", wait="2d"),
    attributes={"first_name": "text", "appointment_at": "time", "amount": "number"},
    timezone="Europe/Berlin",
    window=Window(
        hours=["mon-fri 09:00-12:00", "sat 10:00-14:00"], holidays=["DE-BY", "local"], spread="15m"
    ),
    caps=Caps(
        per_day=1, per_week=3, sms=Cap(per_day=1), email=Cap(per_week=2), voice=Cap(per_day=1)
    ),
    consent=["sms", "voice"],
    reentry="30d",
    refused={
        "consent": "end", "cap": "skip", "window": "defer", "suppressed": "end", "address": "skip"
    },
    goals=["purchased", Goal(status="clicked"), Event(event="upgraded", then="call")],
    sms_parts=2,
    templates={"first-text": Message(text="Hi {{ first_name }}")},
    steps=[
        Sms(
            key="text",
            template="first-text",
            when={"language": ["de", "at"], "amount": {"over": 100, "at_most": 500, "known": True}},
            delay=Until(until="appointment_at - 2d", if_late="send"),
            window="us-tcpa",
            wait=Wait(for_=["delivered", "replied"], up_to="3d"),
            fallback=Fallback(if_not="delivered", within="10m", then="call"),
            retry=Retry(attempts=3, first="1h", factor=2, cap="1d", jitter=0.2, on=["failed"]),
            on={"replied": "complete", "rejected": "step:call"},
            on_unknown="resend",
        ),
        Split(
            key="by-language",
            split=[Branch(when={"language": "de"}, then="mail"), Branch(else_="call")],
        ),
        Email(
            key="mail",
            delay="tue 10:00",
            wait="2d",
            message=Message(
                subject="Your appointment",
                html="<p>Hi</p>",
                languages={"de": Message(subject="Ihr Termin", mjml="<mjml></mjml>")},
            ),
            on={"bounced": "call"},
        ),
        Split(
            key="test", split=[Branch(weight=45, then="next"), Branch(weight=10, then="hold_out")]
        ),
        Call(
            key="call",
            window=Window(quiet="21:00-08:00"),
            wait="1d",
            message=Message(text="Good day"),
            on={"no_answer": "next", "pressed": {"1": "complete", "#": "escalate"}},
        ),
        Step(key="last", channel="sms", wait="1d", template="first-text"),
    ],
)
"""
