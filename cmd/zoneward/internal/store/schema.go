package store

// applicationID marks a SQLite file as ours ("zonw"): another program's database is refused, not migrated.
const applicationID = 0x7a6f6e77

// migrations bring a database from one version to the next: the version, SQLite's user_version, is how many were carried out.
// One that was released is never changed.
//
// Everywhere a zone is its origin and a name absolute, both in presentation form, empty for none; a type is its number; a time is Unix
// microseconds; a digest has 32 octets, or none for the zero Digest; rdata is what zonefile.RRset.AppendRDATA gives.
var migrations = []string{
	appliedTables + auditTables + graveTables + keptTables,
	resourceTables,
	outboxTables,
	reviewTables,
}

const appliedTables = `
	CREATE TABLE applied_zone (
		id        INTEGER PRIMARY KEY,
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		system    TEXT NOT NULL, -- what the target was then
		commit_id TEXT NOT NULL, -- revision of the zones repository that was last applied
		mark      TEXT NOT NULL, -- state of both sides when they were last seen to be equal, empty if they were not
		at        INTEGER NOT NULL,
		UNIQUE (zone, target)
	) STRICT;
	CREATE TABLE applied_rrset (
		zone_id INTEGER NOT NULL REFERENCES applied_zone (id) ON DELETE CASCADE,
		name    TEXT NOT NULL,
		type    INTEGER NOT NULL,
		ttl     INTEGER NOT NULL,
		rdata   BLOB NOT NULL,
		PRIMARY KEY (zone_id, name, type)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE grace (
		zone_id   INTEGER NOT NULL REFERENCES applied_zone (id) ON DELETE CASCADE,
		name      TEXT NOT NULL,
		type      INTEGER NOT NULL, -- 0 for the zone
		since     INTEGER NOT NULL,
		actor     TEXT NOT NULL,
		commit_id TEXT NOT NULL,
		author    TEXT NOT NULL,
		PRIMARY KEY (zone_id, name, type)
	) STRICT, WITHOUT ROWID;
`

// auditTables is the audit log: an intent, and behind it at most one outcome. The outcomes are a chain of hashes, in the order in which they
// came; audit_head says where it ends, so that a row that was cut off is missed.
const auditTables = `
	CREATE TABLE audit_intent (
		seq       INTEGER PRIMARY KEY,
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		system    TEXT NOT NULL,
		why       TEXT NOT NULL,
		at        INTEGER NOT NULL,
		actor     TEXT NOT NULL,
		commit_id TEXT NOT NULL,
		author    TEXT NOT NULL,
		plan      BLOB NOT NULL,
		content   BLOB NOT NULL -- changes, tombstones, pins, suspension, overrides: see content.go
	) STRICT;
	CREATE INDEX audit_intent_zone ON audit_intent (zone, seq);
	CREATE TABLE audit_outcome (
		position INTEGER PRIMARY KEY, -- from 1, without gaps
		seq      INTEGER NOT NULL UNIQUE REFERENCES audit_intent (seq),
		at       INTEGER NOT NULL,
		result   TEXT NOT NULL,
		live     BLOB, -- a bit for each change, the first in the lowest bit of the first octet; NULL if none is live
		err      TEXT NOT NULL,
		serial   INTEGER NOT NULL,
		settled  INTEGER NOT NULL,
		mark     TEXT NOT NULL,
		stones   BLOB NOT NULL, -- the ids of other tombstones and what became of them: see content.go
		hash     BLOB NOT NULL -- SHA-256: see chain.go
	) STRICT;
	CREATE TABLE audit_head (
		one      INTEGER PRIMARY KEY CHECK (one = 1),
		intents  INTEGER NOT NULL, -- how many there are
		outcomes INTEGER NOT NULL,
		hash     BLOB NOT NULL -- of the last outcome
	) STRICT;
	INSERT INTO audit_head VALUES (1, 0, 0, x'');
	-- The intents that have no outcome yet.
	CREATE TABLE audit_open (
		seq    INTEGER PRIMARY KEY REFERENCES audit_intent (seq),
		zone   TEXT NOT NULL,
		target TEXT NOT NULL
	) STRICT;

	CREATE TRIGGER audit_intent_update BEFORE UPDATE ON audit_intent BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
	CREATE TRIGGER audit_intent_delete BEFORE DELETE ON audit_intent BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
	CREATE TRIGGER audit_outcome_update BEFORE UPDATE ON audit_outcome BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
	CREATE TRIGGER audit_outcome_delete BEFORE DELETE ON audit_outcome BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
	-- INSERT OR REPLACE deletes without a delete trigger.
	CREATE TRIGGER audit_intent_replace BEFORE INSERT ON audit_intent WHEN EXISTS (SELECT 1 FROM audit_intent WHERE seq = NEW.seq)
		BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
	CREATE TRIGGER audit_outcome_replace BEFORE INSERT ON audit_outcome WHEN EXISTS (SELECT 1 FROM audit_outcome WHERE position = NEW.position OR seq = NEW.seq)
		BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
`

