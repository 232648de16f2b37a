// Package zonedir is the provider for name servers that load master files (RFC 1035 §5) from a directory: NSD, Knot, BIND, CoreDNS.
//
// Each zone is one file, "example.com.zone", which is replaced as a whole: the new one is written beside it, synced, looked at by a check
// command, renamed over the old one, and loaded by a reload command. Whoever looks at the directory, at any time and after any
// crash, sees the old file or the new one. The file's digest is the version of the zone: a batch is refused if anybody has
// touched the file since.
//
// A zone whose reload failed is served as it was, and so Fetch returns it as it was: see unloaded.go.
//
// docs/providers/zonedir.md says how it is set up for each server.
package zonedir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Options say where the files are and how they are written.
type Options struct {
	// Directory has the files. It is made when the first zone is created. It may be a symbolic link; the files in it may not.
	Directory string
	// Serial says how the serial of the SOA rises. The zero value is Date.
	Serial SerialMode
	// SOA is what a zone gets that has none.
	SOA SOA
	// NameServers are the apex NS of a zone that has none. Without them such a zone is refused, since no server loads it.
	NameServers []zonefile.Name
	// NameServerTTL is the TTL of the NS RRset that is made of NameServers, in seconds. 0 is 3600.
	NameServerTTL zonefile.TTL
	// Check is the command that looks at a new file before it takes the old one's place, program first; empty for none. No shell is
	// involved. "{origin}" in an argument stands for the zone's name without the last dot, "{file}" for the absolute path of the file.
	// A status other than 0 refuses the file.
	Check []string
	// Reload is the command that has the server load the file after it was replaced, as Check; empty for none.
	Reload []string
	// Remove is the command that has the server drop a zone before its file is moved away, as Check; empty for none, and then a server that does not
	// look for its files by itself goes on serving the zone. It may run twice for one zone. It must leave the file alone.
	Remove []string
	// CommandTimeout bounds each run of a command. 0 is 30 seconds.
	CommandTimeout time.Duration
	// Now is the clock that serials are made by. nil is time.Now.
	Now func() time.Time
}

// Provider serves zones by writing files. It is a providers.ZoneProvider and a providers.ZoneRemover. Its methods may be called
// concurrently; writers of one zone, in this process or in another on the same machine, wait for each other.
type Provider struct {
	options Options
}

var (
	_ providers.ZoneProvider = (*Provider)(nil)
	_ providers.ZoneRemover  = (*Provider)(nil)
)

// New returns a provider. It looks at the options only, not at the directory.
func New(o Options) (*Provider, error) {
	if o.Directory == "" {
		return nil, errors.New("zonedir: no directory")
	}
	if o.Serial < Date || o.Serial > UnixTime {
		return nil, fmt.Errorf("zonedir: serial mode %d: want Date, Increment or UnixTime", o.Serial)
	}
	for what, argv := range map[string][]string{"check": o.Check, "reload": o.Reload, "remove": o.Remove} {
		if len(argv) > 0 && argv[0] == "" {
			return nil, fmt.Errorf("zonedir: %s: the first item has to be a program", what)
		}
	}
	for _, n := range o.NameServers {
		if n.IsZero() {
			return nil, errors.New("zonedir: a name server without a name")
		}
	}
	if o.CommandTimeout < 0 {
		return nil, fmt.Errorf("zonedir: a command timeout of %s", o.CommandTimeout)
	}
	o.SOA = o.SOA.withDefaults()
	o.NameServers = slices.Clone(o.NameServers)
	o.NameServerTTL = cmp.Or(o.NameServerTTL, 3600)
	o.Check, o.Reload, o.Remove = slices.Clone(o.Check), slices.Clone(o.Reload), slices.Clone(o.Remove)
	o.CommandTimeout = cmp.Or(o.CommandTimeout, 30*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Provider{o}, nil
}

// traits are those of every zone in a directory.
func traits() providers.Traits {
	return providers.Traits{
		Atomicity:      providers.AtomicZone,
		Preconditions:  providers.ComparesZone | providers.ComparesRRsets,
		SOAWritable:    true,
		ApexNSWritable: true,
	}
}

// Zones lists the zones that have a file, in the order of their names. A directory that is not there has none. There are no serials and no versions:
// those are in the files, and all would have to be read for the sake of one.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	infos, err := p.zones(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the zones of %s: %w", p.options.Directory, err)
	}
	return infos, nil
}

func (p *Provider) zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.options.Directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, denied(err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, denied(err)
	}
	var infos []providers.ZoneInfo
	for _, e := range entries {
		// Files that OriginOf reads and FileName would call otherwise ("Example.COM.zone") are not where Fetch looks.
		origin, ok := zonefile.OriginOf(e.Name())
		if ok && !e.IsDir() && fileName(origin) == e.Name() {
			infos = append(infos, providers.ZoneInfo{Origin: origin, Kind: providers.Primary})
		}
	}
	slices.SortFunc(infos, func(a, b providers.ZoneInfo) int { return a.Origin.Compare(b.Origin) })
	return infos, ctx.Err()
}

// Normalize returns set as it is: a file says everything that an RRset can be. ALIAS and LUA are PowerDNS's own, and no server loads
// them from a file; nor does it load what cannot be at any name, which a lenient zone may have.
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	switch t := set.Key.Type; t {
	case zonefile.TypeALIAS, zonefile.TypeLUA:
		return zonefile.RRset{}, fmt.Errorf("%s: no name server loads %s from a file: %w", set.Key, t, providers.ErrUnsupported)
	case zonefile.TypeCNAME, zonefile.TypeDNAME, zonefile.TypeSOA:
		if n := set.Len(); n > 1 {
			return zonefile.RRset{}, fmt.Errorf("%s: %d records, where no name server loads more than one: %w", set.Key, n, providers.ErrUnsupported)
		}
	case zonefile.TypeNS:
		if set.Key.Name.IsWildcard() {
			return zonefile.RRset{}, fmt.Errorf("%s: a wildcard cannot be delegated (RFC 4592 §4.2): %w", set.Key, providers.ErrUnsupported)
		}
	}
	return set, nil
}
