package git

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// native is a remote that this program itself speaks git to, with go-git's protocol.
type native struct {
	location  location
	web       *web // nil for ssh
	ssh       SSHOptions
	maxObject int64
}

// packSession is a talk with git-upload-pack.
type packSession interface {
	AdvertisedReferencesContext(ctx context.Context) (*packp.AdvRefs, error)
	UploadPack(ctx context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
	Close() error
}

func (n *native) contact(ctx context.Context) (contact, error) {
	c := &nativeContact{maxObject: n.maxObject}
	c.meter.allow(maxListBytes)
	if n.web == nil {
		s, err := dialSSH(ctx, n.location, n.ssh, &c.meter)
		if err != nil {
			return nil, err
		}
		c.session, c.explain = s, s.explain
		return c, nil
	}
	visit, err := n.web.visit(ctx, &c.meter)
	if err != nil {
		return nil, err
	}
	if c.session, err = visit.session(); err != nil {
		return nil, err
	}
	c.explain = visit.explain
	return c, nil
}

func (n *native) close() {
	if n.web != nil {
		n.web.close()
	}
}

// nativeContact is a talk that has to be over before the next one begins.
type nativeContact struct {
	session   packSession
	meter     meter
	explain   func(error) error // makes an error of go-git one of this package
	refs      *packp.AdvRefs
	maxObject int64
}

func (c *nativeContact) received() int64 { return c.meter.count }
func (c *nativeContact) close()          { _ = c.session.Close() }

func (c *nativeContact) list(ctx context.Context, branch plumbing.ReferenceName) (tip, error) {
	refs, err := c.session.AdvertisedReferencesContext(ctx)
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return tip{}, ErrNoBranch
	}
	if err != nil {
		return tip{}, c.meter.why(ctx, c.explain(err))
	}
	all, err := refs.AllReferences()
	if err != nil {
		return tip{}, fmt.Errorf("references of the server: %s", oneLine(err.Error()))
	}
	c.refs = refs
	return tipOf(all, branch)
}

func (c *nativeContact) fetch(ctx context.Context, dir string, at tip, most int64) error {
	st, err := openStorage(dir)
	if err != nil {
		return err
	}
	c.meter.allow(most)
	if err := c.fetchPack(ctx, st, dir, at); err != nil {
		return c.meter.why(ctx, err)
	}
	return checkCommit(dir, at.commit)
}

func (c *nativeContact) fetchPack(ctx context.Context, st *filesystem.Storage, dir string, at tip) error {
	req := packp.NewUploadPackRequestFromCapabilities(c.refs.Capabilities)
	if c.refs.Capabilities.Supports(capability.NoProgress) {
		if err := req.Capabilities.Set(capability.NoProgress); err != nil {
			return err
		}
	}
	req.Wants = []plumbing.Hash{at.commit}
	req.Haves = haves(st)
	res, err := c.session.UploadPack(ctx, req)
	if err != nil {
		return c.explain(err)
	}
	defer func() { _ = res.Close() }()
	var pack io.Reader = res
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		pack = sideband.NewDemuxer(sideband.Sideband64k, res)
	case req.Capabilities.Supports(capability.Sideband):
		pack = sideband.NewDemuxer(sideband.Sideband, res)
	}
	return receivePack(ctx, pack, dir, c.maxObject)
}

// maxHaves is how many commits the server is told of. A server that finds none of them among its own sends everything.
const maxHaves = 256

// haves are commits that are there already: those that were fetched beside the branch, and the newest of the branch. A
// clone that is damaged has less.
func haves(st *filesystem.Storage) []plumbing.Hash {
	var known []plumbing.Hash
	for _, kept := range fetchedIn(st) {
		known = append(known, kept.Hash())
	}
	ref, err := st.Reference(tipRef)
	if err != nil {
		return known
	}
	commit, err := object.GetCommit(st, ref.Hash())
	if err != nil {
		return known
	}
	most := len(known) + maxHaves
	_ = object.NewCommitPreorderIter(commit, nil, nil).ForEach(func(c *object.Commit) error {
		if known = append(known, c.Hash); len(known) == most {
			return storer.ErrStop
		}
		return nil
	})
	return known
}

// setRef has the repository at dir keep a commit under a name.
func setRef(dir string, name plumbing.ReferenceName, commit plumbing.Hash) error {
	st, err := openStorage(dir)
	if err != nil {
		return err
	}
	return st.SetReference(plumbing.NewHashReference(name, commit))
}
