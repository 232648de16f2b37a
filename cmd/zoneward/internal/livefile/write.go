package livefile

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Writer writes a file. It is whole once Close has returned nil. After an error nothing more is written, and Close returns it.
type Writer struct {
	buf    *bufio.Writer
	hash   hash.Hash
	json   *json.Encoder
	lines  int
	limits Limits
	// zones and records count what was written.
	zones, records int
	err            error
}

// NewWriter begins a file.
func NewWriter(w io.Writer, made Made) *Writer {
	f := &Writer{buf: bufio.NewWriterSize(w, 1<<16), hash: sha256.New(), limits: Limits{}.withDefaults()}
	f.json = json.NewEncoder(lineWriter{f})
	f.json.SetEscapeHTML(false)
	f.put(line{Snapshot: &headLine{Version, made.At.UTC(), made.By, made.Config}})
	return f
}

// lineWriter is given a whole line at a time.
type lineWriter struct{ to *Writer }

func (l lineWriter) Write(p []byte) (int, error) {
	if len(p) > l.to.limits.Line {
		return 0, fmt.Errorf("an answer has %d octets, and %d are the most in a snapshot", len(p), l.to.limits.Line)
	}
	l.to.hash.Write(p)
	return l.to.buf.Write(p)
}

func (f *Writer) put(l line) {
	if f.err != nil {
		return
	}
	f.lines++
	f.err = f.json.Encode(l)
}

// Close ends the file. It does not close what it was written to.
func (f *Writer) Close() error {
	f.put(line{End: &endLine{f.lines, zonefile.Digest(f.hash.Sum(nil))}})
	if f.err != nil {
		return f.err
	}
	return f.buf.Flush()
}

// Texts writes what references stood for in the files of domains, in fields that are no secrets.
func (f *Writer) Texts(texts map[string]string) {
	for _, reference := range slices.Sorted(maps.Keys(texts)) {
		f.put(line{Text: &textLine{reference, texts[reference]}})
	}
}

// Provider begins what a provider answered. For a provider of zones listed are those that it has, or err says why it does not list them.
func (f *Writer) Provider(name, system string, resources bool, listed []providers.ZoneInfo, err error) {
	f.put(line{Provider: &providerLine{name, systemDigest(system), resources, failureOf(err)}})
	for _, z := range listed {
		f.put(line{Listed: &listedLine{z.Origin.String(), z.Kind, z.Serial, z.Version}})
	}
}

// Zone writes what the provider answered that was begun last: a snapshot or an error, and if it was asked, how it signs the zone.
func (f *Writer) Zone(origin zonefile.Name, live *providers.Snapshot, err error, signing *providers.Signing, unsigned error) {
	f.zones++
	z := &zoneLine{Zone: origin.String()}
	if err != nil {
		z.Error = failureOf(err)
		f.put(line{Zone: z})
		return
	}
	z.Serial, z.Version, z.Properties, z.Traits = live.Serial, live.Version, live.Properties, traitsOf(live.Traits)
	z.RRsets, z.Foreign, z.Disabled = size(live.Zone), size(live.Foreign), size(live.Disabled)
	switch {
	case unsigned != nil:
		z.Signing = &signingJSON{Error: failureOf(unsigned)}
	case signing != nil:
		z.Signing = &signingJSON{Signed: signing.Signed, Status: signing.Status, Algorithm: signing.Algorithm, DS: someRRset(signing.DS)}
	}
	f.put(line{Zone: z})
	for _, zone := range []*zonefile.Zone{live.Zone, live.Foreign, live.Disabled} {
		if zone == nil {
			continue
		}
		f.records += zone.Records()
		for set := range zone.All() {
			f.put(line{RRset: rrsetOf(set)})
		}
	}
	if f.records > f.limits.Records {
		f.err = errors.Join(f.err, fmt.Errorf("more than %d records, which are the most in a snapshot", f.limits.Records))
	}
}

func size(zone *zonefile.Zone) int {
	if zone == nil {
		return 0
	}
	return zone.Len()
}

// Resource writes what the provider answered that was begun last, when it was asked for a resource of that name. At says where it was looked for.
func (f *Writer) Resource(name zonefile.Name, at map[string]string, live *providers.ResourceSnapshot, err error) {
	r := &resourceLine{Name: name.String(), At: at, Error: failureOf(err)}
	if err == nil {
		r.Found = snapshotOf(live)
	}
	f.put(line{Resource: r})
}

// Listing writes what the provider that was begun last has at a place.
func (f *Writer) Listing(at map[string]string, all []*providers.ResourceSnapshot, err error) {
	l := &listingLine{At: at, Error: failureOf(err)}
	if err == nil {
		for _, one := range all {
			l.All = append(l.All, snapshotOf(one))
		}
	}
	f.put(line{Listing: l})
}

// Secret writes what follows from the secret of a resource of the provider that was begun last: fields that are no secret themselves, or why none do.
func (f *Writer) Secret(name zonefile.Name, secret, reference string, fields map[string]string, err error) {
	s := &secretLine{Name: name.String(), Secret: secret, Reference: reference, Fields: fields, Error: failureOf(err)}
	if field, ok := errors.AsType[*providers.FieldError](err); ok {
		s.Field, s.Error = field.Field, failureOf(field.Err)
	}
	f.put(line{Secret: s})
}

// Parent writes what the parent zone has of a delegation.
func (f *Writer) Parent(origin zonefile.Name, view reconcile.ParentView) {
	f.put(line{Parent: &parentLine{origin.String(), someRRset(view.NS), someRRset(view.DS), view.NegativeTTL}})
}

// Counts returns how many zones were written, and how many records they have.
func (f *Writer) Counts() (zones, records int) { return f.zones, f.records }
