package scaidnstest

import (
	"cmp"
	"time"
)

// Options say how the fake behaves where the documentation does not. The zero Options are the likely product.
type Options struct {
	// IDs is the form of ids.
	IDs IDs
	// RecordIDs says what becomes of the id of a record that is changed.
	RecordIDs RecordIDs
	// Names is the form of owner names in answers.
	Names Names
	// ZoneNamesWithDot has the names of zones end in a dot in answers.
	ZoneNamesWithDot bool
	// KeepCase has the names of zones be answered in the letter case that they were made with, and the search of the list mind it.
	KeepCase bool
	// Created has a POST that makes something answer 201. Else it is 200.
	Created bool

	// Listing says how much of a zone the list of records has.
	Listing Listing
	// PageSize is how many records Paged and Truncated lists have at most, 0 for 50.
	PageSize int
	// UserRecordCount has the record_count of a zone leave out its SOA and NS records.
	UserRecordCount bool

	// UnsignedNotFound has the DNSSEC of a zone that is not signed be 404. Else it is an answer that says so.
	UnsignedNotFound bool

	// TTLs says what the TTL of one record means for the others of its RRset.
	TTLs TTLs
	// SystemRecords says which of the SOA and NS records are written as others are.
	SystemRecords SystemRecords
	// BulkLimit is how many records a bulk request may have before it is answered 413, 0 for the 500 of the documentation.
	BulkLimit int
	// BulkDeleteField is the field of a bulk delete that has the ids, empty for "record_ids".
	BulkDeleteField string

	// StorePending has the records of zones that are pending_validation stored, and served once the zone is active. Else writing them is
	// a conflict.
	StorePending bool
	// RecreateDeleted allows a zone to be created whose name a soft-deleted one has. Else that is a conflict.
	RecreateDeleted bool
	// ServeDeleted has soft-deleted zones answer DNS.
	ServeDeleted bool
	// AskForDeleted has the restore and the hard delete of a soft-deleted zone answer 404 unless include_deleted is set. Else they have no such parameter.
	AskForDeleted bool
	// HideDeleted has a GET of a soft-deleted zone answer 404, with include_deleted too. The list has it.
	HideDeleted bool
	// RestoreRenames has a restore give a zone and its records new ids.
	RestoreRenames bool
	// RestorePending says what the restore of a zone does that was pending_validation.
	RestorePending RestorePending

	// Lookup answers what DNS has at a name: the texts of its TXT records. nil is nothing: then only [Server.PublishChallenge] has a challenge found.
	Lookup func(name string) []string

	// RateWindow is the time that the rate limits of keys are for, 0 for a minute.
	RateWindow time.Duration
	// Now is the clock, nil for time.Now.
	Now func() time.Time
}

// IDs is a form of ids.
type IDs int

const (
	UUIDs       IDs = iota // as the concepts and the errors page have them
	PrefixedIDs            // "d_1a2b3c4d5e6f", "r_1a2b3c4d5e6f", as the examples of the reference have them
)

// RecordIDs is what becomes of the ids of records.
type RecordIDs int

const (
	// RecordIDsByContent are made from owner, type and content: they change when the content does, and with nothing else.
	RecordIDsByContent RecordIDs = iota
	// RecordIDsKept stay as long as the record is there, also when its content is changed.
	RecordIDsKept
	// RecordIDsByRRset change with everything that happens to the RRset of the record.
	RecordIDsByRRset
	// RecordIDsBySerial change with everything that happens to the zone.
	RecordIDsBySerial
	// RecordIDsByPlace are made from the place in the list, so that the id of a record that is removed is that of another one then.
	RecordIDsByPlace
)

// Names is a form of owner names in answers.
type Names int

const (
	AbsoluteNames        Names = iota // "www.example.com", as the example of the reference
	AbsoluteNamesWithDot              // "www.example.com.", as the prose of the concepts
	RelativeNames                     // "www" and "@"
)

// Listing is how much of a zone the list of records has.
type Listing int

const (
	Whole     Listing = iota // all of it
	Paged                    // a page of it, chosen by page and page_size as in the list of zones
	Truncated                // its first records only: total is more than what came, and there is no way to the others
)

// TTLs is what the TTL of one record means for the others of its RRset.
type TTLs int

const (
	// TTLOfRRset is PowerDNS's: there is one, and it is the one that was written last.
	TTLOfRRset TTLs = iota
	// TTLPerRecord has each record answered with the TTL that it was written with. PowerDNS serves the one that was written last. What is
	// written behind the API's back sets all.
	TTLPerRecord
)

// SystemRecords says which of the SOA and NS records are written as others are.
type SystemRecords int

const (
	NSWritable     SystemRecords = iota // all but the SOA
	AllWritable                         // all
	NoApexWritable                      // neither the SOA nor the NS records at the apex
)

// RestorePending is what the restore of a zone does that was pending_validation.
type RestorePending int

const (
	RestoredPending  RestorePending = iota // it is that again, as documented: "status set back to its prior value"
	RestoredInactive                       // it is inactive
	RestoreRefused                         // a conflict
)

func (o Options) withDefaults() Options {
	o.PageSize = cmp.Or(o.PageSize, defaultPageSize)
	o.BulkLimit = cmp.Or(o.BulkLimit, 500)
	o.BulkDeleteField = cmp.Or(o.BulkDeleteField, "record_ids")
	o.RateWindow = cmp.Or(o.RateWindow, time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
