package glaucatest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// secDNS reads what a client wants the data to be.
func (m mode) secDNS(v any) (*SecDNS, any) {
	f, wrong := newForm(v, m)
	if wrong != nil {
		return nil, wrong
	}
	d := &SecDNS{}
	d.MaxSigLife, _ = take(f, "max_sig_life", nullable, duration)
	d.DS, _ = take(f, "ds_data", nullable, listOf(m.ds))
	d.Keys, _ = take(f, "key_data", nullable, listOf(m.key))
	if len(f.wrong) == 0 {
		f.need("max_sig_life", "ds_data", "key_data")
		switch ds, keys := len(d.DS) > 0, len(d.Keys) > 0; {
		case ds && keys:
			f.wrong[general] = say("can't set both ds_data and key_data")
		case !ds && !keys:
			f.wrong[general] = say("must set one of ds_data or key_data")
		}
	}
	return d, f.end()
}

func (m mode) ds(v any) (DS, any) {
	f, wrong := newForm(v, m)
	if wrong != nil {
		return DS{}, wrong
	}
	var d DS
	d.KeyTag, _ = take(f, "key_tag", required, integer)
	d.Algorithm, _ = take(f, "algorithm", required, integer)
	d.DigestType, _ = take(f, "digest_type", required, integer)
	d.Digest, _ = take(f, "digest", required, text)
	d.Key, _ = take(f, "key_data", nullable, func(v any) (*Key, any) {
		k, wrong := m.key(v)
		return &k, wrong
	})
	if len(f.wrong) == 0 {
		f.need("key_tag", "algorithm", "digest_type", "digest")
	}
	return d, f.end()
}

func (m mode) key(v any) (Key, any) {
	f, wrong := newForm(v, m)
	if wrong != nil {
		return Key{}, wrong
	}
	var k Key
	k.Flags, _ = take(f, "flags", required, integer)
	k.Protocol, _ = take(f, "protocol", required, integer)
	k.Algorithm, _ = take(f, "algorithm", required, integer)
	k.PublicKey, _ = take(f, "public_key", required, text)
	if len(f.wrong) == 0 {
		f.need("flags", "protocol", "algorithm", "public_key")
	}
	return k, f.end()
}

// djangoDuration writes a duration as the framework does: "7 00:00:00" for a week.
func djangoDuration(d time.Duration) string {
	seconds := int(d / time.Second)
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days != 0 {
		return fmt.Sprintf("%d %s", days, clock)
	}
	return clock
}

var durationText = regexp.MustCompile(`^(?:(\d+) )?(?:(\d+):)?(?:(\d+):)?(\d+)$`)

// duration reads a duration as the framework writes it, or seconds.
func duration(v any) (time.Duration, any) {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	}
	found := durationText.FindStringSubmatch(text)
	if found == nil {
		return 0, say("Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].")
	}
	days, hours, minutes, seconds := number(found[1]), number(found[2]), number(found[3]), number(found[4])
	if found[3] == "" { // one colon is between minutes and seconds
		hours, minutes = 0, hours
	}
	return time.Duration(((days*24+hours)*60+minutes)*60+seconds) * time.Second, nil
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // 0 where there are none
	return n
}