const graveTables = `
	CREATE TABLE tombstone (
		id        TEXT PRIMARY KEY,
		intent    INTEGER NOT NULL REFERENCES audit_intent (seq),
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		kind      TEXT NOT NULL,
		name      TEXT NOT NULL,
		type      INTEGER NOT NULL, -- 0 for a zone
		ttl       INTEGER NOT NULL,
		rdata     BLOB NOT NULL, -- empty for a zone
		settings  BLOB NOT NULL, -- of a zone: see content.go
		actor     TEXT NOT NULL,
		commit_id TEXT NOT NULL,
		author    TEXT NOT NULL,
		plan      BLOB NOT NULL,
		buried_at INTEGER NOT NULL,
		purge_at  INTEGER NOT NULL,
		state     TEXT NOT NULL,
		state_at  INTEGER NOT NULL,
		hidden    INTEGER NOT NULL,
		export    BLOB NOT NULL -- the BIND file of a zone, packed: see content.go; empty for an RRset
	) STRICT;
	CREATE INDEX tombstone_intent ON tombstone (intent);
	CREATE INDEX tombstone_key ON tombstone (zone, name, type);
	CREATE INDEX tombstone_standing ON tombstone (zone, target, purge_at) WHERE state IN ('buried', 'retired');
`

// keptTables have what is in force. Of the pins of a key, and of the suspensions of a scope, that of the last intent counts: the one before
// comes back if that intent comes to nothing.
const keptTables = `
	CREATE TABLE pin (
		zone   TEXT NOT NULL,
		target TEXT NOT NULL,
		name   TEXT NOT NULL,
		type   INTEGER NOT NULL, -- 0 for the zone
		intent INTEGER NOT NULL REFERENCES audit_intent (seq),
		stated BLOB NOT NULL,
		until  INTEGER NOT NULL,
		since  INTEGER NOT NULL,
		actor  TEXT NOT NULL,
		reason TEXT NOT NULL,
		PRIMARY KEY (zone, target, name, type, intent)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE suspension (
		zone   TEXT NOT NULL, -- empty for all
		target TEXT NOT NULL, -- empty for all
		intent INTEGER NOT NULL REFERENCES audit_intent (seq),
		reason TEXT NOT NULL,
		actor  TEXT NOT NULL,
		since  INTEGER NOT NULL,
		until  INTEGER NOT NULL,
		file   BLOB NOT NULL,
		PRIMARY KEY (zone, target, intent)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE plan (
		id        INTEGER PRIMARY KEY,
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		zone_plan BLOB NOT NULL,
		plan      BLOB NOT NULL,
		base      BLOB NOT NULL,
		actor     TEXT NOT NULL,
		commit_id TEXT NOT NULL,
		author    TEXT NOT NULL,
		at        INTEGER NOT NULL,
		status    TEXT NOT NULL,
		changes   INTEGER NOT NULL,
		live      INTEGER NOT NULL,
		holds     BLOB NOT NULL, -- see content.go
		err       TEXT NOT NULL
	) STRICT;
	CREATE INDEX plan_zone ON plan (zone, at);
	CREATE TABLE clock (
		one     INTEGER PRIMARY KEY CHECK (one = 1),
		wall    INTEGER NOT NULL,
		steady  INTEGER NOT NULL, -- nanoseconds
		boot    TEXT NOT NULL,
		doubted INTEGER NOT NULL
	) STRICT;
	CREATE TABLE clock_jump (
		position INTEGER PRIMARY KEY, -- in their order
		before   INTEGER NOT NULL,
		after    INTEGER NOT NULL,
		ahead    INTEGER NOT NULL -- nanoseconds
	) STRICT;
`

