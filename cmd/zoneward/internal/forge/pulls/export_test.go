package pulls

// For tests of the package's own.
var (
	PublishWith = publish
	Describe    = description
	OneLine     = oneLine
	Page        = page
)

// What lists and answers are bounded to.
const (
	MaxAnswer = maxAnswer
	MaxPages  = maxPages
)
