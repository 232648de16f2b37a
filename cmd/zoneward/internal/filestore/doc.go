// Package filestore is reconcile.Store for machines that keep no state: tombstones and the audit log are files in a folder that somebody keeps, and
// everything else is forgotten when the process ends.
//
//	audit.jsonl                               the audit log: one JSON object in each line
//	clock.json                                how the clocks stood when somebody last looked
//	example.com/www-A-0123456789abcdef.json   a tombstone, with the records as in a zone file
//	example.com/zone-fedcba9876543210.json    the tombstone of a whole zone
//	example.com/zone-fedcba9876543210.zone.txt  and the zone file
//	example.com/app-www.example.com-3333333333333333.json  the tombstone of a resource beside the zone
//
// The files are there to be read, copied and moved: what a tombstone is about is in it, not in its name or place. Those of several folders can be put
// together, save for the audit logs.
//
// A tombstone is on disk before the intent that it belongs to is in the log, and has its last state before the log has what became of the intent. Whoever is
// interrupted in between leaves a tombstone that is buried, or an intent that is open; both are settled by the next who opens the folder to write.
package filestore
