package powerdns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply implements [providers.ZoneProvider]. It reads the whole zone and compares it with the base, and makes one request of the batch, or
// several of 1.5 MB each, which hold all that happens at one name.
//
// A zone that is not that of the base is a conflict, and nothing is written. The serial alone would not tell: see [version]. A write that
// gets between that and ours is noticed by the serial that ours made: after the write, and only where the API raises serials by a known step.
//
// A purge, and another operation at the same key, are one RRset in the request. Purges of what is not disabled any more write nothing.
//
// An SOA in the batch gets a serial that makes the stored one higher than that of the base, and than what one write that gets in between
// makes of that: PowerDNS up to 4.7 says nothing then that would show such a write. Where the API would not raise the serial, the
// SOA of the base goes along for that.
//
// A 500 after which the serial is what it was is a [*providers.BusyError].
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if len(batch.Ops) == 0 {
		return providers.Result{Serial: batch.Base.Serial}, ctx.Err()
	}
	result, err := p.apply(ctx, origin, batch)
	if err != nil {
		err = fmt.Errorf("apply to %s: %w", origin, err)
	}
	return result, err
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	w, err := newWrite(origin, batch)
	if err != nil {
		return providers.Result{}, err
	}
	end, err := p.turn(ctx)
	if err != nil {
		return providers.Result{}, err
	}
	defer end()
	z, err := p.ready(ctx, origin, batch.Base)
	if err != nil {
		return providers.Result{}, err
	}
	s := &sender{provider: p, origin: origin, edit: z.editing(), serial: z.Serial}
	return s.sendAll(ctx, w)
}

// ready returns what the server says of the zone if it may be written and is what base says.
func (p *Provider) ready(ctx context.Context, origin zonefile.Name, base *providers.Snapshot) (zone, error) {
	z, live, err := p.fetch(ctx, origin, func(rrset) {})
	if err != nil {
		return zone{}, err
	}
	return z, conflict(live, base)
}

// conflict returns an error that wraps ErrConflict if a zone is not what base says.
func conflict(live, base *providers.Snapshot) error {
	if live.Serial != base.Serial {
		return fmt.Errorf("%w: its serial is %d, and was %d when the change was planned", providers.ErrConflict, live.Serial, base.Serial)
	}
	if what := differs(live, base); what != "" {
		return fmt.Errorf("%w: %s is not what it was when the change was planned", providers.ErrConflict, what)
	}
	return nil
}

// differs names what two states of a zone differ in, "" if nothing.
func differs(a, b *providers.Snapshot) string {
	for _, pair := range [][2]*zonefile.Zone{{a.Zone, b.Zone}, {a.Foreign, b.Foreign}, {a.Disabled, b.Disabled}} {
		for i := range pair {
			if pair[i] == nil {
				pair[i] = zonefile.NewZone(a.Zone.Origin())
			}
		}
		for c := range zonefile.Diff(pair[0], pair[1]) {
			return c.Key().String()
		}
	}
	return ""
}

// sender writes the parts of a batch one after the other.
type sender struct {
	provider *Provider
	origin   zonefile.Name
	edit     editing
	serial   uint32 // of the zone as it is now, 0 if it has no SOA or that is not known
}

func (s *sender) sendAll(ctx context.Context, w *write) (providers.Result, error) {
	var result providers.Result
	for i, part := range w.parts {
		wrote, err := s.send(ctx, w, i)
		if wrote {
			result.Serial = s.serial
			result.Applied = append(result.Applied, part.ops...)
		}
		switch {
		case err == nil:
		case wrote || i == 0:
			return result, err
		default:
			return result, partial(ctx, err, i, len(w.parts))
		}
	}
	return result, nil
}

// partial is the error for a batch of which some parts are written. It is of no other kind than that.
func partial(ctx context.Context, err error, written, all int) error {
	err = fmt.Errorf("%w: %d of %d requests, and then: %s", providers.ErrPartial, written, all, err.Error())
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return err
}

