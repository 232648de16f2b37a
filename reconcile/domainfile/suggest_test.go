package domainfile

import (
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	all := "there are " + strings.Join(delegationKeys, ", ")
	for text, want := range map[string]string{
		"name-servers":                          "did you mean name_servers?",
		"nameserver":                            "did you mean name_servers?",
		"NAME_SERVERS":                          "did you mean name_servers?",
		"transferLock":                          "did you mean transfer_lock?",
		"dse":                                   "did you mean ds?",
		"sd":                                    "did you mean ds?", // two that are swapped count as one change
		"keydata":                               "did you mean key_data?",
		"ns":                                    "did you mean ds?",
		"contact":                               "did you mean contacts?",
		"registrar":                             all,
		"":                                      all,
		"\xff\xfe\xfd\xfc":                      all,
		strings.Repeat("name_servers", 100_000): all,
	} {
		if got := suggest(text, delegationKeys); got != want {
			t.Errorf("%.40q: got %s, want %s", text, got, want)
		}
	}
	if got, want := suggest("ab", []string{"abcd", "ac", "xb", "abc"}), "did you mean ac or xb or abc?"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
