// Package scaidnstest is a fake of ScaiDNS's HTTP API for tests. It is written from the API's documentation,
// https://www.scailabs.ai/en/docs/scaidns/, and is as strict as that lets it be: what is not documented is refused, so that a client that
// passes here says nothing that the product may take otherwise.
//
// As the product does, it keeps the records of its zones in a real PowerDNS, which it starts: content is what PowerDNS takes, an RRset has
// one TTL, and a disabled record is one that is not served. What the product keeps beside that is in memory.
//
//	s := scaidnstest.New(t, scaidnstest.Options{})
//	zone := s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
//	s.Write(t, zone, scaidnstest.RRset{Name: "www", Type: "A", TTL: 300, Records: []scaidnstest.Record{{Content: "192.0.2.1"}}})
//	client := ...(s.URL, s.MintKey(scaidnstest.Key{}))
//
// The documentation leaves much open. Each such point is a switch in [Options], whose zero value is what the product most likely does, so
// that a client can be tested both ways. What goes wrong with any API is in [Server.Faults], what goes wrong with this one alone in
// [Server.Break].
package scaidnstest
