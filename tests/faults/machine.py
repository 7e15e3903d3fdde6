"""The state machine that makes up schedules of faults.

It makes them up alone, and they are played afterwards, many side by side: hypothesis
plays one after the other, and seeds Python's random numbers anew before each, from which
Home Assistant makes ids that must differ.
"""

from typing import override

from hypothesis import HealthCheck, Phase, seed, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .run import AWAY, CERTIFICATE, CLEAR, PAUSE, RELOAD, WRAP
from .worlds import CROWD, PEOPLE, World

BLOCK = 10
"""How many schedules one seed stands for."""
STEPS = 10

type Schedule = tuple[str, ...]
"""The names of steps."""


def schedules(world: type[World], number: int) -> list[Schedule]:
    """Return the schedules that one seed stands for."""
    made: list[Schedule] = []
    example = world()
    turns = sorted(example.steps().keys() & world.turns)
    faults = sorted(example.steps().keys() - {PEOPLE, CROWD, *turns})
    renewals = [*sorted(example.renewals()), *([CERTIFICATE] if world.pinned else [])]

    class Machine(RuleBasedStateMachine):
        """People come and go at one system, while things break."""

        def __init__(self) -> None:
            """Begin with nothing."""
            super().__init__()
            self.steps: list[str] = []
            self.came = False

        @rule(name=st.sampled_from([PEOPLE, CROWD]))
        def come(self, name: str) -> None:
            """Let people come."""
            self.came = True
            self.steps.append(name)

        @rule(name=st.sampled_from(faults))
        def go_wrong(self, name: str) -> None:
            """Let something break."""
            self.steps.append(name)

        @rule(name=st.sampled_from([RELOAD, AWAY, PAUSE]))
        def start_again(self, name: str) -> None:
            """Let Home Assistant start again, or nothing happen."""
            self.steps.append(name)

        @rule(name=st.sampled_from(renewals))
        def renew(self, name: str) -> None:
            """Let the user enter again what reaches the system."""
            self.steps.append(name)

        @precondition(lambda _: bool(turns))
        @rule(name=st.sampled_from(turns or [PAUSE]))
        def turn(self, name: str) -> None:
            """Let the clock be wrong, or right again."""
            self.steps.append(name)

        # Nobody can tell that an empty log was cleared.
        @precondition(lambda self: world.clears and self.came)
        @rule(name=st.sampled_from([CLEAR, WRAP]))
        def forget(self, name: str) -> None:
            """Let the system forget what it had recorded."""
            self.came = False
            self.steps.append(name)

        @override
        def teardown(self) -> None:
            """Keep the schedule."""
            made.append(tuple(self.steps))

    run_state_machine_as_test(
        seed(number)(Machine),
        settings=settings(
            # The first one is always the simplest there is.
            max_examples=BLOCK + 1,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return made[1 : BLOCK + 1]
