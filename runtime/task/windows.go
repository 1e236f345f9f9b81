package task

import (
	"math"
	"time"
)

// Windows are the windows of a task's keys that overlap. What a key's tuples add up to is kept in slices of time, rows of the task's table: a tuple
// changes one slice, however many windows hold it, and a window's are added up when it ends. Who those are, and when the next window of a key ends, is known here; it follows from the slices
// that there are and from how far time has come, so it is no state of its own.
type Windows struct {
	size, every, slice int64
	growing            bool
	keys               map[string]int32 // by the key's bytes: its place in list
	list               []sliced
	free               []int32
	ends               Deadlines // of keys: when its next window ends
	// Of the window that Next has found: when it begins and ends, its slices in their order, and the rows that no later one holds.
	From, To int64
	Slices   []Slice
	Over     []int32
}

// Slice is a row that holds a slice of a key's time.
type Slice struct {
	Start int64 // nanoseconds since 1970
	Row   int32
}

// sliced is what is known of a key.
type sliced struct {
	key    string
	next   int64 // when a window ends next; what stands in the deadlines for another time is not true any more
	slices []Slice
}

// Span returns windows that are so long. Those that grow follow one another, and are told every so often until they end; the others begin every so often.
func Span(size, every time.Duration, growing bool) Windows {
	return Windows{size: int64(size), every: int64(every), slice: int64(Sliced(size, every)), growing: growing, keys: map[string]int32{}}
}

// Sliced is how long the slices of windows are that are so long and end so often: the longest ones that each window is made of whole.
func Sliced(size, every time.Duration) time.Duration {
	for every != 0 {
		size, every = every, size%every
	}
	return size
}

// floor is the last multiple of n that is not after at.
func floor(at, n int64) int64 {
	in := at % n
	if in < 0 {
		in += n
	}
	return less(at, in)
}

// less and more subtract and add what is not negative; they end where numbers do.
func less(at, n int64) int64 {
	if at < math.MinInt64+n {
		return math.MinInt64
	}
	return at - n
}

func more(at, n int64) int64 {
	if at > math.MaxInt64-n {
		return math.MaxInt64
	}
	return at + n
}

// last is when the last window ends that holds a slice.
func (w *Windows) last(slice int64) int64 {
	if w.growing {
		return more(floor(slice, w.size), w.size)
	}
	return more(floor(slice, w.every), w.size)
}

// first is when the first window ends that holds a slice and is not over at a mark.
func (w *Windows) first(slice, mark int64) int64 {
	over := max(more(slice, w.slice)-1, mark) // a window that ends here is over, or does not hold it all
	if w.growing {
		begin := floor(slice, w.size)
		return min(more(more(begin, floor(less(over, max(begin, 0))-min(begin, 0), w.every)), w.every), w.last(slice))
	}
	return min(more(more(floor(less(over, w.size), w.every), w.every), w.size), w.last(slice))
}

// begins is when the window begins that ends at a time.
func (w *Windows) begins(end int64) int64 {
	if w.growing {
		return floor(end-1, w.size)
	}
	return less(end, w.size)
}

// Begin says that a row holds a new slice of the key that has these bytes. mark is how far time has come.
func (w *Windows) Begin(key []byte, start int64, row int32, mark int64) {
	n, ok := w.keys[string(key)]
	if !ok {
		if last := len(w.free) - 1; last >= 0 {
			n, w.free = w.free[last], w.free[:last]
		} else {
			n = int32(len(w.list))
			w.list = append(w.list, sliced{})
		}
		k := &w.list[n]
		k.key, k.next = string(key), math.MaxInt64
		w.keys[k.key] = n
	}
	k := &w.list[n]
	k.slices = append(k.slices, Slice{start, row})
	for i := len(k.slices) - 1; i > 0 && k.slices[i-1].Start > start; i-- {
		k.slices[i-1], k.slices[i] = k.slices[i], k.slices[i-1]
	}
	if next := w.first(start, mark); next < k.next || !ok {
		k.next = next
		w.ends.Add(time.Duration(next), n)
	}
}

// Next finds the next window of some key that is over at a mark, if there is one. Its rows are there until the caller deletes those in Over.
func (w *Windows) Next(mark int64) bool {
	for len(w.ends.heap) > 0 && int64(w.ends.heap[0].at) <= mark {
		at := int64(w.ends.heap[0].at)
		n, _ := w.ends.Next(time.Duration(at))
		k := &w.list[n]
		if k.next != at || len(k.slices) == 0 {
			continue
		}
		w.To, w.From = at, w.begins(at)
		w.Slices, w.Over = w.Slices[:0], w.Over[:0]
		for _, s := range k.slices {
			if s.Start >= w.To && w.To != math.MaxInt64 {
				break
			}
			if s.Start >= w.From {
				w.Slices = append(w.Slices, s)
			}
			if w.last(s.Start) <= at {
				w.Over = append(w.Over, s.Row)
			}
		}
		k.slices = k.slices[:copy(k.slices, k.slices[len(w.Over):])]
		if len(k.slices) == 0 {
			delete(w.keys, k.key)
			k.key = ""
			w.free = append(w.free, n)
		} else {
			k.next = w.first(k.slices[0].Start, at)
			w.ends.Add(time.Duration(k.next), n)
		}
		return true
	}
	return false
}
