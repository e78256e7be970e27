"""What lies in a folder, for tests to compare."""

from pathlib import Path


def names(folder: Path) -> list[str]:
    """Return the names in `folder`, sorted."""
    return sorted(path.name for path in folder.iterdir())


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return every path below `folder`, with the bytes of files; markers have none."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and path.name != ".polylogue"
        else None
        for path in sorted(folder.rglob("*"))
    }


def files(vault: Path) -> dict[str, bytes]:
    """Return every file in a vault but the marker, with its bytes."""
    return {path: data for path, data in tree(vault).items() if data is not None}
