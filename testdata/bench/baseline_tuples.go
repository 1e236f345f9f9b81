package main

import "fmt"

// countTuples sends n numbers through the program of this name, and returns how many arrived.
func countTuples(name string, n int64) (int64, error) {
	switch name {
	case "null-call":
		for i := range n {
			take(i)
		}
		return taken, nil
	case "null-256":
		return drain(numbersIn(n, 256)), nil
	case "null-1024":
		return drain(numbersIn(n, 1024)), nil
	case "frames":
		return countFrames(n)
	case "id-256":
		return drain(copied(numbersIn(n, 256), 256)), nil
	case "id-1024":
		return drain(copied(numbersIn(n, 1024), 1024)), nil
	}
	return 0, fmt.Errorf("no baseline is called %q", name)
}

var taken int64

// take is a step that counts: a call a tuple, as a framework without batches would make it at best.
//
//go:noinline
func take(n int64) {
	if n >= 0 {
		taken++
	}
}

// stream is batches on their way, and back for the next use.
type stream struct{ full, free chan []int64 }

func newStream(size int) stream {
	s := stream{full: make(chan []int64, 8), free: make(chan []int64, 16)}
	for range cap(s.free) {
		s.free <- make([]int64, 0, size)
	}
	return s
}

// numbersIn sends the numbers below n in batches of this size.
func numbersIn(n int64, size int) stream {
	s := newStream(size)
	go func() {
		defer close(s.full)
		batch := <-s.free
		for i := range n {
			batch = append(batch, i)
			if len(batch) == cap(batch) {
				s.full <- batch
				batch = (<-s.free)[:0]
			}
		}
		s.full <- batch
	}()
	return s
}

// copied is a step that sends on what comes in.
func copied(in stream, size int) stream {
	out := newStream(size)
	go func() {
		defer close(out.full)
		batch := <-out.free
		for received := range in.full {
			for _, n := range received {
				batch = append(batch, n)
				if len(batch) == cap(batch) {
					out.full <- batch
					batch = (<-out.free)[:0]
				}
			}
			in.free <- received
		}
		out.full <- batch
	}()
	return out
}

// drain counts what arrives.
func drain(in stream) (n int64) {
	for batch := range in.full {
		for _, v := range batch {
			if v >= 0 {
				n++
			}
		}
		in.free <- batch
	}
	return n
}
