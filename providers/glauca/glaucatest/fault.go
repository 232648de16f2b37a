package glaucatest

import (
	"encoding/json"
	"net/http"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// About has a request be about another domain, and its answer with it. For an update it is worse than a lie: that domain is changed.
func About(id string) httpfault.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, otherURL(r, "/api/domains/"+id+"/", r.URL.RawQuery))
		})
	}
}

// Lie has an answer with one domain be about another one: it has that id and that name. What was asked for is done.
func Lie(id, name string) httpfault.Fault {
	return edit(func(domain map[string]json.RawMessage) {
		domain["id"], domain["domain"] = quote(id), quote(name)
	})
}

// Odd has the domain of that name have another value in a field, any JSON, wherever an answer has the domain.
func Odd(name, field, value string) httpfault.Fault {
	return edit(func(domain map[string]json.RawMessage) {
		if string(domain["domain"]) == string(quote(name)) {
			domain[field] = json.RawMessage(value)
		}
	})
}

// Missing has an answer with one object, or the objects of a page or an array, lack a field.
func Missing(field string) httpfault.Fault {
	return edit(func(o map[string]json.RawMessage) { delete(o, field) })
}

// FirstPage answers each page of a list with its first one.
func FirstPage() httpfault.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, otherURL(r, r.URL.Path, "")) })
	}
}

// Short has a list lack its last n objects. The count of a page does not say so.
func Short(n int) httpfault.Fault {
	return lists(func(_ map[string]json.RawMessage, all []json.RawMessage) []json.RawMessage {
		return all[:max(len(all)-n, 0)]
	})
}

// Twice has a list end with its first object again. The count of a page does not say so.
func Twice() httpfault.Fault {
	return lists(func(_ map[string]json.RawMessage, all []json.RawMessage) []json.RawMessage {
		return append(all, all[:min(len(all), 1)]...)
	})
}

// NextAt has a page say that the next one is at another address, whether there is one or not. The address may be of another host, or of the page itself.
func NextAt(address string) httpfault.Fault {
	return lists(func(page map[string]json.RawMessage, all []json.RawMessage) []json.RawMessage {
		if page != nil {
			page["next"] = quote(address)
		}
		return all
	})
}

func quote(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text is always JSON
	}
	return quoted
}

// otherURL returns a copy of r with another path and query.
func otherURL(r *http.Request, path, query string) *http.Request {
	c, u := *r, *r.URL
	u.Path, u.RawPath, u.RawQuery = path, "", query
	c.URL = &u
	return &c
}

// lists edits what a list has. The page is nil for a plain array. Refusals are left alone.
func lists(change func(page map[string]json.RawMessage, all []json.RawMessage) []json.RawMessage) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) {
		var page map[string]json.RawMessage
		var all []json.RawMessage
		if json.Unmarshal(a.Body, &all) == nil {
			a.Body = marshal(change(nil, all))
			return
		}
		if json.Unmarshal(a.Body, &page) != nil || json.Unmarshal(page["results"], &all) != nil {
			return
		}
		page["results"] = marshal(change(page, all))
		a.Body = marshal(page)
	})
}

// edit edits the object of an answer, or each of a list. Refusals are left alone.
func edit(change func(map[string]json.RawMessage)) httpfault.Fault {
	one := func(raw json.RawMessage) json.RawMessage {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil || object["url"] == nil {
			return raw
		}
		change(object)
		return marshal(object)
	}
	list := lists(func(_ map[string]json.RawMessage, all []json.RawMessage) []json.RawMessage {
		for i := range all {
			all[i] = one(all[i])
		}
		return all
	})
	single := httpfault.Edit(func(a *httpfault.Answer) { a.Body = one(a.Body) })
	return func(next http.Handler) http.Handler { return single(list(next)) }
}

func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // all of it was JSON
	}
	return text
}
