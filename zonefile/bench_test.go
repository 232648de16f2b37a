package zonefile

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/miekg/dns"
)

// benchmarkText returns a master file of that many records: for each host some of A, AAAA, CNAME, MX, TXT and NS, also several of
// one RRset, in the order that people and programs write them. A sixth of the records state a TTL.
func benchmarkText(records int) string {
	var b strings.Builder
	b.WriteString("$TTL 3600\n@ IN SOA ns1 hostmaster 1 7200 900 1209600 300\n@ IN NS ns1\nns1 IN A 192.0.2.53\n")
	lines := []string{
		"host%d\tIN\tA\t192.0.2.%d\n",
		"host%d\tIN\tA\t198.51.100.%d\n",
		"\tIN\tAAAA\t2001:db8::%x\n", // of the owner before
		"www.host%d\tIN\tCNAME\thost%[1]d\n",
		"host%d\t300\tIN\tMX\t10 mail.host%[1]d\n",
		"host%d\tIN\tTXT\t\"v=spf1 include:_spf.example.net ip4:192.0.2.%d -all\"\n",
		"sub%[1]d\tIN\tNS\tns1.example.net.\n",
		"sub%[1]d\tIN\tNS\tns2.example.net.\n",
		"api%d\tIN\tA\t203.0.113.%d\n",
		"api%d.eu\t60\tIN\tA\t203.0.113.%d\n",
		"_sip._tcp.host%d\tIN\tSRV\t0 5 5060 host%[1]d\n",
		"mail.host%d\tIN\tA\t192.0.2.%d\n",
	}
	for i := range records - 3 {
		host, line := i/len(lines), lines[i%len(lines)]
		switch {
		case strings.Contains(line, "%[1]"):
			fmt.Fprintf(&b, line, host)
		case strings.Contains(line, "%x"):
			fmt.Fprintf(&b, line, host%(1<<16))
		default:
			fmt.Fprintf(&b, line, host, host%256)
		}
	}
	return b.String()
}

var benchmarkSizes = []int{100_000, 1_000_000}

// heap returns the octets that are in use.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func benchmarkZone(b *testing.B, text string) *File {
	b.Helper()
	fsys := fstest.MapFS{"zone": {Data: []byte(text)}}
	f, err := ParseBIND(fsys, "zone", BINDOptions{Origin: example})
	if err != nil || f.Err() != nil {
		b.Fatal("the benchmark's zone is not good")
	}
	return f
}

// sortedText returns the zone of text as FormatBIND writes it: in canonical order.
func sortedText(b *testing.B, text string) string {
	b.Helper()
	var out strings.Builder
	if err := FormatBIND(&out, benchmarkZone(b, text).Zone, FormatOptions{}); err != nil {
		b.Fatal(err)
	}
	return out.String()
}

func BenchmarkParseBIND(b *testing.B) {
	for _, size := range benchmarkSizes {
		text := benchmarkText(size)
		for _, order := range []string{"grouped", "sorted"} {
			if order == "sorted" {
				text = sortedText(b, text)
			}
			b.Run(fmt.Sprintf("%d-%s", size, order), func(b *testing.B) {
				before := heap()
				var f *File
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					f = benchmarkZone(b, text)
				}
				perSecond := float64(f.Zone.Records()) * float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(perSecond, "records/s")
				b.ReportMetric(float64(heap()-before)/float64(f.Zone.Records()), "B/record")
				runtime.KeepAlive(f)
			})
		}
	}
}

// What reading with miekg/dns costs that keeps nothing, to compare with.
func BenchmarkZoneParserOfMiekg(b *testing.B) {
	for _, size := range benchmarkSizes {
		text := benchmarkText(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			n := 0
			for b.Loop() {
				n = 0
				zp := dns.NewZoneParser(strings.NewReader(text), example.String(), "")
				for _, ok := zp.Next(); ok; _, ok = zp.Next() {
					n++
				}
				if err := zp.Err(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkDiff(b *testing.B) {
	for _, size := range benchmarkSizes {
		from := benchmarkZone(b, benchmarkText(size)).Zone
		changes := make([]Change, 0, from.Len()/100)
		i := 0
		for s := range from.All() {
			if i++; i%100 == 0 {
				longer := s.WithTTL(s.TTL + 1)
				changes = append(changes, Change{Old: &s, New: &longer})
			}
		}
		for name, to := range map[string]*Zone{"same": from.Clone(), "1%": from.With(changes)} {
			b.Run(fmt.Sprintf("%d-%s", size, name), func(b *testing.B) {
				n := 0
				for b.Loop() {
					n = len(slices.Collect(Diff(from, to)))
				}
				b.ReportMetric(float64(n), "changes")
				b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

func BenchmarkFormatBIND(b *testing.B) {
	for _, size := range benchmarkSizes {
		z := benchmarkZone(b, benchmarkText(size)).Zone
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				if err := FormatBIND(io.Discard, z, FormatOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
