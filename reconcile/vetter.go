package reconcile

import "context"

// Vetter says whether the commits that a state came about by are signed by somebody who is trusted.
// Its methods may be called concurrently.
type Vetter interface {
	// Vet returns what is wrong with the commits from since to revision that touch one of the paths, all of them if paths is empty; since itself
	// is not among them. An empty since is for the commit revision alone. Paths have slashes, and begin at the root of the source. The error is for
	// what kept it from judging: who gets one knows of no commit that it is trusted.
	Vet(ctx context.Context, since, revision string, paths []string) ([]Doubt, error)
}

// Doubt is a commit that cannot be trusted.
type Doubt struct {
	Commit, Author string // id in hex; "Name <address>"
	// Fingerprint is that of the key that signed it, empty if it is not signed: "SHA256:..." for SSH, the hex fingerprint (or key id) for OpenPGP.
	Fingerprint string
	// Reason is why, in a few words: "it is not signed", "its key is not among the trusted ones", "the signature does not go with the commit".
	Reason string
}
