"""The tables of a gateway's state file. No number stands in any of them: subjects are pseudonyms
of one purpose each (`vault`), so that two tables of a stolen file do not join by person, and
contents are encrypted under a key that lies outside the file.
"""

from __future__ import annotations

VERSION = 8

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  request TEXT NOT NULL,
  entry TEXT NOT NULL,
  sheet TEXT NOT NULL,
  subject TEXT NOT NULL,
  salt BLOB,
  content BLOB,
  leaf BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_subject ON log (subject, seq) WHERE subject <> '';
CREATE TABLE IF NOT EXISTS log_readers (
  subject TEXT NOT NULL,
  seq INTEGER NOT NULL,
  role TEXT NOT NULL,
  view TEXT NOT NULL,
  PRIMARY KEY (subject, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
  request TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  response BLOB NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answered (
  bundle TEXT NOT NULL,
  question TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (bundle, question)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS form_values (
  question TEXT NOT NULL,
  subject TEXT NOT NULL,
  forms TEXT NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (question, subject, forms)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject_budget (
  day INTEGER NOT NULL,
  subject TEXT NOT NULL,
  question TEXT NOT NULL,
  PRIMARY KEY (day, subject, question)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS actor_budget (
  day INTEGER NOT NULL,
  actor TEXT NOT NULL,
  what TEXT NOT NULL,
  named TEXT NOT NULL,
  PRIMARY KEY (day, actor, what, named)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hub_budget (
  day INTEGER NOT NULL,
  hub TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (day, hub, subject)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hub_days (
  day INTEGER NOT NULL,
  hub TEXT NOT NULL,
  subjects INTEGER NOT NULL,
  PRIMARY KEY (day, hub)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
  digest TEXT PRIMARY KEY,
  item TEXT NOT NULL,
  version INTEGER NOT NULL,
  token TEXT NOT NULL,
  certificate TEXT NOT NULL,
  loaded_at INTEGER NOT NULL,
  retired_on TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS hidings (
  digest TEXT PRIMARY KEY,
  token TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS params (
  param TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  certificate TEXT NOT NULL,
  loaded_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS approvals (
  item_digest TEXT NOT NULL,
  question TEXT NOT NULL,
  role TEXT NOT NULL,
  basis TEXT NOT NULL,
  mapping_digest TEXT NOT NULL,
  sql_digest TEXT NOT NULL,
  token TEXT NOT NULL,
  certificate TEXT NOT NULL,
  PRIMARY KEY (item_digest, question, role, basis, mapping_digest, sql_digest)
);
CREATE TABLE IF NOT EXISTS counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (
  register TEXT NOT NULL,
  loaded_at INTEGER NOT NULL,
  token TEXT NOT NULL,
  canaries BLOB NOT NULL,
  PRIMARY KEY (register, loaded_at)
);
CREATE TABLE IF NOT EXISTS decisions (
  "case" TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,
  record BLOB NOT NULL,
  response BLOB NOT NULL,
  status_index INTEGER UNIQUE,
  revoked_at INTEGER,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS earlier_decisions (
  "case" TEXT NOT NULL,
  outcome TEXT NOT NULL,
  record BLOB NOT NULL,
  response BLOB NOT NULL,
  status_index INTEGER,
  revoked_at INTEGER,
  at INTEGER NOT NULL,
  PRIMARY KEY ("case", at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (
  benefit TEXT NOT NULL,
  "case" TEXT NOT NULL,
  until INTEGER,
  shown_at INTEGER,
  PRIMARY KEY (benefit, "case")
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS grants_case ON grants ("case");
CREATE TABLE IF NOT EXISTS halted (
  "case" TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS corrected (
  request TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  subject TEXT NOT NULL,
  response BLOB NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
  "case" TEXT PRIMARY KEY,
  payment BLOB NOT NULL,
  response BLOB NOT NULL,
  complete INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stamps (
  number TEXT PRIMARY KEY,
  "case" TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  signature TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS witnessed (
  ledger TEXT PRIMARY KEY,
  head TEXT NOT NULL,
  token TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pairwise (
  hub TEXT NOT NULL,
  pairwise TEXT NOT NULL,
  number BLOB NOT NULL,
  PRIMARY KEY (hub, pairwise)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces_used (
  audience TEXT NOT NULL,
  nonce TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (audience, nonce)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bundles (
  authorisation TEXT NOT NULL,
  role TEXT NOT NULL,
  asked TEXT NOT NULL,
  response BLOB NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (authorisation, role)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS named (
  bundle TEXT PRIMARY KEY,
  number BLOB NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mandates (
  mandate TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  status_index INTEGER UNIQUE NOT NULL,
  agent TEXT NOT NULL,
  clerk TEXT NOT NULL,
  until INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mandates_agent ON mandates (agent, clerk);
CREATE TABLE IF NOT EXISTS mandate_papers (
  paper TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  tries INTEGER NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mandate_cases (
  mandate TEXT NOT NULL,
  "case" TEXT NOT NULL,
  content BLOB NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (mandate, "case")
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mandate_uses (
  mandate TEXT NOT NULL,
  "case" TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (mandate, "case")
) WITHOUT ROWID
"""
