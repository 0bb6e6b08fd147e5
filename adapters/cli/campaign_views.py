"""What is published, for people and for scripts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from application.show_campaigns import CampaignState, VersionState
from domain.campaign import Campaign
from domain.enrollment.turn import HANDOFF
from domain.language.graph import Graph, NodeKind, graph_of
from domain.pauses import Pause, PausePolicy
from domain.times.rfc3339 import rfc3339


def campaign_table(states: Sequence[CampaignState]) -> Table:
    """All campaigns, a row each."""
    table = new_table("Campaigns", "campaign", "versions", "published", "in flight", "")
    for state in states:
        latest = state.versions[-1]
        table.add_row(
            state.key,
            ", ".join(str(each.version) for each in state.versions),
            moment(latest.published_at),
            str(sum(state.in_flight.values())),
            "" if state.pause is None else escape(pause_words(state.pause)),
        )
    return table


def campaign_data(state: CampaignState) -> Mapping[str, object]:
    """One campaign with its versions."""
    return {
        "campaign": state.key,
        "versions": [
            {
                "version": each.version,
                "published_at": rfc3339(each.published_at),
                "in_flight": state.in_flight.get(each.version, 0),
            }
            for each in state.versions
        ],
        "paused": _pause_data(state.pause),
    }


def show_version(shell: Shell, state: VersionState) -> None:
    """One version: what it does, and who is where."""
    plan, graph = state.campaign.plan, graph_of(state.campaign)
    shell.say(f"{plan.campaign} version {plan.version}, published {moment(state.published_at)}", "bold")
    if state.pause is not None:
        shell.say(f"It is {pause_words(state.pause)}.", "yellow")
    rules = [line for node in graph.nodes if node.kind is NodeKind.START for line in node.lines[1:]]
    for line in (*rules, *_facts(state.campaign)):
        shell.say(line)
    table = new_table("Steps", "step", "what", "then", "in flight")
    for node in graph.nodes:
        if node.kind in (NodeKind.STEP, NodeKind.SPLIT):
            then = "\n".join(_then(graph, node.id))
            at = state.in_flight.get(node.title, 0)
            table.add_row(node.title, escape("\n".join(node.lines)), escape(then), str(at))
    shell.show(table)
    if HANDOFF in state.in_flight:
        shell.say(f"With a person: {state.in_flight[HANDOFF]}.")


def version_data(state: VersionState) -> Mapping[str, object]:
    """One version with its definition."""
    plan = state.campaign.plan
    return {
        "campaign": plan.campaign,
        "version": plan.version,
        "published_at": rfc3339(state.published_at),
        "in_flight": dict(state.in_flight),
        "paused": _pause_data(state.pause),
        "definition": dict(state.definition),
    }


def changed_data(state: CampaignState, *, changed: bool) -> Mapping[str, object]:
    """What became of one that was held or let go.

    Args:
        state: the campaign as it is now.
        changed: whether that was otherwise before.
    """
    return {"campaign": state.key, "changed": changed, "paused": _pause_data(state.pause)}


def pause_words(pause: Pause) -> str:
    """A pause that goes on: ``paused since 2026-05-04 09:30 UTC (freeze)``."""
    policy = policy_word(pause.policy)
    rate = f", {pause.rate:g} a second" if pause.policy is PausePolicy.CATCH_UP else ""
    return f"paused since {moment(pause.paused_at)} ({policy}{rate})"


def policy_word(policy: PausePolicy) -> str:
    """A policy as it is said on the command line: ``catch-up``."""
    return policy.value.replace("_", "-")


def moment(at: datetime) -> str:
    """A time as people read it: ``2026-05-04 09:30 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _pause_data(pause: Pause | None) -> Mapping[str, object] | None:
    if pause is None:
        return None
    return {"since": rfc3339(pause.paused_at), "then": policy_word(pause.policy), "rate": pause.rate}


def _facts(campaign: Campaign) -> Iterator[str]:
    plan = campaign.plan
    if campaign.attributes:
        yield f"contacts have: {', '.join(f'{name} ({kind})' for name, kind in campaign.attributes.items())}"
    if goals := [*sorted(plan.goals), *sorted(status.value for status in plan.goal_statuses)]:
        yield f"won by: {', '.join(goals)}"
    if campaign.events:
        led = (f"{event} to {step}" for event, step in sorted(campaign.events.items()))
        yield f"led on by: {', '.join(led)}"


def _then(graph: Graph, node: str) -> Iterator[str]:
    titles = {each.id: each.title for each in graph.nodes}
    for edge in graph.edges:
        if edge.source == node:
            yield f"{edge.label or 'always'}: {titles[edge.target]}"
