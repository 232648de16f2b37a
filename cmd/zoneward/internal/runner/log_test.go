package runner

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
)

// hostile is what would do something if a runner took it for more than text.
var hostile = []string{
	"::error::pwned",
	"\n::error file=x,line=1::pwned\n",
	"\r::set-output name=plan-id::sha256:0\r",
	"text ##[add-path]/tmp/evil",
	"##[error]pwned",
	"::stop-commands::x\n::x::\n::error::pwned",
	"::endgroup::",
	"::add-mask::a",
	"%0A::error::pwned",
	"%25%0a%0D%3A%2C%",
	"a,title=pwned,file=/etc/passwd::pwned",
	"2001:db8::1",
	"EOF\nplan-id=pwned\n",
	"<<EOF",
	"=pwned",
	"\x1b[2J\x1b]0;pwned\a",
	"\u202egnp.exe\u2066",
	"\u200b\ufeff\u00ad",
	"\x00\x7f\u0085\u2028\u2029",
	"\xff\xfe::error::pwned",
	" spaces behind and in front ",
	"",
	strings.Repeat("x", 5000),
	strings.Repeat("ä%\n", 3000),
}

// TestLogWrite: text is never a command, is there in full, and commands are taken again afterwards.
func TestLogWrite(t *testing.T) {
	for _, system := range []System{GitHub, Gitea} {
		for _, text := range hostile {
			var out strings.Builder
			log := (&Runner{System: system}).Log(&out)
			for range 2 {
				if n, err := io.WriteString(log, text); n != len(text) || err != nil {
					t.Fatal(n, err)
				}
				if _, err := log.Annotate(Annotation{Level: Notice, Message: "done"}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := io.WriteString(log, text); err != nil {
				t.Fatal(err)
			}
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&out, "::debug::after")
			commands, _ := readLog(out.String())
			done := taken{"notice", map[string]string{"title": "zoneward"}, "done"}
			want := []taken{done, done, {"debug", map[string]string{}, "after"}}
			if diff := cmp.Diff(want, commands); diff != "" {
				t.Errorf("%s, %q (-want +got):\n%s", system, text, diff)
			}
			if n := strings.Count(out.String(), text); text != "" && n != 3 {
				t.Errorf("%q is there %d times", text, n)
			}
		}
	}
}

// TestLogPlain: where a log has no commands, it is what was written and nothing else.
func TestLogPlain(t *testing.T) {
	for _, system := range []System{None, GitLab} {
		var out strings.Builder
		log := (&Runner{System: system}).Log(&out)
		secret := providers.NewSecret("s", func() (string, error) { return "hush", nil })
		end, err := log.Group("group")
		_, written := io.WriteString(log, "::error::text\n")
		shown, annotated := log.Annotate(Annotation{Level: Error, Message: "m"})
		if err := errors.Join(err, written, annotated, log.Mask(secret), end(), log.Close()); err != nil {
			t.Fatal(err)
		}
		if out.String() != "::error::text\n" || shown {
			t.Errorf("%q: %q, shown %t", system, &out, shown)
		}
	}
}

// TestLogWord: nobody can have known the word that ends a stop, and it is another one each time.
func TestLogWord(t *testing.T) {
	words := map[string]bool{}
	for range 100 {
		var out strings.Builder
		log := (&Runner{System: GitHub}).Log(&out)
		if _, err := io.WriteString(log, "text\n"); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(out.String(), "\n")
		word, ok := strings.CutPrefix(line, "::stop-commands::")
		if !ok || len(word) < 32 || strings.Trim(word, "0123456789abcdef") != "" {
			t.Fatalf("%q", line)
		}
		words[word] = true
	}
	if len(words) != 100 {
		t.Errorf("%d words of 100", len(words))
	}
}

// TestLogConcurrent writes from several goroutines, as a logger does.
func TestLogConcurrent(t *testing.T) {
	var out strings.Builder
	log := (&Runner{System: GitHub}).Log(&out)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 50 {
				_, written := io.WriteString(log, "\n::error::pwned\n")
				_, annotated := log.Annotate(Annotation{Level: Warning, Message: "m"})
				if err := errors.Join(written, annotated); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	commands, text := readLog(out.String())
	if len(commands) != MaxAnnotations || strings.Count(strings.Join(text, "\n"), "::error::pwned") != 200 {
		t.Errorf("commands: %v", commands)
	}
}

func TestAnnotate(t *testing.T) {
	for _, test := range []struct {
		name string
		a    Annotation
		want taken
	}{
		{
			"at a line",
			Annotation{Error, "zones/example.com.zone", 12, 5, "bad, worse: 100%", "one\ntwo % 2001:db8::1"},
			taken{"error", map[string]string{"file": "zones/example.com.zone", "line": "12", "col": "5", "title": "bad, worse: 100%"}, "one\ntwo % 2001:db8::1"},
		},
		{"without a place", Annotation{Warning, "", 3, 4, "t", "m"}, taken{"warning", map[string]string{"title": "t"}, "m"}},
		{"without a line", Annotation{Notice, "f", 0, 4, "t", "m"}, taken{"notice", map[string]string{"file": "f", "title": "t"}, "m"}},
		{
			"a file name that would end its property",
			Annotation{Error, "=a,line=9::b\r\n::error::", 1, 0, " =t ", "m"},
			taken{"error", map[string]string{"file": "./=a,line=9::b\\u{d}\\u{a}::error::", "line": "1", "title": "t"}, "m"},
		},
		{
			"what does not print",
			Annotation{Error, "\u202ef", 1, 0, "\x1b[1m", "\x00\xff\u2066\t"},
			taken{"error", map[string]string{"file": "\\u{202e}f", "line": "1", "title": "\\u{1b}[1m"}, "\\u{0}\\xff\\u{2066}\\u{9}"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			shown, err := (&Runner{System: GitHub}).Log(&out).Annotate(test.a)
			if !shown || err != nil {
				t.Fatal(shown, err)
			}
			commands, text := readLog(out.String())
			if diff := cmp.Diff([]taken{test.want}, commands); diff != "" || len(text) > 0 {
				t.Errorf("text %q; (-want +got):\n%s", text, diff)
			}
		})
	}
}

// TestAnnotateLimits: ten of each level, and none that the forge would cut.
func TestAnnotateLimits(t *testing.T) {
	var out strings.Builder
	log := (&Runner{System: GitHub}).Log(&out)
	for i := range 25 {
		for _, level := range []Level{Error, Warning} {
			shown, err := log.Annotate(Annotation{Level: level, Message: strings.Repeat("ä", 3000)})
			if err != nil || shown != (i < MaxAnnotations) {
				t.Fatal(i, level, shown, err)
			}
		}
	}
	commands, _ := readLog(out.String())
	if len(commands) != 2*MaxAnnotations {
		t.Errorf("%d commands", len(commands))
	}
	for _, c := range commands {
		if len(c.Data) > 4096 || !utf8.ValidString(c.Data) || !strings.HasSuffix(c.Data, "ä ...") {
			t.Errorf("%d octets, ending %q", len(c.Data), c.Data[len(c.Data)-10:])
		}
	}
}

func TestMaskAndGroup(t *testing.T) {
	var out strings.Builder
	log := (&Runner{System: GitHub}).Log(&out)
	secret := providers.NewSecret("s", func() (string, error) { return "100%\r\nhush", nil })
	if err := log.Mask(secret); err != nil {
		t.Fatal(err)
	}
	if err := log.Mask(providers.Secret{}); err == nil {
		t.Error("a secret that nothing gives is masked")
	}
	end, err := log.Group("one\r::error::pwned")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(log, "text ::endgroup::")
	if err := errors.Join(err, end()); err != nil {
		t.Fatal(err)
	}
	commands, text := readLog(out.String())
	none := map[string]string{}
	want := []taken{{"add-mask", none, "100%\r\nhush"}, {"group", none, "one\\u{d}::error::pwned"}, {"endgroup", none, ""}}
	if diff := cmp.Diff(want, commands); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"text ::endgroup::"}, text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// FuzzLog writes text and annotations that are made of it: the runner takes the annotations, as they were given, and nothing else.
func FuzzLog(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var out strings.Builder
		log := (&Runner{System: GitHub}).Log(&out)
		_, err := io.WriteString(log, a+b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Annotate(Annotation{Error, a, 7, 0, b, a + b}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(log, b+a); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		commands, _ := readLog(out.String())
		if len(commands) != 1 || commands[0].Name != "error" || commands[0].Data != cut(render.Lines(a+b), maxMessage) {
			t.Fatalf("%q", commands)
		}
		got := commands[0].Properties
		file := render.Shown(a)
		if strings.HasPrefix(file, "=") {
			file = "./" + file
		}
		if got["file"] != file || (file != "") != (got["line"] == "7") || got["title"] == "" || len(got) > 3 {
			t.Fatalf("%q", got)
		}
	})
}
