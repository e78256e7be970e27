"""OpenAI Codex: the rollout files of its command line, desktop program and IDE extension.

    shapes ─► rollout ─► copied ─► line ─► header, item, event, happened
           └► index                          └► speech, tools ─► injected, calls, patches, results,
                                                                 images      (reading, state)

A rollout is read line by line by a small machine: what it must remember is a `State`, and nothing
else passes from line to line, so it cannot matter how the lines are grouped. `reading` is what a
group of lines has come to so far. One line becomes one message, or a fold that says why not.

Most lines come twice, as an event for the screen (`event_msg`) and as an item for the model
(`response_item`). The second of the two is recognised by its text or its call's id; it adds to the
message of the first what that did not know, and is a message of its own only if the first is missing.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.codex.shapes import SESSIONS, SHAPES

PARSER = Parser(provider="codex", version=1, shapes=SHAPES, sessions=SESSIONS)
