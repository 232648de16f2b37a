package reconcile

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// queue has what is to be worked on, each once: the most urgent first, and of those the one that came first. Each lane is a queue of its own, so that one
// that goes on slowly keeps none but itself waiting.
type queue struct {
	lanes map[string]*lane
	in    map[Ref]*queued
	seq   int
}

// lane is the queue of what is written to the same targets.
type lane struct {
	waiting lineup
	running int
	// spare are those that run and are not urgent.
	spare int
}

// Of each lane so many are worked on at once. What is not urgent leaves some room, so that a push finds it.
const (
	laneWidth = parallelPlans
	laneSpare = laneWidth * 3 / 4
)

// queued is something that waits.
type queued struct {
	key     Ref
	lane    string
	trigger Trigger
	since   time.Time
	seq     int
	at      int    // in the lineup
	turn    uint64 // that of the loop when it was begun, see Loop.await
	// asked is who waits for what becomes of it.
	asked []*petition
}

func newQueue() *queue { return &queue{lanes: map[string]*lane{}, in: map[Ref]*queued{}} }

// urgency is the place of a trigger among all.
func (t Trigger) urgency() int { return slices.Index(Triggers[:], t) }

// urgent reports whether a trigger may take the room that is left for it.
func (t Trigger) urgent() bool { return t == TriggerRequest || t == TriggerSource }

// add adds what is to be worked on. What waits already becomes as urgent as it is now.
func (q *queue) add(key Ref, laneName string, trigger Trigger, now time.Time, asked ...*petition) {
	if one, ok := q.in[key]; ok {
		one.asked = append(one.asked, asked...)
		if trigger.urgency() < one.trigger.urgency() {
			one.trigger = trigger
			heap.Fix(&q.lanes[one.lane].waiting, one.at)
		}
		return
	}
	q.seq++
	one := &queued{key: key, lane: laneName, trigger: trigger, since: now, seq: q.seq, asked: asked}
	q.in[key] = one
	heap.Push(&q.lane(laneName).waiting, one)
}

func (q *queue) lane(name string) *lane {
	l, ok := q.lanes[name]
	if !ok {
		l = &lane{}
		q.lanes[name] = l
	}
	return l
}

// next takes what is to be begun now, nil if there is nothing, or no room for it. may says which triggers count. done is to be called afterwards.
func (q *queue) next(may func(Trigger) bool) *queued {
	var first *queued
	for _, l := range q.lanes {
		if len(l.waiting) == 0 || l.running >= laneWidth {
			continue
		}
		one := l.waiting[0]
		if !may(one.trigger) || !one.trigger.urgent() && l.spare >= laneSpare {
			continue
		}
		if first == nil || one.before(first) {
			first = one
		}
	}
	if first == nil {
		return nil
	}
	l := q.lanes[first.lane]
	heap.Remove(&l.waiting, first.at)
	delete(q.in, first.key)
	l.running++
	if !first.trigger.urgent() {
		l.spare++
	}
	return first
}

// done makes the room free that something took.
func (q *queue) done(one *queued) {
	l := q.lanes[one.lane]
	l.running--
	if !one.trigger.urgent() {
		l.spare--
	}
	if l.running == 0 && len(l.waiting) == 0 {
		delete(q.lanes, one.lane)
	}
}

// drain takes out all that waits.
func (q *queue) drain() []*queued {
	all := make([]*queued, 0, len(q.in))
	for _, one := range q.in {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *queued) int { return cmp.Compare(a.seq, b.seq) })
	for _, one := range all {
		heap.Remove(&q.lanes[one.lane].waiting, one.at)
		delete(q.in, one.key)
	}
	return all
}

// before reports whether one goes before another.
func (one *queued) before(other *queued) bool {
	return cmp.Or(cmp.Compare(one.trigger.urgency(), other.trigger.urgency()), cmp.Compare(one.seq, other.seq)) < 0
}

// lineup is a heap.
type lineup []*queued

func (l lineup) Len() int           { return len(l) }
func (l lineup) Less(i, j int) bool { return l[i].before(l[j]) }
func (l lineup) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].at, l[j].at = i, j
}

// Push is heap.Interface's.
func (l *lineup) Push(one any) {
	*l = append(*l, one.(*queued))
	(*l)[len(*l)-1].at = len(*l) - 1
}

// Pop is heap.Interface's.
func (l *lineup) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
