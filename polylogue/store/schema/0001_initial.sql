-- The archive. All times are integer milliseconds since the epoch, UTC; all hashes are SHA-256.

-- Tier 1: the bytes. Never changed, never deleted by code. ---------------------------------------

CREATE TABLE chunks (
  id      INTEGER PRIMARY KEY,
  sha256  BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),   -- of the bytes, not of `data`
  size    INTEGER NOT NULL CHECK (size >= 0),
  codec   TEXT NOT NULL CHECK (codec IN ('raw', 'zstd', 'delta')),
  base_id INTEGER REFERENCES chunks (id),                     -- a delta is against this chunk
  data    BLOB NOT NULL,
  CHECK ((codec = 'delta') = (base_id IS NOT NULL))
) STRICT;

-- An object without a hash is still being written; it becomes part of tier 1 when it gets one. One
-- with a tail grows with a file that is followed: its chunks are never replaced, and the tail, which
-- stands behind them, is what does not fill a chunk yet. Hash and size are of the bytes so far. As it
-- will have other bytes tomorrow, nothing else shares it.
CREATE TABLE objects (
  id     INTEGER PRIMARY KEY,
  sha256 BLOB CHECK (length(sha256) = 32),
  size   INTEGER,
  tail   BLOB,                                                -- null: it does not grow
  CHECK ((sha256 IS NULL) = (size IS NULL)),
  CHECK (tail IS NULL OR sha256 IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX objects_sha256 ON objects (sha256) WHERE tail IS NULL;

CREATE TABLE object_chunks (
  object_id INTEGER NOT NULL REFERENCES objects (id),
  seq       INTEGER NOT NULL,
  chunk_id  INTEGER NOT NULL REFERENCES chunks (id),
  PRIMARY KEY (object_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE raw_imports (
  id             INTEGER PRIMARY KEY,
  sha256         BLOB NOT NULL CHECK (length(sha256) = 32),   -- of the file as it arrived; of a folder's listing
  origin         TEXT NOT NULL,                               -- inbox, import, session, drive
  provider       TEXT,
  file_name      TEXT NOT NULL,
  source_uri     TEXT NOT NULL,
  size           INTEGER NOT NULL,
  modified_at    INTEGER,
  imported_at    INTEGER NOT NULL,
  parse_status   TEXT NOT NULL DEFAULT 'pending'
                 CHECK (parse_status IN ('pending', 'ok', 'partial', 'failed', 'unrecognized')),
  parse_error    TEXT,
  parser         TEXT,
  parser_version INTEGER,
  counts         TEXT,                                        -- JSON
  container      TEXT,                                        -- JSON: kind and directory of a ZIP
  grows          INTEGER NOT NULL DEFAULT 0                   -- 1: a file that is followed; hash, size and
                                                              -- counts are of what it has had so far
) STRICT;

CREATE INDEX raw_imports_sha256 ON raw_imports (sha256);

CREATE TABLE raw_members (
  import_id   INTEGER NOT NULL REFERENCES raw_imports (id),
  seq         INTEGER NOT NULL,
  name        TEXT NOT NULL,
  object_id   INTEGER NOT NULL REFERENCES objects (id),
  modified_at INTEGER,
  PRIMARY KEY (import_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX raw_members_object ON raw_members (object_id);

-- Tier 2: the rows. All of it can be made again from tier 1. -------------------------------------

CREATE TABLE conversations (
  id              INTEGER PRIMARY KEY,
  provider        TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  shown           INTEGER NOT NULL,      -- 0: only side files tell of it; it is kept, and no note
  kind            TEXT NOT NULL,         -- chat, project, memory
  slug            TEXT NOT NULL,         -- the title as one ASCII word, for the command line
  title           TEXT NOT NULL,
  created_at      INTEGER,
  updated_at      INTEGER,
  account         TEXT NOT NULL,
  project         TEXT NOT NULL,
  model           TEXT NOT NULL,
  url             TEXT NOT NULL,
  current_id      TEXT NOT NULL,        -- message_id of the leaf of the path taken, or ''
  parent_id       TEXT NOT NULL,        -- conversation_id of the one that this came out of, or ''
  relation        TEXT NOT NULL,        -- … and how: sub-agent, fork, continuation
  metadata_json   TEXT NOT NULL,
  hash            BLOB NOT NULL,
  UNIQUE (provider, conversation_id)
) STRICT;

-- Each distinct document that told of a conversation: where its bytes are, and what its head said.
-- A conversation's row is the fold of its sources' heads, so the order of imports does not matter.
-- A session is read in groups of lines; it is one source, an object as a whole, and its head is what
-- all groups so far said together. The hash is missing while that object grows.
CREATE TABLE conversation_sources (
  id              INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
  sha256          BLOB CHECK (length(sha256) = 32),           -- of the document's bytes
  about           INTEGER NOT NULL,                           -- 1: a side file, which makes no conversation
  object_id       INTEGER NOT NULL REFERENCES objects (id),   -- where they first stood
  first_seq       INTEGER NOT NULL,                           -- … from this chunk of it
  chunk_count     INTEGER,                                    -- … so many chunks; null: all of it
  parser_version  INTEGER NOT NULL,
  head_json       TEXT NOT NULL,
  UNIQUE (conversation_id, sha256, about),
  CHECK (sha256 IS NOT NULL OR chunk_count IS NULL)
) STRICT;

CREATE INDEX conversation_sources_sha256 ON conversation_sources (sha256);

CREATE TABLE messages (
  id              INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
  message_id      TEXT NOT NULL,
  parent_id       TEXT,                 -- the parent's message_id; the parent itself may be unknown
  branch_id       INTEGER NOT NULL,     -- 0: the path taken
  position        INTEGER NOT NULL,     -- depth in the tree, or the line
  line            INTEGER,              -- where it began in a file that is shown in its own order
  role            TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
  author          TEXT NOT NULL,
  content         TEXT NOT NULL,        -- what a person reads and searches
  content_json    TEXT,                 -- the typed parts, in order; null: one text, which is `content`
  model           TEXT NOT NULL,
  timestamp       INTEGER,
  hidden          INTEGER NOT NULL,
  metadata_json   TEXT NOT NULL,
  source_id       INTEGER NOT NULL REFERENCES conversation_sources (id),
  hash            BLOB NOT NULL,        -- of the columns above but ids and place
  UNIQUE (conversation_id, message_id)
) STRICT;

-- Where the notes of a long session begin, and what is in each.
CREATE INDEX messages_line ON messages (conversation_id, line, role, hidden) WHERE line IS NOT NULL;

CREATE TABLE attachments (
  id             INTEGER PRIMARY KEY,
  message_id     INTEGER NOT NULL REFERENCES messages (id),
  seq            INTEGER NOT NULL,      -- its place among the message's attachment parts
  object_id      INTEGER REFERENCES objects (id),
  filename       TEXT NOT NULL,
  mime_type      TEXT NOT NULL,
  size_bytes     INTEGER,
  extracted_text TEXT NOT NULL,
  status         TEXT NOT NULL
                 CHECK (status IN ('stored', 'not_in_export', 'forbidden', 'missing', 'too_large')),
  provider       TEXT NOT NULL,
  provider_ref   TEXT NOT NULL,         -- the provider's id of the file, or ''
  hash           BLOB NOT NULL,         -- of the columns above but ids
  UNIQUE (message_id, seq),
  CHECK ((status = 'stored') = (object_id IS NOT NULL))
) STRICT;

CREATE INDEX attachments_ref ON attachments (provider, provider_ref);
CREATE INDEX attachments_object ON attachments (object_id);

-- What is known of a provider's file id, from whichever import: its bytes, its name, its type.
CREATE TABLE assets (
  provider    TEXT NOT NULL,
  ref         TEXT NOT NULL,
  object_id   INTEGER REFERENCES objects (id),
  object_type TEXT NOT NULL DEFAULT '',  -- MIME type by the bytes themselves
  name        TEXT NOT NULL DEFAULT '',
  mime_type   TEXT NOT NULL DEFAULT '',  -- MIME type by a side file
  PRIMARY KEY (provider, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE feedback (
  provider   TEXT NOT NULL,
  message_id TEXT NOT NULL,
  rating     TEXT NOT NULL,
  comment    TEXT NOT NULL,
  created_at INTEGER,
  PRIMARY KEY (provider, message_id)
) STRICT, WITHOUT ROWID;

-- The ledger of everything that no parser understood.
CREATE TABLE unknowns (
  provider        TEXT NOT NULL,
  path            TEXT NOT NULL,
  kind            TEXT NOT NULL,
  count           INTEGER NOT NULL,
  first_import_id INTEGER NOT NULL REFERENCES raw_imports (id),
  PRIMARY KEY (provider, path, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE problems (
  import_id INTEGER NOT NULL REFERENCES raw_imports (id),
  seq       INTEGER NOT NULL,
  code      TEXT NOT NULL,
  place     TEXT NOT NULL,              -- member and element, never their text
  text      TEXT NOT NULL,
  PRIMARY KEY (import_id, seq)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE messages_fts USING fts5 (
  content, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

-- State of the machine, in the same file so that it commits with the rows. ------------------------

-- The outbox of the view. `generation` rises with each mark, so that a change during a render stays.
CREATE TABLE dirty (
  conversation_id INTEGER PRIMARY KEY REFERENCES conversations (id),
  line            INTEGER NOT NULL DEFAULT 0,   -- it changed from this line on; 0: all of it
  generation      INTEGER NOT NULL DEFAULT 1
) STRICT;

-- How often a conversation was marked, for folders that keep a manifest of their own (`render --out`).
CREATE TABLE changes (
  conversation_id INTEGER PRIMARY KEY REFERENCES conversations (id),
  generation      INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TRIGGER dirty_new AFTER INSERT ON dirty BEGIN
  INSERT INTO changes (conversation_id) VALUES (new.conversation_id)
    ON CONFLICT DO UPDATE SET generation = generation + 1;
END;

CREATE TRIGGER dirty_again AFTER UPDATE OF generation ON dirty BEGIN
  UPDATE changes SET generation = generation + 1 WHERE conversation_id = new.conversation_id;
END;

-- The manifest: each file of the vault that polylogue wrote.
CREATE TABLE view_files (
  path_key        TEXT PRIMARY KEY,     -- what a file system blind to case and composition sees
  path            TEXT NOT NULL,
  conversation_id INTEGER REFERENCES conversations (id),   -- a note …
  object_id       INTEGER REFERENCES objects (id),         -- … or an attachment
  page            TEXT,                                    -- … or a page by which notes are found
  part            INTEGER NOT NULL,     -- a long session has several notes: 1, 2, …
  format          TEXT NOT NULL,        -- markdown, html: of a note
  sha256          BLOB,                 -- of the file as it was last written; null before the first time
  size            INTEGER NOT NULL,
  mtime_ns        INTEGER NOT NULL,
  ino             INTEGER NOT NULL,
  intent          BLOB,                 -- of the bytes that are being written now, for after a crash
  CHECK ((conversation_id IS NOT NULL) + (object_id IS NOT NULL) + (page IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX view_files_conversation ON view_files (conversation_id, part, format) WHERE conversation_id IS NOT NULL;
CREATE UNIQUE INDEX view_files_object ON view_files (object_id) WHERE object_id IS NOT NULL;
CREATE UNIQUE INDEX view_files_page ON view_files (page) WHERE page IS NOT NULL;

-- What the pages by which notes are found say of each conversation that has a note.
CREATE TABLE view_entries (
  conversation_id INTEGER PRIMARY KEY REFERENCES conversations (id),
  provider        TEXT NOT NULL,
  kind            TEXT NOT NULL,
  project         TEXT NOT NULL,        -- its name, or ''
  day             TEXT NOT NULL,        -- 2026-01-02, or ''
  title           TEXT NOT NULL,
  path            TEXT NOT NULL         -- of its first note
) STRICT;

CREATE INDEX view_entries_day ON view_entries (day, path);
CREATE INDEX view_entries_provider ON view_entries (provider, day);
CREATE INDEX view_entries_project ON view_entries (project, day, path) WHERE project <> '';
CREATE INDEX view_entries_kind ON view_entries (kind, path) WHERE kind <> 'chat';

-- By what the index of HTML pages finds each conversation that has one.
CREATE TABLE view_excerpts (
  conversation_id INTEGER PRIMARY KEY REFERENCES conversations (id),
  provider        TEXT NOT NULL,
  day             TEXT NOT NULL,
  title           TEXT NOT NULL,
  path            TEXT NOT NULL,
  text            TEXT NOT NULL         -- its first words
) STRICT;

-- Pages that must be written again.
CREATE TABLE dirty_pages (
  page TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Notes that wait for another note, to link to it: `source` names the conversation `target` from this
-- line on. When that gets a note, the source is rendered again.
CREATE TABLE view_links (
  provider TEXT NOT NULL,
  target   TEXT NOT NULL,               -- a conversation_id, which may not be in the archive
  source   INTEGER NOT NULL REFERENCES conversations (id),
  line     INTEGER NOT NULL,
  PRIMARY KEY (provider, target, source)
) STRICT, WITHOUT ROWID;

-- What a person wrote below the notes line of a note; theirs, so a reparse leaves it alone. The newest
-- version is shown, and what it does not contain of older ones is kept.
CREATE TABLE words (
  provider        TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  part            INTEGER NOT NULL,     -- of the note
  version         INTEGER NOT NULL,     -- 1, 2, …; 0: from another archive
  text            BLOB NOT NULL,        -- as it stood there, byte for byte
  PRIMARY KEY (provider, conversation_id, part, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox_items (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,            -- as it was dropped; bytes that are not UTF-8 as \xNN
  place       TEXT UNIQUE,              -- where it is now, relative to the inbox; null: nowhere
  state       TEXT NOT NULL,            -- reading, waiting, imported, partial, duplicate, failed
  stamp       TEXT NOT NULL,            -- JSON: what the file looked like
  size        INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  deaths      INTEGER NOT NULL,         -- attempts over which a worker died
  code        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  advice      TEXT NOT NULL,
  import_id   INTEGER REFERENCES raw_imports (id)
) STRICT;

-- The files of session folders that are followed. Those with an object are sessions, read from where
-- they ended; of the others the import is known, and the stamp, to see whether they must be imported
-- again.
CREATE TABLE session_files (
  path      TEXT NOT NULL UNIQUE,       -- absolute; bytes that are not UTF-8 as \xNN
  device    INTEGER NOT NULL,           -- what it was like when it was last read
  inode     INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  mtime_ns  INTEGER NOT NULL,
  gone      INTEGER NOT NULL DEFAULT 0, -- 1: it is not on the disk any more
  object_id INTEGER REFERENCES objects (id),   -- the growing object
  import_id INTEGER REFERENCES raw_imports (id),
  provider  TEXT,                       -- who reads it: parser, its version and its session
  version   INTEGER,
  session   TEXT,
  seq       INTEGER NOT NULL DEFAULT 0, -- so many chunks are closed
  line      INTEGER NOT NULL DEFAULT 1, -- number of the first line behind them
  state     BLOB,                       -- what the parser carries from them
  unknowns  TEXT NOT NULL DEFAULT '[]', -- JSON: what of the tail is in the ledger
  CHECK ((object_id IS NULL) = (state IS NULL))
) STRICT;

CREATE INDEX session_files_inode ON session_files (inode, device);

-- What happened, for people; the newest few thousand are kept.
CREATE TABLE events (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  level  TEXT NOT NULL,
  event  TEXT NOT NULL,
  fields TEXT NOT NULL                  -- JSON
) STRICT;

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('archive_id', lower(hex(randomblob(16))));
