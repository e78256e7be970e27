"""What an import came to: counted while it runs, told as a receipt when it ends."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from polylogue.model import Problem
from polylogue.store.imports import Outcome

Status: TypeAlias = Literal["ok", "partial", "failed", "unrecognized", "duplicate"]

#: Called with (bytes done, bytes in all, conversations so far) while an import runs.
Progress: TypeAlias = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an arrival ended. `counts` has conversations (new, changed, same), assets and members.

    `earlier` is how the import ended of which this is a duplicate.
    """

    status: Status
    import_id: int
    file_name: str
    counts: dict[str, int]
    problems: Sequence[Problem] = ()
    error: str = ""
    earlier: str = ""

    @property
    def sentence(self) -> str:
        """Say in one sentence what came of it."""
        if self.status in ("failed", "unrecognized"):
            return self.error
        found = self.counts.get("conversations", 0)
        said = f"{found:,} conversation{'s' * (found != 1)}"
        if self.status == "duplicate":
            lacking = f", not all of it: {self.error}" if self.earlier == "partial" else ""
            return f"The same bytes were imported before: {said}{lacking}".rstrip(".") + "."
        news = ", ".join(
            f"{self.counts[kind]:,} {kind}"
            for kind in ("new", "changed", "same")
            if self.counts.get(kind)
        )
        said += f" ({news})" if news else ""
        if assets := self.counts.get("assets"):
            said += f", {assets:,} file{'s' * (assets != 1)}"
        if self.problems:
            said += f"; {len(self.problems):,} could not be read: {self.problems[0].text}"
        return f"{said.rstrip('.')}."


@dataclass(slots=True)
class Tally:
    """Counts and problems of the import that runs."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    providers: Counter[str] = field(default_factory=Counter)
    versions: dict[str, int] = field(default_factory=dict)
    strangers: Counter[str] = field(default_factory=Counter)
    """Names of JSON members that no parser claims, without their folders."""

    def outcome(self) -> Outcome:
        """Return how the import ended, judged by what was found and what was not."""
        provider = self.providers.most_common(1)[0][0] if self.providers else None
        return Outcome(
            status=self._status(),
            error=self._error(),
            provider=provider,
            parser_version=self.versions.get(provider) if provider else None,
            counts=dict(self.counts),
            problems=self.problems,
        )

    def _status(self) -> Literal["ok", "partial", "failed", "unrecognized"]:
        if self.counts["conversations"] or self.counts["assets"] or self.counts["facts"]:
            return "partial" if self.problems else "ok"
        return "failed" if self.problems else "unrecognized"

    def _error(self) -> str:
        match self._status():
            case "ok":
                return ""
            case "unrecognized" if self.providers:
                return "There is no conversation in it; the export is empty."
            case "unrecognized":
                return "Nothing in it is a chat that polylogue knows."
            case _:
                return self.problems[0].text
