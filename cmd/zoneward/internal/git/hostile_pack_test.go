package git

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// packOf is a pack of objects as they stand in one, without anything checked.
func packOf(count int, objects ...[]byte) []byte {
	pack := []byte("PACK\x00\x00\x00\x02")
	pack = binary.BigEndian.AppendUint32(pack, uint32(count))
	for _, o := range objects {
		pack = append(pack, o...)
	}
	sum := sha1.Sum(pack)
	return append(pack, sum[:]...)
}

// packed is an object of a pack that says it has so many bytes.
func packed(kind plumbing.ObjectType, size uint64, before []byte, content io.Reader) []byte {
	b := byte(kind)<<4 | byte(size&15)
	var out bytes.Buffer
	for size >>= 4; size > 0; size >>= 7 {
		out.WriteByte(b | 0x80)
		b = byte(size & 127)
	}
	out.WriteByte(b)
	out.Write(before)
	z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err == nil {
		_, err = io.Copy(z, content)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// bombs are packs that are small, and would be large if they were believed.
func bombs() map[string][]byte {
	blob := []byte("a blob of some bytes, to make more of")
	id := plumbing.ComputeHash(plumbing.BlobObject, blob)
	// A delta that copies its base until 4 GiB are there.
	delta := binary.AppendUvarint(nil, uint64(len(blob)))
	delta = binary.AppendUvarint(delta, 4<<30)
	for range 1000 {
		delta = append(delta, 0x90, byte(len(blob)))
	}
	return map[string][]byte{
		"a blob of zeros":      packOf(1, packed(plumbing.BlobObject, 300<<20, nil, io.LimitReader(zeros{}, 300<<20))),
		"a blob that says so":  packOf(1, packed(plumbing.BlobObject, 1<<50, nil, strings.NewReader("x"))),
		"a delta":              packOf(2, packed(plumbing.BlobObject, uint64(len(blob)), nil, bytes.NewReader(blob)), packed(plumbing.REFDeltaObject, uint64(len(delta)), id[:], bytes.NewReader(delta))),
		"a delta that says so": packOf(1, packed(plumbing.REFDeltaObject, 1<<50, id[:], bytes.NewReader(delta))),
		"very many objects":    packOf(1<<32-1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x"))),
	}
}

func TestPackBombs(t *testing.T) {
	for name, pack := range bombs() {
		t.Run(name, func(t *testing.T) {
			dir := newUpstream(t).dir
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := receivePack(t.Context(), bytes.NewReader(pack), dir, minMaxObjectBytes)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("receivePack: %v, want %v", err, ErrTooLarge)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 20<<20 {
				t.Errorf("%d bytes of memory were taken", took)
			}
		})
	}
}

func TestPacksThatAreRefused(t *testing.T) {
	good := packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x")))
	id := plumbing.ComputeHash(plumbing.BlobObject, []byte("none"))
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	tests := map[string][]byte{
		"nothing":                nil,
		"a page":                 []byte("<html>"),
		"another version":        append([]byte("PACK\x00\x00\x00\x09"), good[8:]...),
		"cut off":                good[:len(good)-1],
		"another checksum":       changed,
		"more objects said":      packOf(2, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x"))),
		"another size said":      packOf(1, packed(plumbing.BlobObject, 2, nil, strings.NewReader("x"))),
		"more than is said":      packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("xyz"))),
		"a delta of nothing":     packOf(1, packed(plumbing.REFDeltaObject, 4, id[:], strings.NewReader("\x04\x01\x90\x01"))),
		"a delta without a size": packOf(1, packed(plumbing.REFDeltaObject, 1, id[:], strings.NewReader("\x80"))),
		"a delta of before":      packOf(1, packed(plumbing.OFSDeltaObject, 4, []byte{0x7f}, strings.NewReader("\x04\x01\x90\x01"))),
		"no kind":                packOf(1, packed(5, 1, nil, strings.NewReader("x"))),
	}
	for name, pack := range tests {
		t.Run(name, func(t *testing.T) {
			dir := newUpstream(t).dir
			if err := receivePack(t.Context(), bytes.NewReader(pack), dir, 1000); err == nil {
				t.Error("the pack is taken")
			}
			if n := packs(dir); n != 0 {
				t.Errorf("%d packs are there", n)
			}
		})
	}
	if err := receivePack(t.Context(), bytes.NewReader(good), newUpstream(t).dir, 1000); err != nil {
		t.Errorf("the pack that they are made from: %v", err)
	}
}

// FuzzReceivePack looks for a pack that panics.
func FuzzReceivePack(f *testing.F) {
	blob := []byte("a blob")
	f.Add(packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x"))))
	id := plumbing.ComputeHash(plumbing.BlobObject, blob)
	f.Add(packOf(2, packed(plumbing.BlobObject, 6, nil, bytes.NewReader(blob)), packed(plumbing.REFDeltaObject, 4, id[:], strings.NewReader("\x06\x01\x90\x01"))))
	f.Add(packOf(2, packed(plumbing.BlobObject, 6, nil, bytes.NewReader(blob)), packed(plumbing.OFSDeltaObject, 4, []byte{15}, strings.NewReader("\x06\x01\x90\x01"))))
	dir := newUpstream(f).dir
	f.Fuzz(func(_ *testing.T, pack []byte) {
		_ = receivePack(context.Background(), bytes.NewReader(pack), dir, 1<<20)
	})
}

func TestReceivePackEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pack := packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x")))
	if err := receivePack(ctx, bytes.NewReader(pack), newUpstream(t).dir, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("receivePack: %v, want %v", err, context.Canceled)
	}
}

// liar serves one branch and one pack, whatever is asked.
func liar(commit plumbing.Hash, pack []byte) http.Handler {
	return liarOf("refs/heads/main", commit, pack)
}

// liarOf is liar for another reference.
func liarOf(name string, commit plumbing.Hash, pack []byte) http.Handler {
	line := func(w io.Writer, text string) { say(w, fmt.Sprintf("%04x%s", len(text)+4, text)) }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			line(w, "# service=git-upload-pack\n")
			say(w, "0000")
			line(w, commit.String()+" HEAD\x00ofs-delta symref=HEAD:"+name+" agent=x\n")
			line(w, commit.String()+" "+name+"\n")
			say(w, "0000")
			return
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		say(w, "0008NAK\n")
		w.Write(pack)
	})
}

// A server that sends something else than what it said leaves nothing behind.
func TestLyingServer(t *testing.T) {
	u := newUpstream(t)
	commit := u.push("main", files(1))
	packs := bombs()
	packs["another object"] = packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x")))
	packs["no objects"] = packOf(0)
	packs["nothing"] = nil
	packs["a page"] = []byte("<html>" + strings.Repeat("hunter2 ", 1000))
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		for name, pack := range packs {
			t.Run(name, func(t *testing.T) {
				s := httptest.NewServer(liar(commit, pack))
				defer s.Close()
				home := t.TempDir()
				r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home, Implementation: i})
				tree, err := r.Tree(t.Context())
				if err == nil {
					t.Fatalf("Tree: %s", tree.Revision)
				}
				if len(err.Error()) > 600 || strings.Contains(err.Error(), "hunter2 hunter2") {
					t.Errorf("the error quotes the server: %v", err)
				}
				if size := dirSize(home); size > 0 {
					t.Errorf("%d bytes are left", size)
				}
			})
		}
	})
}
