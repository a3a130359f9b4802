"""How far an import has come, told to whoever waits for it."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[float], None]  # told the share done, 0.0-1.0


@dataclass(slots=True)
class Stages:
    """The progress of work that is done in stages, each a part of the whole."""

    progress: Progress | None
    start: float = 0.0
    end: float = 0.0

    def begin(self, end: float) -> None:
        """Begin the stage that ends at this share of the whole."""
        self.start, self.end = self.end, end

    def __call__(self, share: float) -> None:
        if self.progress:
            self.progress(self.start + (self.end - self.start) * share)
