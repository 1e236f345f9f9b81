package task

import (
	"math"
	"slices"
	"time"
)

// Sessions are the sessions of a task's keys: tuples of a key whose times lie closer together than the gap. Each is a row of the task's table, known by the time of the tuple that it began
// with; what comes late may lengthen one at either end, and join two. As of Windows, nothing here is state of its own: it follows from the rows.
type Sessions struct {
	gap  int64
	keys map[string]int32
	list []visits
	free []int32
	ends Deadlines // of keys: when the session ends next, or one that has grown since
	// The session that Find has found, and its key.
	found, at int32
	// Of the session that Next has found: its first time and its end, and its row.
	From, To int64
	Slices   []Slice
	Over     []int32
	// Of two that Meet has found: the row that stays, and the one that is added to it.
	Into, Gone int32
}

// visits are the sessions of a key, by their times.
type visits struct {
	key  string
	next int64
	list []session
}

type session struct {
	from, to int64 // of its first and last tuple
	id       int64 // part of its row's key
	row      int32
	some     bool // it has a tuple: those of a row that is new may all have failed
}

// Gap returns sessions that end when their key was silent for so long.
func Gap(d time.Duration) Sessions {
	return Sessions{gap: int64(d), keys: map[string]int32{}, Slices: make([]Slice, 1), Over: make([]int32, 0, 1)}
}

// end is when a session is over.
func (w *Sessions) end(s *session) int64 { return more(s.to, w.gap) }

// Find returns by which time the session of a tuple is known, an old one's or a new one's; late says that it would be over already.
func (w *Sessions) Find(key []byte, at, mark int64) (id int64, late bool) {
	w.found, w.at = -1, -1
	n, ok := w.keys[string(key)]
	if ok {
		w.at = n
		list := w.list[n].list
		for i := len(list) - 1; i >= 0; i-- {
			s := &list[i]
			if s.some && at < w.end(s) && s.from < more(at, w.gap) {
				w.found = int32(i)
				return s.id, false
			}
		}
	}
	if more(at, w.gap) <= mark {
		return at, true
	}
	if ok {
		for i, s := range w.list[n].list {
			if s.id == at {
				w.found = int32(i)
			}
		}
	}
	return at, false
}

// Begin says that a row holds a new session, that of the tuple that Find was asked of.
func (w *Sessions) Begin(key []byte, at int64, row int32) {
	w.add(key, session{at, at, at, row, false})
}

// Restore says that a row holds a session from one time to another; some is false where it has no tuple.
func (w *Sessions) Restore(key []byte, id int64, row int32, from, to int64, some bool) {
	if !some {
		from, to = id, id
	}
	w.add(key, session{from, to, id, row, some})
}

func (w *Sessions) add(key []byte, s session) {
	n, ok := w.keys[string(key)]
	if !ok {
		if last := len(w.free) - 1; last >= 0 {
			n, w.free = w.free[last], w.free[:last]
		} else {
			n = int32(len(w.list))
			w.list = append(w.list, visits{})
		}
		w.list[n].key, w.list[n].next = string(key), math.MaxInt64
		w.keys[w.list[n].key] = n
	}
	k := &w.list[n]
	i := len(k.list)
	for i > 0 && k.list[i-1].from > s.from {
		i--
	}
	k.list = slices.Insert(k.list, i, s)
	w.at, w.found = n, int32(i)
	if next := w.end(&s); next < k.next || !ok {
		k.next = next
		w.ends.Add(time.Duration(next), n)
	}
}

// Took says that the session that was found, or is new, has taken a tuple.
func (w *Sessions) Took(at int64) {
	s := &w.list[w.at].list[w.found]
	if !s.some {
		s.some, s.from, s.to = true, at, at
		return
	}
	s.from, s.to = min(s.from, at), max(s.to, at)
}

// Meet reports whether the session that has taken a tuple has come close to another one, which is a part of it from then on.
func (w *Sessions) Meet() bool {
	k := &w.list[w.at]
	s := &k.list[w.found]
	for i := range k.list {
		o := &k.list[i]
		if o == s || !o.some || o.from >= w.end(s) || s.from >= w.end(o) {
			continue
		}
		w.Into, w.Gone = s.row, o.row
		s.from, s.to = min(s.from, o.from), max(s.to, o.to)
		k.list = slices.Delete(k.list, i, i+1)
		if int32(i) < w.found {
			w.found--
		}
		return true
	}
	return false
}

// Next finds the next session of some key that is over at a mark, if there is one.
func (w *Sessions) Next(mark int64) bool {
	for len(w.ends.heap) > 0 && int64(w.ends.heap[0].at) <= mark {
		at := int64(w.ends.heap[0].at)
		n, _ := w.ends.Next(time.Duration(at))
		k := &w.list[n]
		if k.next != at || len(k.list) == 0 {
			continue
		}
		over, next := -1, int64(math.MaxInt64)
		for i := range k.list {
			switch end := w.end(&k.list[i]); {
			case end <= mark && over < 0:
				over = i
			default:
				next = min(next, end)
			}
		}
		if over >= 0 {
			s := k.list[over]
			w.From, w.To, w.Slices[0], w.Over = s.from, w.end(&s), Slice{s.id, s.row}, append(w.Over[:0], s.row)
			k.list = slices.Delete(k.list, over, over+1)
		}
		if len(k.list) == 0 {
			delete(w.keys, k.key)
			k.key = ""
			w.free = append(w.free, n)
		} else {
			k.next = next
			w.ends.Add(time.Duration(next), n)
		}
		if over >= 0 {
			return true
		}
	}
	return false
}
