"""Templates of a person's own, in the place of those of polylogue.

A template may come from a stranger. So it sees plain records only, calls nothing but its macros and
a few harmless functions, and has a budget: of steps (turns of loops, calls) and of
characters. What it may not do, and every mistake in it, is a `TemplateError` that names its file
and line.

Besides the templates that it overrides, a folder may hold others, to be included; and the built-in
ones stay at hand under `polylogue/`, as in `{% from "polylogue/part.md.j2" import part as usual %}`.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass
from traceback import walk_tb
from types import BuiltinMethodType, MethodType
from typing import Any, Final, cast

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace

from polylogue.errors import TemplateError

_STEPS: Final = 1_000_000  # of one note
_CALL: Final = 5  # steps
_LARGEST: Final = 100_000_000  # characters that are printed into one note, macros counted anew
_LARGEST_NUMBER: Final = 1_000_000_000
_BUILT_IN: Final = "polylogue"

#: Templates that are macros, and the names of those.
MACROS: Final = {"message.md.j2": "message", "part.md.j2": "part", "attachment.md.j2": "attachment"}

_FILTERS: Final = frozenset(
    """
    abs attr capitalize count d default dictsort e escape first float groupby int items join last
    length list lower map max min quoted reject rejectattr replace reverse round select selectattr
    sort string striptags sum title tojson trim truncate unique upper urlencode wordcount
    """.split()  # noqa: SIM905 - a table of words
)
_METHODS: Final = frozenset(
    """
    capitalize casefold count endswith find get index isalpha isdigit items keys lower lstrip
    partition removeprefix removesuffix replace rfind rpartition rsplit rstrip split splitlines
    startswith strip title upper values
    """.split()  # noqa: SIM905 - a table of words
)
_CALLABLE: Final = (Macro, BlockReference, LoopContext, Cycler, Joiner)


@dataclass(frozen=True, slots=True)
class Overrides:
    """The templates of a folder, as text by file name."""

    folder: str
    sources: Mapping[str, str]


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for templates that are not to be trusted."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, overrides: Overrides, built_in: jinja2.BaseLoader, **options: Any) -> None:  # noqa: ANN401 - what jinja takes
        def own(name: str) -> tuple[str, str, Callable[[], bool]] | None:
            text = overrides.sources.get(name)
            return None if text is None else (text, f"{overrides.folder}/{name}", lambda: True)

        loaders = [
            jinja2.FunctionLoader(own),
            built_in,
            jinja2.PrefixLoader({_BUILT_IN: built_in}),
        ]
        super().__init__(loader=jinja2.ChoiceLoader(loaders), finalize=self._printed, **options)
        self._folder = overrides.folder
        self._steps = self._characters = 0
        self.filters = {name: self.filters[name] for name in _FILTERS if name in self.filters}
        self.filters["counted"] = self._counted
        self.filters["counted_text"] = self._counted_text
        del self.globals["lipsum"]

    def note(self, template: str, context: Mapping[str, object]) -> str:
        """Return what `template` makes of `context`. Raises TemplateError."""
        self._steps, self._characters = _STEPS, _LARGEST
        try:
            return self.get_template(template).render(context)
        except Exception as error:  # a template can raise whatever Python can
            raise self._translated(error) from error

    def check(self, names: Iterable[str]) -> None:
        """Raise TemplateError for the first of these templates that cannot be used."""
        self._steps, self._characters = _STEPS, _LARGEST
        for name in names:
            try:
                self._check_macro(self.get_template(name))
            except Exception as error:
                raise self._translated(error) from error

    def _check_macro(self, template: jinja2.Template) -> None:
        """Raise TemplateSyntaxError when a template has not the macro for which others look in it."""
        macro = MACROS.get(template.name or "")
        if macro and not hasattr(template.module, macro):
            what = f"the macro {macro} is missing"
            raise jinja2.TemplateSyntaxError(what, 1, template.name, template.filename)

    # --- What a template may do -------------------------------------------------------------------

    def is_safe_callable(self, obj: object) -> bool:
        """Say whether a template may call `obj`."""
        if isinstance(obj, BuiltinMethodType):
            return type(obj.__self__) in {str, dict, list, tuple} and obj.__name__ in _METHODS
        if isinstance(obj, MethodType):
            return isinstance(obj.__self__, _CALLABLE)
        return isinstance(obj, _CALLABLE) or obj in (
            self.globals["range"],
            Namespace,
            Joiner,
            Cycler,
            dict,
        )

    def call(self, context: Context, obj: object, *args: object, **kwargs: object) -> object:
        """Call `obj` for a template."""
        self._spend(_CALL)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, _context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - whatever a template adds
        """Calculate for a template: with numbers of a reasonable size, and no powers."""
        if operator == "+" and isinstance(left, str):
            return self._printed(left + right)
        numbers = all(
            isinstance(n, int | float) and abs(n) < _LARGEST_NUMBER for n in (left, right)
        )
        if operator == "**" or not numbers:
            raise SecurityError(f"{operator} is for small numbers only")
        return self.binop_table[operator](left, right)

    # --- How much it may do -----------------------------------------------------------------------

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return the parsed template, in which every loop and every `~` is counted."""
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = _filtered("counted", loop.iter)
        for joined in list(tree.find_all(nodes.Concat)):
            whole = nodes.Concat(joined.nodes, lineno=joined.lineno)
            joined.nodes = [_filtered("counted_text", whole)]
        return tree

    @jinja2.pass_context
    def _counted(self, _context: Context, items: Iterable[object]) -> Iterable[object]:
        found = items if isinstance(items, Sized) else list(items)
        self._spend(len(found))
        return found

    @jinja2.pass_context
    def _counted_text(self, _context: Context, text: str) -> object:
        return self._printed(text)

    def _spend(self, steps: int) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise SecurityError(f"more than {_STEPS:,} steps for one note")

    def _printed(self, value: object) -> object:
        text = value if isinstance(value, str) else str(value)
        self._characters -= len(text)
        if self._characters < 0:
            raise SecurityError(f"more than {_LARGEST:,} characters in one note")
        return text

    # --- What went wrong, and where ---------------------------------------------------------------

    def _translated(self, error: Exception) -> TemplateError:
        file, line = self._place(error)
        said = error.message if isinstance(error, jinja2.TemplateError) else str(error)
        what = " ".join((said or type(error).__name__).split())[:200]
        return TemplateError(
            f"The template {file}, line {line}: {what.rstrip('.')}.",
            advice="The notes stay as they are until it is mended and saved, or taken away.",
        )

    def _place(self, error: Exception) -> tuple[str, int]:
        """Return the file and the line of a mistake: the innermost that is in a template."""
        if isinstance(error, jinja2.TemplateSyntaxError):
            return error.filename or error.name or self._folder, error.lineno
        found = (self._folder, 0)
        for frame, line in walk_tb(error.__traceback__):
            name = frame.f_code.co_filename
            if name.endswith(".j2") and (name.startswith(self._folder) or not found[1]):
                found = (name, line)
        return found


def _filtered(name: str, of: nodes.Node) -> nodes.Filter:
    return nodes.Filter(cast("nodes.Expr", of), name, [], [], None, None, lineno=of.lineno)
