package reconcile

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// checking has the mail domains of an estate be ready once they are looked at, by a provider that has something around each call, as all have that are opened.
func (e *estate) checking(begins providers.ResourcePhase) {
	var mail *memory.ResourceProvider
	mail = memory.NewResources(mailType, memory.OnCall(e.log("tem")), memory.Beginning(providers.ResourceStatus{Phase: begins, State: "unchecked"}),
		memory.WithOutputs(func(providers.Resource) []providers.Output {
			return []providers.Output{{Name: "dkim", RRset: zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=one"`)}}
		}), memory.Checking(func(name zonefile.Name) {
			mail.SetStatus(name, providers.ResourceStatus{Phase: providers.Ready, State: "checked"})
		}))
	e.mail = mail
	e.applier.Resources["tem"] = providers.ObserveResources(mail, func(providers.Call) {})
	e.planner.Resources["tem"] = ResourceTarget{Reader: providers.ReadOnlyResources(e.applier.Resources["tem"]), System: "tem", CanCheck: true}
	e.files["example.com.domain.yaml"] = "domain: example.com\nmail:\n  - {provider: tem, project: p1}\n" +
		"apps:\n  - {provider: scalingo, app: my-app, name: www.example.com}\n"
}

func TestInspect(t *testing.T) {
	for _, test := range []struct {
		name string
		is   providers.ResourcePhase
		want string // its state afterwards
	}{
		{"pending", providers.Pending, "checked"},
		{"ready", providers.Ready, "checked"},
		{"blocked", providers.Blocked, "unchecked"},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t)
			e.checking(test.is)
			e.converge(time.Hour)
			inspections := e.applier.Inspect(t.Context(), e.plan())
			var want []Inspection
			if test.is != providers.Blocked {
				want = []Inspection{{Ref{example, "tem"}, providers.Mail, example, nil}}
			}
			if diff := cmp.Diff(inspections, want, cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })); diff != "" {
				t.Errorf("%s (-got +want):\n%s", test.name, diff)
			}
			if got := e.plan().Zone(Ref{example, "tem"}).Resources[0].Status.State; got != test.want {
				t.Errorf("%s: it is %s, want %s", test.name, got, test.want)
			}
		})
	}
}

func TestInspectRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.checking(providers.Pending)
		e.converge(time.Hour)
		refused := errors.New("no")
		e.mail.FailNext(providers.OperationCheckResource, refused)
		inspections := e.applier.Inspect(t.Context(), e.plan())
		if len(inspections) != 1 || !errors.Is(inspections[0].Err, refused) {
			t.Errorf("%v, want one that wraps %q", inspections, refused)
		}
	})
}

// TestPublishedIsLookedAt applies a domain whose records are published: its provider is to look at them by itself.
func TestPublishedIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.checking(providers.Pending)
		e.files["example.com.domain.yaml"] = "domain: example.com\nmail:\n  - {provider: tem, project: p1, publish: [dkim]}\n"
		e.converge(time.Hour)
		e.converge(time.Hour)
		if !slices.Contains(e.calls, "tem check resource mail example.com.") {
			t.Errorf("it was not looked at: %q", e.calls)
		}
	})
}

// TestDeclared has a resource that is there, one that is not, one that is not declared any more, and one that cannot be read.
func TestDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.files["example.com.domain.yaml"] = "domain: example.com\nmail:\n  - {provider: tem, project: p1}\n  - {provider: tem, project: p1, name: old.example.com}\n"
		e.converge(time.Hour)
		e.files["example.com.domain.yaml"] = "domain: example.com\nmail:\n  - {provider: tem, project: p1}\n  - {provider: tem, project: p1, name: new.example.com}\n"
		for _, test := range []struct {
			fails bool
			want  []string
		}{
			{false, []string{"mail example.com. there", "mail new.example.com."}},
			{true, []string{"mail new.example.com.", "mail example.com. unread: example.com. on tem: mail example.com.: fetch mail example.com.: no"}},
		} {
			if test.fails {
				e.mail.FailNext(providers.OperationFetchResource, errors.New("no"))
			}
			var got []string
			plan := e.plan().Zone(Ref{example, "tem"})
			for what, live := range plan.Declared() {
				text := what.String()
				if live != nil {
					text += " there"
				}
				got = append(got, text)
			}
			for what, err := range plan.Unread() {
				got = append(got, what.String()+" unread: "+err.Error())
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		}
		for what := range e.plan().Zone(Ref{example, "live"}).Declared() {
			t.Errorf("a zone declares %s", what)
		}
	})
}
