"""What comes up while a document is read, beside its messages: the ledger, folds and inline files."""

from collections import Counter
from dataclasses import dataclass, field

from polylogue.model import Attachment, Blob, Fold, Json, Unknown, UnknownKind
from polylogue.parsers.inline import inline
from polylogue.parsers.narrow import as_json, json_type


@dataclass(slots=True)
class Findings:
    """What one document, or one group of lines, held besides."""

    ledger: Counter[tuple[str, str]] = field(default_factory=Counter)
    folded: Counter[str] = field(default_factory=Counter)
    blobs: dict[str, Blob] = field(default_factory=dict)

    def unknown(self, path: str, kind: str, value: Json) -> Unknown:
        """Return `value` as a part that nobody understands, and enter it in the ledger.

        Without a `kind` it is called by its JSON type.
        """
        kind = kind or json_type(value)
        self.ledger[path, kind] += 1
        return Unknown(kind=kind, json=as_json(value))

    def file(self, data: Json, mime_type: Json = "", name: Json = "") -> Attachment | None:
        """Keep the file that stands in `data` in base64; return what shows it, None if unreadable."""
        found = inline(data, mime_type, name)
        if found is None:
            return None
        shown, blob = found
        self.blobs.setdefault(blob.ref, blob)
        return shown

    @property
    def unknowns(self) -> tuple[UnknownKind, ...]:
        """The ledger as records, in a fixed order."""
        return tuple(
            UnknownKind(path=path, kind=kind, count=count)
            for (path, kind), count in sorted(self.ledger.items())
        )

    @property
    def folds(self) -> tuple[Fold, ...]:
        """The folds as records, in a fixed order."""
        return tuple(Fold(kind=kind, count=count) for kind, count in sorted(self.folded.items()))
