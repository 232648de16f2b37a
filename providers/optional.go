package providers

import "github.com/zoneward/zoneward/zonefile"

// As returns p, or the first provider below its decorators, that is a T: how an optional interface is found. An assertion finds fewer.
//
//	creator, ok := providers.As[providers.ZoneCreator](p)
//
// It does not look below [ReadOnly].
func As[T any](p ZoneReader) (T, bool) { return find[T, ZoneProvider](p) }

// AsResource is [As] for the optional interfaces of a ResourceProvider:
//
//	checker, ok := providers.AsResource[providers.ResourceChecker](p)
//
// It does not look below [ReadOnlyResources].
func AsResource[T any](p ResourceReader) (T, bool) { return find[T, ResourceProvider](p) }

// Unwrapper is a decorator that lets [As] look at the provider below it.
type Unwrapper interface {
	Unwrap() ZoneProvider
}

// ResourceUnwrapper is a decorator that lets [AsResource] look at the provider below it.
type ResourceUnwrapper interface {
	Unwrap() ResourceProvider
}

// find returns p, or the first of the providers below its decorators, which are each a P, that is a T.
func find[T, P any](p any) (T, bool) {
	var none T
	for {
		if t, ok := p.(T); ok {
			return t, true
		}
		above, ok := p.(interface{ Unwrap() P })
		if !ok {
			return none, false
		}
		below := any(above.Unwrap())
		if d, decorates := p.(optionalDecorator); decorates {
			if t, own := d.optional().(T); own {
				if _, ok := find[T, P](below); ok {
					return t, true
				}
				return none, false
			}
		}
		p = below
	}
}

// optionalDecorator is a decorator with something around the calls of optional interfaces too.
type optionalDecorator interface {
	// optional returns an object with all of those interfaces. As shows none of them that is not there below.
	optional() any
}

// Splitter is a provider that writes large batches in parts, and knows in how many.
type Splitter interface {
	// Parts returns in how many parts Apply would write the batch, 1 if it does at once. It asks nobody.
	Parts(origin zonefile.Name, batch Batch) (int, error)
}
