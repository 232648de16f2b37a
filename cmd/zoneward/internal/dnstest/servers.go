package dnstest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Servers are the name servers of zones, which are asked when tests are run.
type Servers struct {
	refs      map[zonefile.Name][]reconcile.Ref // in the order of the targets
	verifiers map[string]*dnsquery.Verifier     // by target

	mu     sync.Mutex
	found  map[reconcile.Ref]*authorities
	silent map[netip.AddrPort]time.Time // when a server did not answer last
}

// authorities are the name servers of a zone on a target, once they were looked for.
type authorities struct {
	once sync.Once
	all  []dnsquery.Authority
	err  error
}

// NewServers returns the name servers of zones on targets, which the verifier of each target finds. All of the targets have one.
func NewServers(refs []reconcile.Ref, verifiers map[string]*dnsquery.Verifier) *Servers {
	s := &Servers{
		refs: map[zonefile.Name][]reconcile.Ref{}, verifiers: verifiers,
		found: map[reconcile.Ref]*authorities{}, silent: map[netip.AddrPort]time.Time{},
	}
	for _, ref := range slices.SortedFunc(slices.Values(refs), reconcile.Ref.Compare) {
		if of := s.refs[ref.Zone]; !slices.Contains(of, ref) {
			s.refs[ref.Zone] = append(of, ref)
		}
	}
	return s
}

// Views implements [Answerer].
func (s *Servers) Views(ctx context.Context, question zonefile.Key) []View {
	var views []View
	for _, ref := range s.refs[s.zone(question)] {
		all, err := s.authorities(ctx, ref)
		for _, authority := range all {
			views = append(views, serverView{s, ref, authority, nil})
		}
		if len(all) == 0 {
			if err == nil {
				err = fmt.Errorf("%s has no name servers to ask", ref.Zone)
			}
			views = append(views, serverView{servers: s, ref: ref, err: err})
		}
	}
	return views
}

func (s *Servers) zone(question zonefile.Key) zonefile.Name {
	return zoneOf(question, func(origin zonefile.Name) bool { return s.refs[origin] != nil })
}

// authorities returns the name servers of a zone. They are looked for once, unless that fails.
func (s *Servers) authorities(ctx context.Context, ref reconcile.Ref) ([]dnsquery.Authority, error) {
	s.mu.Lock()
	a := s.found[ref]
	if a == nil {
		a = &authorities{}
		s.found[ref] = a
	}
	s.mu.Unlock()
	a.once.Do(func() { a.all, _, a.err = s.verifiers[ref.Target].Authorities(ctx, ref.Zone) })
	if a.err != nil {
		s.mu.Lock()
		if s.found[ref] == a {
			delete(s.found, ref)
		}
		s.mu.Unlock()
	}
	return a.all, a.err
}

// silence is how long a server that did not answer is not asked again: as long as all tests that were begun in the meantime would wait for it in vain.
const silence = 5 * time.Second

// look asks a server, unless it did not answer a moment ago.
func (s *Servers) look(ctx context.Context, at dnsquery.Authority, zone zonefile.Name, question zonefile.Key) (dnsquery.Finding, error) {
	s.mu.Lock()
	since, was := s.silent[at.Address()]
	s.mu.Unlock()
	if was && time.Since(since) < silence {
		return dnsquery.Finding{}, fmt.Errorf("it did not answer %s ago", max(time.Second, time.Since(since).Round(time.Second)))
	}
	f, err := at.Look(ctx, zone, question)
	if dnsquery.IsSilence(err) {
		s.mu.Lock()
		s.silent[at.Address()] = time.Now()
		s.mu.Unlock()
	}
	return f, err
}

// serverView is the View of who asks one name server of a zone, and any of those of other zones.
type serverView struct {
	servers *Servers
	ref     reconcile.Ref
	at      dnsquery.Authority
	err     error // why there is no server
}

func (v serverView) Ref() reconcile.Ref { return v.ref }
func (v serverView) Server() string     { return v.at.String() }

func (v serverView) Zone(question zonefile.Key) zonefile.Name { return v.servers.zone(question) }

func (v serverView) Look(ctx context.Context, zone zonefile.Name, question zonefile.Key) (dnsquery.Finding, error) {
	if v.err != nil {
		return dnsquery.Finding{}, v.err
	}
	if zone == v.ref.Zone {
		return v.servers.look(ctx, v.at, zone, question)
	}
	ref := v.servers.refs[zone][0]
	if same := (reconcile.Ref{Zone: zone, Target: v.ref.Target}); slices.Contains(v.servers.refs[zone], same) {
		ref = same
	}
	all, err := v.servers.authorities(ctx, ref)
	if err != nil {
		return dnsquery.Finding{}, err
	}
	var f dnsquery.Finding
	err = fmt.Errorf("%s has no name servers to ask", zone)
	for _, authority := range all {
		if f, err = v.servers.look(ctx, authority, zone, question); err == nil {
			return f, nil
		}
		err = fmt.Errorf("%s: %w", authority, err)
	}
	return f, err
}

// Pauses between running tests once and running them again.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// lastRun is how long the last run of tests may take that begins when the time is over, for each fifty of them: as long as a verifier gives a server for so many
// RRsets.
const lastRun = 8 * time.Second

// Await runs all tests, and those that fail again until they pass or the time is over: servers take a while to come to what was applied. It returns the last
// results of each.
func (s *Suite) Await(ctx context.Context, a Answerer, within time.Duration) []Result {
	end := time.Now().Add(within)
	bounded, cancel := context.WithDeadline(ctx, end.Add(lastRun*time.Duration(1+len(s.tests)/50)))
	defer cancel()
	results := runAll(bounded, a, s.tests)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		var again []test
		var places []int
		for i, of := range results {
			if Count(of, Failed) > 0 {
				again, places = append(again, s.tests[i]), append(places, i)
			}
		}
		left := time.Until(end)
		if len(again) == 0 || left <= 0 {
			return slices.Concat(results...)
		}
		select {
		case <-bounded.Done():
			return slices.Concat(results...)
		case <-time.After(min(pause, left)):
		}
		for i, of := range runAll(bounded, a, again) {
			results[places[i]] = of
		}
	}
}
