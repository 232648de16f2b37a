package store

// applicationID marks a SQLite file as ours ("zonw"): another program's database is refused, not migrated.
const applicationID = 0x7a6f6e77

// migrations bring a database from one version to the next: the version, SQLite's user_version, is how many were carried out.
// One that was released is never changed.
var migrations = []string{
	`CREATE TABLE applied_zone (
		id     INTEGER PRIMARY KEY,
		zone   TEXT NOT NULL, -- origin, absolute
		target TEXT NOT NULL,
		system TEXT NOT NULL, -- what the target was then: its type and address
		open   INTEGER NOT NULL, -- 1 while the zone is written, and after a crash until somebody has looked
		commit_id TEXT NOT NULL, -- revision of the zones repository that was last applied
		at     INTEGER NOT NULL, -- Unix seconds
		UNIQUE (zone, target)
	) STRICT;
	CREATE TABLE applied_rrset (
		zone_id INTEGER NOT NULL REFERENCES applied_zone (id) ON DELETE CASCADE,
		name    TEXT NOT NULL, -- owner name, absolute
		type    INTEGER NOT NULL,
		ttl     INTEGER NOT NULL,
		rdata   BLOB NOT NULL, -- each RDATA in wire form behind its length in two octets
		PRIMARY KEY (zone_id, name, type)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE tombstone (
		id        TEXT PRIMARY KEY,
		zone      TEXT NOT NULL,
		target    TEXT NOT NULL,
		name      TEXT NOT NULL,
		type      INTEGER NOT NULL,
		ttl       INTEGER NOT NULL,
		rdata     BLOB NOT NULL,
		commit_id TEXT NOT NULL,
		author    TEXT NOT NULL,
		buried_at INTEGER NOT NULL, -- Unix seconds
		purge_at  INTEGER NOT NULL, -- Unix seconds
		retired   INTEGER NOT NULL DEFAULT 0 -- 1 when the provider was seen not to serve it any more
	) STRICT, WITHOUT ROWID;
	CREATE INDEX tombstone_zone ON tombstone (zone, buried_at);
	CREATE INDEX tombstone_unretired ON tombstone (zone, target) WHERE retired = 0;`,
}
