package providertest_test

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenSigning say something wrong of how zones are signed.
var brokenSigning = withEverything(map[string]breakage{
	"never says that it signs": {fails: "Signing/ED25519", says: "and the property dnssec is", breaks: signingAs(func(*providers.Signing) {}, func(s *providers.Signing) {
		*s = providers.Signing{}
	})},
	"signs with no algorithm": {fails: "Signing/ED25519", says: "the algorithm 0", breaks: signingAs(func(*providers.Signing) {}, func(s *providers.Signing) {
		s.Algorithm, s.DS = 0, zonefile.RRset{}
	})},
	"has a DS for another zone": {fails: "Signing/ED25519", says: "the DS is at", breaks: signingAs(func(*providers.Signing) {}, func(s *providers.Signing) {
		s.DS = madeUpDS("sub.example.com.", 15)
	})},
	"has a DS for another algorithm": {fails: "Signing/ED25519", says: "a DS has the algorithm 8", breaks: signingAs(func(*providers.Signing) {}, func(s *providers.Signing) {
		s.DS = madeUpDS("example.com.", 8)
	})},
	"has a DS for what is not signed": {fails: "Signing/as it is", says: "and the DS", breaks: signingAs(func(s *providers.Signing) {
		s.DS = madeUpDS("example.com.", 8)
	}, func(*providers.Signing) {})},
	"signs zones that are not there": {fails: "Signing/no such zone", breaks: func(b *broken) {
		b.signing = func(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
			signing, err := sound[providers.Signer](b).Signing(ctx, origin)
			return signing, without(providers.ErrNoZone, err)
		}
	}},
	"asks on for signing when it is cancelled": {fails: "Signing/cancelled", breaks: func(b *broken) {
		b.signing = func(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
			return sound[providers.Signer](b).Signing(context.WithoutCancel(ctx), origin)
		}
	}},
})

// signingAs has Signing return what edits make of it.
func signingAs(unsigned, signed func(*providers.Signing)) func(*broken) {
	return func(b *broken) {
		b.signing = func(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
			signing, err := sound[providers.Signer](b).Signing(ctx, origin)
			switch {
			case err != nil:
			case signing.Signed:
				signed(&signing)
			default:
				unsigned(&signing)
			}
			return signing, err
		}
	}
}

// madeUpDS returns a DS for a key that nobody has.
func madeUpDS(name string, algorithm int) zonefile.RRset {
	return zonefile.MustParseRRset(name+" 300 DS", fmt.Sprintf("1 %d 2 %064d", algorithm, 0))
}
