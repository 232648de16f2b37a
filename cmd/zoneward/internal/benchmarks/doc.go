// Package benchmarks measures zoneward beside other programs and writes docs/benchmarks.md. It has tests only:
//
//	make bench                  measures for some minutes and writes docs/benchmarks.md
//	BENCH_QUICK=1 make bench    everything once, at 10,000 records, and writes bin/benchmarks.md
//	go test .                   the same at 1,000 records, and keeps nothing: it shows that the measurements still work
//
// It is a test because package dnsserver, which starts the real name servers, belongs to tests, and because a test that
// runs it keeps it from rotting. No test here fails because something is slow: a figure means something beside that of another
// program, measured in the same minute on the same machine, and that is for people to look at.
//
// The Go benchmarks of the packages (make bench-go) are for the work on one function; these are what a user sees.
package benchmarks
