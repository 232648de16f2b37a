package benchmarks

import (
	"bufio"
	"path/filepath"
	"testing"
)

// zonedirProvider is the configuration of a provider that writes master files.
const zonedirProvider = "{type: zonedir, directory: live}"

// bindSource fills a source directory with a zone as a master file.
func bindSource(t testing.TB, z zone, first string) func(dir string) {
	return func(dir string) {
		create(t, filepath.Join(dir, z.origin+".zone"), func(w *bufio.Writer) { z.writeBIND(w, first) })
	}
}

// checker is a program that reads a zone file and tells whether it is good.
func checker(w workspace, name string, args ...string) subject {
	path, ok := program(name)
	if !ok {
		return subject{name: name, absent: "not installed"}
	}
	argv := append([]string{path}, args...)
	return subject{name: name, run: func() (usage, error) { return process(w.dir, nil, "", argv...) }}
}

// addFiles measures the program on zone files, without a server.
func addFiles(t *testing.T, r *report, zoneward string, sizes []size) {
	r.say("## Zone files, as whole programs")
	r.say("`zoneward validate` reads and checks the zone file. `plan` does so, reads the live zone, which is a master file too (provider `zonedir`), and compares: it reads two zones where the checkers read one. `apply` plans, writes the file, reads it back, and notes in the state what was applied; it syncs to the disk. `named-checkzone -i none` and `nsd-checkzone` read the same file once. A ratio of CPU below 1 means that zoneward used less.")
	var rows [][]string
	for _, size := range sizes {
		base := zone{origin: "example.com", records: size.records}
		changed := base
		changed.changed = true
		w := newWorkspace(t, zoneward, zonedirProvider, nil, map[string]func(string){
			"base": bindSource(t, base, apex), "changed": bindSource(t, changed, apex),
		})
		file := filepath.Join(w.dir, "base", "example.com.zone")
		all := inTurn(t, size.rounds,
			subject{name: "`zoneward validate`", run: w.run("base", "validate")},
			checker(w, "named-checkzone", "-i", "none", "example.com", file),
			checker(w, "nsd-checkzone", "example.com", file),
			subject{name: "`zoneward apply`, first", prepare: func() { w.forget(t) }, run: w.run("base", "apply", "--yes")},
			subject{name: "`zoneward plan`, no change", run: w.run("base", "plan")},
			subject{name: "`zoneward plan`, 1 % changed", run: w.run("changed", "plan")},
			subject{name: "`zoneward apply`, 1 % changed", run: w.run("changed", "apply", "--yes")},
		)
		bind, nsd := all[1], all[2]
		for _, i := range []int{0, 4, 5, 3, 6} {
			s := all[i]
			rows = append(rows, []string{whole(size.records), s.name, s.seconds(cpu), s.seconds(wall), s.peak(), s.against(bind, cpu), s.against(nsd, cpu), s.against(nsd, wall)})
		}
		for i, name := range []string{"`named-checkzone -i none`", "`nsd-checkzone`"} {
			s := all[1+i]
			rows = append(rows, []string{whole(size.records), name, s.seconds(cpu), s.seconds(wall), s.peak(), "", "", ""})
		}
	}
	r.table("rlrrrlll", []string{"records", "", "CPU s", "wall s", "peak MiB", "CPU ÷ named-checkzone", "CPU ÷ nsd-checkzone", "wall ÷ nsd-checkzone"}, rows)
	r.say("The programs do not do the same: the checkers build what their server answers from, zoneward a zone that is sorted and knows where in the file everything stands. The peak is the process's resident memory, Go's garbage included; with \"≤\" it is too small to be told from that of the process that measures.")
}

// addLarge measures the plan of a zone that is larger than most, and in which nothing has changed.
func addLarge(t *testing.T, r *report, zoneward string, size size) {
	z := zone{origin: "example.com", records: size.records}
	w := newWorkspace(t, zoneward, zonedirProvider, nil, map[string]func(string){"base": bindSource(t, z, apex)})
	file := filepath.Join(w.dir, "base", "example.com.zone")
	bindSource(t, z, apex)(filepath.Join(w.dir, "live"))
	all := inTurn(t, size.rounds, subject{name: "`zoneward plan`, no change", run: w.run("base", "plan")}, checker(w, "nsd-checkzone", "example.com", file))
	var rows [][]string
	for _, s := range all {
		rows = append(rows, []string{whole(size.records), s.name, s.seconds(cpu), s.seconds(wall), s.peak(), s.against(all[1], wall)})
	}
	r.say("### A large zone")
	r.say("What is live is the same file here, with its names in the order in which people write them, so both are sorted.")
	r.table("rlrrrl", []string{"records", "", "CPU s", "wall s", "peak MiB", "wall ÷ nsd-checkzone"}, rows)
}

// addYAML measures reading YAML.
func addYAML(t *testing.T, r *report, zoneward string, sizes []size) {
	r.say("## YAML")
	r.say("The same zone in the record shapes of octoDNS, read by `zoneward validate`. No other program that reads them is among those that `make bench` can install, so what stands beside it is zoneward with the master file: this is what YAML costs, and says nothing about other programs.")
	var rows [][]string
	for _, size := range sizes {
		z := zone{origin: "example.com", records: size.records}
		w := newWorkspace(t, zoneward, zonedirProvider, nil, map[string]func(string){
			"base": bindSource(t, z, apex),
			"yaml": func(dir string) { create(t, filepath.Join(dir, "example.com.yaml"), z.writeYAML) },
		})
		all := inTurn(t, size.rounds,
			subject{name: "YAML", run: w.run("yaml", "validate")},
			subject{name: "master file", run: w.run("base", "validate")},
		)
		for _, s := range all {
			rows = append(rows, []string{whole(size.records), s.name, s.seconds(cpu), s.seconds(wall), s.peak(), s.against(all[1], cpu)})
		}
	}
	r.table("rlrrrl", []string{"records", "", "CPU s", "wall s", "peak MiB", "CPU ÷ master file"}, rows)
}
