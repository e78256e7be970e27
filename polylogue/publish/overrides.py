"""The templates folder of a person → the templates in it."""

import stat
from pathlib import Path
from typing import Final

from polylogue.errors import TemplateError
from polylogue.render.note import Overrides

_SUFFIX: Final = ".j2"
_LARGEST: Final = 256 << 10  # bytes of a template
_MOST: Final = 100  # templates

_ADVICE: Final = "The notes stay as they are until it is mended, or taken away."


def read_overrides(folder: Path) -> Overrides | None:
    """Return the templates that stand directly in `folder`; None when there are none.

    Hidden files, and those of other names, are none of ours. Raises TemplateError for what cannot
    be read.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise TemplateError(
            f"The templates folder {folder} cannot be read: {error.strerror}.", advice=_ADVICE
        ) from error
    wanted = [name for name in names if name.endswith(_SUFFIX) and not name.startswith(".")]
    if len(wanted) > _MOST:
        raise TemplateError(
            f"There are more than {_MOST} templates in {folder}.", advice="Take some away."
        )
    sources = {name: text for name in wanted if (text := _text(folder / name)) is not None}
    return Overrides(str(folder), sources) if sources else None


def _text(file: Path) -> str | None:
    """Return the text of a template, None for what is no file, or just went away."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise TemplateError(f"The template {file} is larger than 256 KiB.", advice=_ADVICE)
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TemplateError(
            f"The template {file} cannot be read: {error.strerror}.", advice=_ADVICE
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TemplateError(
            f"The template {file}, line {line}: this is not UTF-8 text.", advice=_ADVICE
        ) from error
