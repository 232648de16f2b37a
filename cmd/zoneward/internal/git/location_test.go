package git

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLocation(t *testing.T) {
	tests := []struct {
		in   string
		want location
		err  string // part of the error
	}{
		{in: "/srv/zones.git", want: location{path: "/srv/zones.git"}},
		{in: "/srv/a:b/zones", want: location{path: "/srv/a:b/zones"}},
		{in: "file:///srv/zones%20x.git", want: location{path: "/srv/zones x.git"}},
		{in: "file://localhost/srv/zones.git", want: location{path: "/srv/zones.git"}},
		{in: "file://git.example.com/srv/zones.git", err: "a file URL with a host"},
		{in: "https://git.example.com/dns/zones.git", want: location{url: "https://git.example.com/dns/zones.git"}},
		{in: "HTTPS://git.example.com:8443/dns%2fzones", want: location{url: "https://git.example.com:8443/dns%2fzones"}},
		{in: "http://git.example.com/zones", want: location{url: "http://git.example.com/zones"}},
		{
			in:   "https://ann:hunter2%40@git.example.com/zones",
			want: location{url: "https://git.example.com/zones", user: "ann", password: "hunter2@"},
		},
		{in: "https://hunter2@git.example.com/zones", want: location{url: "https://git.example.com/zones", user: "hunter2"}},
		{in: "", err: "empty"},
		{in: "https:///zones", err: "no host"},
		{in: "https://git.example.com/zones?token=hunter2", err: "repository https://git.example.com/zones: a query or fragment"},
		{in: "https://ann:hunter2@git.example.com/zones#hunter2", err: "a query or fragment"},
		{in: "https://ann:hun%ter2@git.example.com/zones", err: "percent-encode"},
		{in: "https://ann:hunter2:hun/ter2@git.example.com/zones", err: "percent-encode"},
		{
			in:   "ssh://deploy@git.example.com:2222/srv/zones.git",
			want: location{url: "ssh://git.example.com:2222/srv/zones.git", user: "deploy", ssh: sshAddress{"git.example.com", 2222, "/srv/zones.git"}},
		},
		{
			in:   "git+ssh://git.example.com/zones.git",
			want: location{url: "ssh://git.example.com/zones.git", user: "git", ssh: sshAddress{"git.example.com", 22, "/zones.git"}},
		},
		{
			in:   "ssh://ann@[2001:db8::1]/~ann/zones%20x.git",
			want: location{url: "ssh://[2001:db8::1]/~ann/zones%20x.git", user: "ann", ssh: sshAddress{"2001:db8::1", 22, "~ann/zones x.git"}},
		},
		{
			in:   "git@git.example.com:dns/zones.git",
			want: location{url: "ssh://git.example.com/dns/zones.git", user: "git", ssh: sshAddress{"git.example.com", 22, "dns/zones.git"}},
		},
		{
			in:   "git.example.com:/srv/zones.git",
			want: location{url: "ssh://git.example.com//srv/zones.git", user: "git", ssh: sshAddress{"git.example.com", 22, "/srv/zones.git"}},
		},
		{
			in:   "ann@[2001:db8::1]:zones.git",
			want: location{url: "ssh://[2001:db8::1]/zones.git", user: "ann", ssh: sshAddress{"2001:db8::1", 22, "zones.git"}},
		},
		{in: "ssh://git:hunter2@git.example.com/zones.git", err: "repository ssh://git.example.com/zones.git: a password in an ssh URL"},
		{in: "git:hunter2@git.example.com:zones.git", err: "does not parse"},
		{in: "ssh://git.example.com:0/zones.git", err: "the port"},
		{in: "ssh://git.example.com", err: "the path is empty"},
		{in: "ssh://-oProxyCommand=touch/zones.git", err: "the host"},
		{in: "-oProxyCommand=touch:zones.git", err: "the host"},
		{in: "-l@git.example.com:zones.git", err: "the user"},
		{in: "git@git.example.com:--upload-pack=touch", err: "the path"},
		{in: "git@git.example.com:a\nb", err: "the path"},
		{in: "git://git.example.com/zones.git", err: "not one of https, ssh, http and file"},
		{in: "ftp://ann:hunter2@git.example.com/zones.git", err: "not one of https, ssh, http and file"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := parseLocation(tt.in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("parseLocation: %v, want an error with %q", err, tt.err)
				}
				if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
					t.Errorf("the error shows the password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want, cmp.AllowUnexported(location{}, sshAddress{})); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if strings.Contains(got.String(), "hunter2") {
				t.Errorf("String shows the password: %s", got)
			}
		})
	}
}

func TestParseLocationRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, in := range []string{"zones.git", "./zones.git", "../" + dir[strings.LastIndex(dir, "/")+1:] + "/zones.git"} {
		got, err := parseLocation(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := dir + "/zones.git"; got.path != want {
			t.Errorf("parseLocation(%q).path = %s, want %s", in, got.path, want)
		}
	}
}

func TestOpenRepositoryRefuses(t *testing.T) {
	token := func() (string, error) { return "hunter2", nil }
	tests := []struct {
		name string
		opts RepositoryOptions
		err  string // "" is none
	}{
		{name: "token over http", opts: RepositoryOptions{URL: "http://git.example.com/zones", Token: token}, err: "clear text"},
		{name: "password over http", opts: RepositoryOptions{URL: "http://ann:hunter2@192.0.2.1/zones"}, err: "clear text"},
		{name: "token over http to this machine", opts: RepositoryOptions{URL: "http://localhost:3000/zones", Token: token}},
		{name: "token over http to ::1", opts: RepositoryOptions{URL: "http://[::1]:3000/zones", Token: token}},
		{name: "token over https", opts: RepositoryOptions{URL: "https://git.example.com/zones", Token: token}},
		{name: "http without a password", opts: RepositoryOptions{URL: "http://git.example.com/zones"}},
		{name: "path upwards", opts: RepositoryOptions{URL: "/srv/zones", Path: "a/../../b"}, err: `path "a/../../b"`},
		{name: "absolute path", opts: RepositoryOptions{URL: "/srv/zones", Path: "/zones"}, err: `path "/zones"`},
		{name: "path that stays", opts: RepositoryOptions{URL: "/srv/zones", Path: "a/../b"}},
		{name: "branch with a space", opts: RepositoryOptions{URL: "/srv/zones", Branch: "a b"}, err: `branch "a b"`},
		{name: "branch that is a refspec", opts: RepositoryOptions{URL: "/srv/zones", Branch: "a:b"}, err: `branch "a:b"`},
		{name: "branch with a star", opts: RepositoryOptions{URL: "/srv/zones", Branch: "*"}, err: `branch "*"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := OpenRepository(tt.opts)
			if err == nil {
				defer r.Close()
			}
			if tt.err == "" && err != nil {
				t.Errorf("OpenRepository: %v", err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("OpenRepository: %v, want an error with %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}
