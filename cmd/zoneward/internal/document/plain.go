package document

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
)

// A word of a document is what is compared and shown as it is: the name of a target, a guard, a state. One that does not print is a lie.

// checkWords returns an error if a word has characters that do not print.
func checkWords(what string, words ...string) error {
	for _, word := range words {
		if strings.ContainsFunc(word, func(r rune) bool { return !strconv.IsPrint(r) }) {
			return fmt.Errorf("%s: %q has characters that do not print", what, word)
		}
	}
	return nil
}

// CheckPlan checks the words of a plan that somebody else has written.
func CheckPlan(plan *reconcile.Plan) error {
	for _, z := range plan.Zones {
		if err := checkWords("the name of a target", z.Target); err != nil {
			return err
		}
		if err := checkGuards(z.Holds); err != nil {
			return err
		}
		for _, view := range z.Resources {
			if err := checkWords("a resource", string(view.Kind), string(view.Status.Phase)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkGuards(holds []reconcile.Hold) error {
	for _, hold := range holds {
		if err := checkWords("a guard", string(hold.Guard)); err != nil {
			return err
		}
	}
	return nil
}
