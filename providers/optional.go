package providers

import "github.com/zoneward/zoneward/zonefile"

// As returns p, or the first provider below its decorators, that is a T: how an optional interface is found. An assertion finds fewer.
//
//	creator, ok := providers.As[providers.ZoneCreator](p)
//
// It does not look below [ReadOnly].
func As[T any](p ZoneReader) (T, bool) {
	for {
		if t, ok := p.(T); ok {
			return t, true
		}
		if d, decorates := p.(*decorated); decorates {
			if t, ok, own := optionalOf[T](d); own {
				return t, ok
			}
		}
		w, ok := p.(Unwrapper)
		if !ok {
			var none T
			return none, false
		}
		p = w.Unwrap()
	}
}

// Unwrapper is a decorator that lets [As] look at the provider below it.
type Unwrapper interface {
	Unwrap() ZoneProvider
}

// Splitter is a provider that writes large batches in parts, and knows in how many.
type Splitter interface {
	// Parts returns in how many parts Apply would write the batch, 1 if it does at once. It asks nobody.
	Parts(origin zonefile.Name, batch Batch) (int, error)
}
