"""When whom is killed: moments spread by chance over the whole of a run."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .processes import Worker
from .service import Service

LONGEST_BEGINNING = 0.1  # seconds after a process says that it begins
LONGEST_AIM = 0.02  # seconds after the moment that was waited for


@dataclass(frozen=True)
class Kill:
    """One that is due when so many requests have come in, or soon after its victim begins."""

    stage: str
    posts: int
    delay: float


def schedule(count: int, requests: int, seed: int) -> list[Kill]:
    """Draw kills: a fifth while processes plan, a tenth at the end, the others while they send."""
    chance = random.Random(seed)  # noqa: S311 - chance that is the same every time
    at_end = max(1, count // 10)
    moments = sorted(chance.randrange(1, requests) for _ in range(count - at_end))
    return [*_before_the_end(moments, chance), *_at_the_end(at_end, requests, chance)]


def _before_the_end(moments: list[int], chance: random.Random) -> Iterator[Kill]:
    for posts in moments:
        if chance.random() < 0.2:
            yield Kill("planning", 0, chance.uniform(0, LONGEST_BEGINNING))
        else:
            yield Kill("sending", posts, chance.uniform(0, LONGEST_AIM))


def _at_the_end(count: int, requests: int, chance: random.Random) -> Iterator[Kill]:
    for number in range(count):
        # What follows the first finds no work left, and is over soon.
        longest = LONGEST_BEGINNING if number else 0
        yield Kill("end", requests, chance.uniform(0, longest))


class Killer:
    """Carries out a schedule, on one worker after the other."""

    def __init__(self, kills: list[Kill], service: Service) -> None:
        self._left = kills[::-1]
        self._service = service
        self._turn = 0
        self.done = Counter[str]()

    def is_finished(self) -> bool:
        return not self._left

    def strike(self, workers: list[Worker]) -> None:
        """Kill whose turn it is, if it is time; only a kill that hits counts."""
        kill, victim = self._left[-1], workers[self._turn % len(workers)]
        if not victim.has_begun() or not self._is_due(kill):
            return
        time.sleep(kill.delay)
        if victim.kill():
            self._left.pop()
            self.done[kill.stage] += 1
            self._pass_on()
        victim.start()

    def _pass_on(self) -> None:
        """Turn to the next worker, unless the next kill is for one that has only just begun."""
        if self._left and self._left[-1].stage != "planning":
            self._turn += 1

    def _is_due(self, kill: Kill) -> bool:
        if kill.stage == "end":
            return self._service.is_complete()
        return self._service.posts() >= kill.posts
