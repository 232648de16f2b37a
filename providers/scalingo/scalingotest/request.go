package scalingotest

import (
	"bytes"
	"encoding/json"
	"mime"
)

// wanted is what the body of a request says of a domain. Nil is nothing.
type wanted struct {
	name, certificate, key *string
	canonical, letsEncrypt *bool
}

// decode reads the body of a request, {"domain": {...}}, https://developers.scalingo.com/#parameters. Own is the field that it may have and an update has not.
func (c *call) decode(own string, ignoreUnknown bool) (*wanted, error) {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, invalidField("domain", "missing field") // what is not said to be JSON is not read
	}
	var root, fields map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &root); err != nil {
		return nil, BadRequest("invalid_json", "There was a problem in the JSON you submitted: "+err.Error())
	}
	if json.Unmarshal(root["domain"], &fields) != nil || len(fields) == 0 {
		return nil, invalidField("domain", "missing field")
	}
	problems := map[string][]string{}
	refuse := func(name, problem string) { problems[name] = append(problems[name], problem) }
	for name := range root {
		if name != "domain" && !ignoreUnknown {
			refuse(name, "unknown field")
		}
	}
	w := &wanted{}
	for name, value := range fields {
		into := w.field(name)
		switch {
		case into == nil || name == "name" && own != name:
			if !ignoreUnknown {
				refuse(name, "unknown field, or one that cannot be set")
			}
		case bytes.Equal(bytes.TrimSpace(value), []byte("null")) || json.Unmarshal(value, into) != nil:
			refuse(name, "is of another type")
		}
	}
	if len(problems) > 0 {
		return nil, Invalid(problems)
	}
	return w, nil
}

// field returns where the value of a field goes, nil if there is no such field.
func (w *wanted) field(name string) any {
	switch name {
	case "name":
		return &w.name
	case "canonical":
		return &w.canonical
	case "tlscert":
		return &w.certificate
	case "tlskey":
		return &w.key
	case "letsencrypt_enabled":
		return &w.letsEncrypt
	}
	return nil
}
