"""A clock that is set, and a machine that slept, are noticed."""

from datetime import timedelta

from unit.flow.fakes import Clock
from watcher.app.clock_step import ClockStep


class Steady:
    """Seconds that only go forward."""

    seconds = 0.0

    def __call__(self) -> float:
        """The seconds."""
        return self.seconds


def test_time_that_passes_is_no_step() -> None:
    """Both clocks go on alike, and a wall clock that is a little off is being slewed."""
    wall, steady = Clock(), Steady()
    step = ClockStep(wall=wall, steady=steady)
    for _ in range(10):
        wall.forward(seconds=305)
        steady.seconds += 300
        assert step.look() is None


def test_a_clock_that_was_set_is_a_step_in_either_direction_and_once() -> None:
    """Time synchronisation after boot, a dead battery, a laptop that slept."""
    for jump in (timedelta(hours=-2), timedelta(days=300)):
        wall, steady = Clock(), Steady()
        step = ClockStep(wall=wall, steady=steady)
        wall.moment += jump
        assert step.look() == jump
        assert step.look() is None
