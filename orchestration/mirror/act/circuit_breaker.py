"""Stops a run in which nearly all photos fail, before a refusal is recorded."""

from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import BreakerError
from orchestration.mirror.outcomes import Done, Failed, Outcome, Refused

# With fewer photos than this, all of them may really be bad.
_FEWEST = 10
_PERHAPS_THE_MACHINE = {"crashed", "out-of-memory"}


class CircuitBreaker:
    """Counts failures among the first photos of a run.

    Once it is known that this recipe and these libraries have made renditions before, only failures
    that the machine may have caused are counted.
    """

    def __init__(self, policy: Policy) -> None:
        self._after = policy.breaker_after
        self._share = policy.breaker_share
        self._tried = self._bad = 0
        self._is_proven = False
        self._example = ""

    @property
    def has_passed(self) -> bool:
        """Whether enough photos were tried to trust the refusals."""
        return self._tried >= self._after

    def prove(self) -> None:
        """Record that this recipe and these libraries have made renditions before."""
        self._is_proven = True

    def watch(self, outcome: Outcome) -> None:
        """Count an outcome.

        Raises BreakerError when too many of the first photos could not be made.
        """
        if self.has_passed:
            return
        match outcome:
            case Refused(kind="unreadable" | "unaddressable" | "name-taken"):
                pass  # not caused by the recipe or the decoder
            case Refused(kind=kind) if self._is_proven and kind not in _PERHAPS_THE_MACHINE:
                self._tried += 1
            case Done(how="rendered" | "passed_through"):
                self._tried += 1
            case Refused(name=name, reason=reason) | Failed(name=name, traceback=reason):
                self._tried += 1
                self._bad += 1
                self._example = f"{name} ({reason.strip().splitlines()[-1]})"
        if self.has_passed:
            self._judge()

    def end(self) -> None:
        """Judge a run with fewer photos at its end, if it had at least 10.

        Raises BreakerError as `watch` does.
        """
        if not self.has_passed and self._tried >= _FEWEST:
            self._judge()

    def _judge(self) -> None:
        if self._bad and self._bad >= self._share * self._tried:
            raise BreakerError(self._bad, self._tried, self._example)