// resourceTables came with what there is beside zones. A domain at a provider is an applied_zone too, with resources in the place of RRsets.
const resourceTables = `
	CREATE TABLE applied_resource (
		zone_id INTEGER NOT NULL REFERENCES applied_zone (id) ON DELETE CASCADE,
		name    TEXT NOT NULL,
		kind    TEXT NOT NULL,
		content BLOB NOT NULL, -- fields, and what else is known of them: see resource.go
		PRIMARY KEY (zone_id, name)
	) STRICT, WITHOUT ROWID;
	ALTER TABLE tombstone ADD COLUMN resource TEXT NOT NULL DEFAULT ''; -- kind of the resource, empty if it is of none
	ALTER TABLE tombstone ADD COLUMN refs BLOB NOT NULL DEFAULT x''; -- the references of a resource: see content.go; empty if it is of none
`

// outboxTables came with notifications.
const outboxTables = `
	CREATE TABLE outbox (
		id        INTEGER PRIMARY KEY AUTOINCREMENT, -- never one that was given before
		sink      TEXT NOT NULL,
		subject   TEXT NOT NULL,
		key       TEXT NOT NULL,
		kind      TEXT NOT NULL,
		state     TEXT NOT NULL,
		severity  INTEGER NOT NULL,
		at        INTEGER NOT NULL,
		content   BLOB NOT NULL, -- empty once it is delivered
		delivery  TEXT NOT NULL,
		count     INTEGER NOT NULL, -- how often it came, of one that is delivered how often after that
		attempts  INTEGER NOT NULL,
		delivered INTEGER NOT NULL
	) STRICT;
	CREATE INDEX outbox_pending ON outbox (sink, id) WHERE delivered = 0;
	CREATE INDEX outbox_delivered ON outbox (at) WHERE delivered = 1;
	CREATE INDEX outbox_subject ON outbox (sink, subject, id);
	-- What a sink was told of, or will be, and is not over.
	CREATE TABLE outbox_standing (
		sink    TEXT NOT NULL,
		subject TEXT NOT NULL,
		kind    TEXT NOT NULL,
		state   TEXT NOT NULL,
		PRIMARY KEY (sink, subject)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE outbox_lost (
		sink     TEXT NOT NULL,
		kind     TEXT NOT NULL,
		count    INTEGER NOT NULL,
		first_at INTEGER NOT NULL,
		last_at  INTEGER NOT NULL,
		PRIMARY KEY (sink, kind)
	) STRICT, WITHOUT ROWID;
`

// reviewTables came with pull requests.
const reviewTables = `
	CREATE TABLE review (
		id        INTEGER PRIMARY KEY, -- in the order in which they came
		pull      INTEGER NOT NULL,
		url       TEXT NOT NULL,
		context   TEXT NOT NULL,
		head      TEXT NOT NULL,
		base      TEXT NOT NULL,
		plan      BLOB NOT NULL,
		zones     INTEGER NOT NULL, -- how many there are in review_zone
		document  BLOB NOT NULL, -- packed, empty if it is not kept
		made_at   INTEGER NOT NULL,
		merged    TEXT NOT NULL, -- empty if it is not
		closed_at INTEGER NOT NULL, -- the zero time while it is open
		UNIQUE (pull, context, head)
	) STRICT;
	CREATE INDEX review_merged ON review (merged) WHERE merged <> '';
	CREATE INDEX review_plan ON review (plan);
	CREATE TABLE review_zone (
		review    INTEGER NOT NULL REFERENCES review (id) ON DELETE CASCADE,
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		zone_plan BLOB NOT NULL,
		progress  INTEGER NOT NULL DEFAULT 0, -- see Progress
		PRIMARY KEY (review, zone, target)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX review_zone_plan ON review_zone (zone, target, zone_plan);
`