// send writes one part, and reports whether it is certain that it was written. There may be an error then too.
func (s *sender) send(ctx context.Context, w *write, i int) (wrote bool, err error) {
	p := s.provider
	if len(w.parts[i].sets) == 0 && !(w.putSOA && i == 0) {
		return true, ctx.Err() // purges of what is gone
	}
	if err := s.prepare(ctx, i, w); err != nil {
		return false, err
	}
	rule := s.edit.rule()
	serial, needed := rule.sent(s.serial, p.now())
	soa, err := w.soaToAPI(serial, needed || w.putSOA && i == 0)
	if err != nil {
		return false, err
	}
	from := p.now()
	answer, err := p.client.patch(ctx, s.origin, w.parts[i].body(soa))
	if err != nil {
		if s.unwritten(ctx, err, soa.Name != "") {
			err = &providers.BusyError{Err: err}
		}
		return false, p.patchError(ctx, err)
	}
	to, before := p.now(), s.serial
	switch {
	case answer.hasSerials:
		s.serial = answer.after
	case soa.Name != "":
		s.serial = s.edit.stored(serial, from, to)
	default:
		s.serial = 0
	}
	if before == 0 || !answer.hasSerials {
		return true, nil
	}
	follows := answer.follows(before, rule.next(before, from, to))
	if soa.Name != "" {
		follows = answer.followsSOA(before, serial)
	}
	if !follows {
		return true, fmt.Errorf("%w: seen after the write, which made the serial %d out of %d: another write was in between", providers.ErrConflict, answer.after, before)
	}
	return true, nil
}

// follows reports whether a change was made to a zone with the serial before, as far as that can be told. Next are the
// serials that the change may have made of it.
func (a patched) follows(before uint32, next []uint32) bool {
	if a.before != a.after { // not so up to 4.7, which says of both what is afterwards
		return a.before == before
	}
	return next == nil || slices.Contains(next, a.after)
}

// followsSOA is [patched.follows] for a change with an SOA of the serial sent. A server that says of both what is afterwards, or
// that before its own doing there was what was sent, tells nothing.
func (a patched) followsSOA(before, sent uint32) bool {
	return a.before == a.after || a.before == before || a.before == sent
}

// unwritten reports whether it is certain that a write that ended with err left the zone as it was. What SQLite refuses because another
// program writes, PowerDNS answers with 500 when it has taken everything back.
func (s *sender) unwritten(ctx context.Context, err error, sentSOA bool) bool {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusInternalServerError || s.serial == 0 || !sentSOA && !s.edit.rule().counts() {
		return false
	}
	z, err := s.provider.client.zone(ctx, s.origin)
	return err == nil && z.Serial == s.serial
}

// prepare brings about that a write raises the serial.
func (s *sender) prepare(ctx context.Context, i int, w *write) error {
	p := s.provider
	if s.serial == 0 && i > 0 && !w.soa.IsZero() {
		z, err := p.client.zone(ctx, s.origin)
		if err != nil {
			return p.zoneError(ctx, err)
		}
		s.serial = z.Serial
	}
	if s.edit.rule() != byClock || s.serial == 0 {
		return nil
	}
	const (
		patience = 2                      // seconds
		tick     = 100 * time.Millisecond // a server's seconds may begin this much later than ours
	)
	now := p.now()
	ahead := int32(s.serial - uint32(now.Unix()))
	if ahead <= patience {
		begins := now.Truncate(time.Second).Add(time.Duration(ahead+1)*time.Second + tick)
		if d := begins.Sub(now); d > 0 {
			return p.wait(ctx, d)
		}
		return nil
	}
	return fmt.Errorf("%w: its serial is %d, and soa_edit_api makes it the seconds since 1970, which are fewer: secondaries would not see the change; set another soa_edit_api",
		providers.ErrBlocked, s.serial)
}

// soaToAPI returns what is sent for the SOA, the zero rrset if it is not to be sent.
func (w *write) soaToAPI(serial uint32, wanted bool) (rrset, error) {
	if !wanted || w.soa.IsZero() {
		return rrset{}, nil
	}
	soa, err := zonefile.ParseSOA(w.soa)
	if err != nil {
		return rrset{}, fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	soa.Serial = serial
	return toAPI(w.soa.Key, soa.RRset(w.soa.Key.Name, w.soa.TTL), w.hiddenSOA)
}

// patchError gives an error of a write its kind.
func (p *Provider) patchError(ctx context.Context, err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return err
	}
	switch e.Status {
	case http.StatusUnprocessableEntity:
		text := serverText(e)
		// The batch by itself is sound, so this is about something that the snapshot does not have.
		if strings.Contains(text, "Conflicts with pre-existing RRset") {
			return fmt.Errorf("%w: the server says %q", providers.ErrConflict, text)
		}
		return fmt.Errorf("%w: it says %q", providers.ErrInvalid, text)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w (a request larger than webserver-max-bodysize, which is 2 MB if it is not set, is answered like this)", providers.ErrInvalid, err)
	}
	return p.zoneError(ctx, err)
}

// serverText returns what PowerDNS says of an error: {"error": "..."}.
func serverText(e *rest.Error) string {
	var answer struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(e.Body), &answer); err != nil || answer.Error == "" {
		return rest.Shorten(e.Body, rest.ShownHead)
	}
	return rest.Shorten(answer.Error, rest.ShownHead)
}
