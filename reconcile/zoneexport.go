package reconcile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The keys of the settings in a tombstone that are not the provider's own: the kind of the zone, and with the name of a form behind it what the provider
// exported of it.
const (
	kindSetting   = "zoneward.kind"
	exportSetting = "zoneward.export."
)

// settingsOf returns what a tombstone has of a zone beside its RRsets, see providers.ZoneSpec.
func settingsOf(stone Tombstone) (kind string, settings, export map[string]string) {
	settings, export = map[string]string{}, map[string]string{}
	for name, value := range stone.Settings {
		if of, ok := strings.CutPrefix(name, exportSetting); ok {
			export[of] = value
		} else if name != kindSetting {
			settings[name] = value
		}
	}
	return stone.Settings[kindSetting], settings, export
}

// export returns a zone as a BIND file that reads back as the same zone. What the provider keeps and does not serve is in it as comments.
func export(live *providers.Snapshot, ref Ref) (string, error) {
	var b strings.Builder
	header := fmt.Sprintf("%s, as it was when it was retired", ref)
	if live.Disabled != nil {
		header += "\ndisabled there, and not served:"
		for set := range live.Disabled.All() {
			for _, text := range set.Text() {
				header += fmt.Sprintf("\n  %s %d %s %s", set.Key.Name, set.TTL, set.Key.Type, text)
			}
		}
	}
	if err := zonefile.FormatBIND(&b, live.Zone, zonefile.FormatOptions{Header: header}); err != nil {
		return "", fmt.Errorf("write it as a zone file: %w", err)
	}
	back, err := exported(b.String(), ref.Zone)
	if err != nil {
		return "", err
	}
	if !back.Equal(live.Zone) {
		return "", errors.New("the zone file for the tombstone does not read back as the zone")
	}
	return b.String(), nil
}

// exported reads what export wrote.
func exported(text string, origin zonefile.Name) (*zonefile.Zone, error) {
	const name = "tombstone.zone"
	file, err := zonefile.ParseBIND(zonefile.OneFile(name, text), name, zonefile.BINDOptions{Origin: origin})
	if err != nil {
		return nil, fmt.Errorf("read the zone file of the tombstone: %w", err)
	}
	if err := file.Err(); err != nil {
		return nil, fmt.Errorf("read the zone file of the tombstone: %w", err)
	}
	return file.Zone, nil
}
