// Package inorder does many things at once and hands out what comes of them in order.
package inorder

import "sync"

// Each calls ask for 0 to n-1, of which at most so many as together run, or wait to be taken, at once, and gives what it returns to take, in order and one after the other.
// It returns when all is taken.
func Each[A any](n, together int, ask func(i int) A, take func(i int, a A)) {
	answers := make(chan chan A, together-1)
	var asking sync.WaitGroup
	asking.Go(func() {
		defer close(answers)
		for i := range n {
			answer := make(chan A, 1)
			answers <- answer
			asking.Go(func() { answer <- ask(i) })
		}
	})
	i := 0
	for answer := range answers {
		take(i, <-answer)
		i++
	}
	asking.Wait()
}
