package dnsquery

import (
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// answer is what one server said over both networks.
type answer struct {
	reconcile.ServerAnswer
	asked bool // the zero answer is that nobody asked
	lower bool // its serial is lower than expected, and it does not lag
	// untold says for some questions why nobody can tell from the answers.
	untold map[zonefile.Key]string
}

// summarize puts together what a server said over UDP and over TCP. What it says alike over both is said once.
func (in inquiry) summarize(t target, udp, tcp pass) answer {
	a := answer{
		ServerAnswer: reconcile.ServerAnswer{Server: t.label, Host: t.host, Err: errorOf(udp.err, tcp.err)},
		asked:        true, untold: map[zonefile.Key]string{},
	}
	for _, p := range []pass{udp, tcp} {
		if !p.serving {
			continue
		}
		if a.Serial == 0 || zonefile.SerialAfter(a.Serial, p.serial) {
			a.Serial = p.serial
		}
		a.lower = a.lower || in.serial != 0 && zonefile.SerialAfter(in.serial, p.serial)
	}
	a.note(zonefile.Key{Name: in.zone, Type: zonefile.TypeSOA}, udp.refusal, tcp.refusal)
	for i, q := range in.questions {
		a.note(q.key, udp.verdicts[i].wrong(overUDP), tcp.verdicts[i].wrong(overTCP))
		for _, v := range []verdict{udp.verdicts[i], tcp.verdicts[i]} {
			if v.kind == untold {
				a.untold[q.key] = v.text
			}
		}
	}
	if a.lower && !in.proved(udp, tcp) {
		a.Lags, a.lower = true, false
	}
	return a
}

// proved reports whether the answers show that the server has what was changed, whatever its serial is: there is something that can be compared, and all
// of that is as it should be.
func (in inquiry) proved(udp, tcp pass) bool {
	if in.sampled {
		return false
	}
	proved := false
	for i, q := range in.questions {
		u, t := udp.verdicts[i], tcp.verdicts[i]
		agree := u.kind == agrees || t.kind == agrees
		switch {
		case u.wrong(overUDP) != "", t.wrong(overTCP) != "":
			return false
		case !agree && u.kind != untold && t.kind != untold:
			return false
		}
		proved = proved || agree && q.key.Type != zonefile.TypeSOA
	}
	return proved
}

// wrong returns what a verdict says against the server. That an answer is truncated says nothing over UDP.
func (v verdict) wrong(network string) string {
	switch v.kind {
	case differs, refused:
		return v.text
	case cut:
		if network == overTCP {
			return v.text
		}
	case unasked, agrees, untold:
	}
	return ""
}

// note notes what is wrong with the answers for an RRset over either network. Empty texts say nothing.
func (a *answer) note(key zonefile.Key, udp, tcp string) {
	if udp == tcp {
		if udp != "" {
			a.Wrong = append(a.Wrong, fmt.Sprintf("%s: %s", key, udp))
		}
		return
	}
	if udp != "" {
		a.Wrong = append(a.Wrong, fmt.Sprintf("%s: %s (over UDP)", key, udp))
	}
	if tcp != "" {
		a.Wrong = append(a.Wrong, fmt.Sprintf("%s: %s (over TCP)", key, tcp))
	}
}

// errorOf puts together why a server did not answer over UDP and over TCP.
func errorOf(udp, tcp error) error {
	switch {
	case udp != nil && tcp != nil && udp.Error() == tcp.Error():
		return udp
	case udp != nil && tcp != nil:
		return fmt.Errorf("over UDP: %w; over TCP: %w", udp, tcp)
	case udp != nil:
		return fmt.Errorf("over UDP: %w", udp)
	case tcp != nil:
		return fmt.Errorf("over TCP: %w", tcp)
	}
	return nil
}
