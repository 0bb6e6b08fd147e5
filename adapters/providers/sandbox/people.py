"""What people do with what reaches them: one table of reactions, and who is which sort of person."""

from collections.abc import Mapping, Sequence

from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.draws import fraction

Reaction = Sequence[str]
"""What happens to one message, in order, in Twilio's and SendGrid's words; other vendors' modules translate.
Behind a colon stands the word's detail: a Twilio error code, the text of a reply, who picked up, why an
e-mail was dropped. Two words are no vendor's status: ``pressed:1`` is a key that is pressed during a call,
of which `adapters.providers.sandbox.keypad` says more, and ``reply:TEXT`` an answer to an e-mail."""

_TEXTED: Reaction = ("sent", "delivered")
_MAILED: Reaction = ("processed", "delivered")
_READ: Reaction = (*_MAILED, "open")
_CLICKED: Reaction = (*_READ, "click")
_RANG: Reaction = ("initiated", "ringing")
_NO_ANSWER: Reaction = (*_RANG, "no-answer")
_BUSY: Reaction = (*_RANG, "busy")
_TALKED: Reaction = (*_RANG, "in-progress", "completed:human")
_PRESSED: Mapping[str, Reaction] = {
    key: (*_RANG, "in-progress", f"pressed:{key}", "completed:human") for key in "129"
}
_RECORDED: Reaction = (*_RANG, "in-progress", "completed:machine_start")


@frozen
class Persona:
    """One sort of person.

    Args:
        sms: what happens to an SMS.
        email: to an e-mail.
        voice: to the first call, the second one, and so on; the last entry stands for all that follow.
        weight: how many of the people who nobody has named are of this sort.
    """

    sms: Reaction = _TEXTED
    email: Reaction = _MAILED
    voice: Sequence[Reaction] = (_NO_ANSWER,)
    weight: int = 1


PERSONAS: Mapping[str, Persona] = {
    "replies": Persona(
        sms=(*_TEXTED, "received:Yes, that suits me."), email=_CLICKED, voice=(_TALKED,), weight=4
    ),
    "clicks": Persona(email=_CLICKED, weight=3),
    "opens": Persona(email=_READ, weight=2),
    "ignores": Persona(weight=3),
    "answers_call": Persona(voice=(_TALKED,), weight=2),
    "voicemail": Persona(voice=(_RECORDED,)),
    "busy": Persona(voice=(_BUSY,)),
    "no_answer": Persona(voice=(_NO_ANSWER,)),
    "busy_then_answers": Persona(voice=(_BUSY, _TALKED)),
    "stops": Persona(sms=(*_TEXTED, "received:STOP"), email=(*_MAILED, "unsubscribe")),
    "bounces": Persona(email=("processed", "bounce:5.1.1")),
    "undeliverable": Persona(sms=("sent", "undelivered:30003"), voice=((*_RANG, "failed"),)),
    "unknown_number": Persona(sms=("sent", "undelivered:30005"), voice=((*_RANG, "failed"),)),
    "complains": Persona(email=(*_MAILED, "spamreport")),
    "opted_out_before": Persona(sms=("refused:21610",), email=("processed", "dropped:Unsubscribed Address")),
    "confirms_call": Persona(voice=(_PRESSED["1"],)),
    "asks_call_back": Persona(voice=(_PRESSED["2"],)),
    "refuses_calls": Persona(voice=(_PRESSED["9"],)),
    "writes_back": Persona(email=(*_READ, "reply:Yes, that suits me.")),
    "writes_stop": Persona(email=(*_MAILED, "reply:STOP")),
}


@define
class People:
    """Who is which sort of person.

    Args:
        seed: decides about everybody who is not named.
    """

    seed: str
    _named: dict[str, str] = field(default=Factory(dict), init=False)

    def name(self, personas: Mapping[str, str]) -> None:
        """Say of some addresses which sort of person is behind them.

        Raises:
            ValueError: there is no such persona; nobody was named.
        """
        for persona in personas.values():
            if persona not in PERSONAS:
                raise ValueError(f"{persona!r} is not one of {', '.join(PERSONAS)}")
        self._named.update({address.casefold(): persona for address, persona in personas.items()})

    def persona_of(self, address: str) -> str:
        """The name of the sort of person behind an address."""
        return self._named.get(address.casefold()) or self._drawn(address.casefold())

    def reaction(self, address: str, channel: str, nth: int) -> Reaction:
        """What happens to a message.

        Args:
            address: to whom.
            channel: ``sms``, ``email`` or ``voice``.
            nth: which message to this address on this channel it is, from 0.
        """
        persona = PERSONAS[self.persona_of(address)]
        if channel == "voice":
            return persona.voice[min(nth, len(persona.voice) - 1)]
        return persona.sms if channel == "sms" else persona.email

    def _drawn(self, address: str) -> str:
        names = [name for name, persona in PERSONAS.items() for _ in range(persona.weight)]
        return names[int(fraction(self.seed, "persona", address) * len(names))]
