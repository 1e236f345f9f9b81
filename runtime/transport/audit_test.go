package transport

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

// fault wraps a connection's Publish with a transport of frames and credit that lies.
type fault func(publish func([]byte) error, subject string, data []byte) error

// How often silent lanes are looked at: a question may find a hole before the next frame does.
const (
	never = time.Hour
	often = 5 * time.Millisecond
)

// broken runs one lane over a faulty connection and returns what the audit says, "" if everything arrived.
func broken(t *testing.T, sizes []int, look time.Duration, f fault) (string, Stats) {
	t.Helper()
	tr := newTransport(t)
	tr.look = look
	whole := tr.publish
	var mu sync.Mutex
	tr.publish = func(c link, subject string, data []byte) error {
		mu.Lock()
		defer mu.Unlock()
		return f(func(b []byte) error { return whole(c, subject, b) }, subject, data)
	}
	r := receive(t, tr, 0, 0, 1)
	go sendAll(context.Background(), tr, 0, 0, 0, sizes)
	select {
	case <-r.ended:
	case <-tr.failed:
	}
	err := tr.Err()
	tr.Close()
	if err != nil {
		return err.Error(), tr.Stats()
	}
	if r.next[0] != len(sizes) {
		t.Errorf("%d of %d batches arrived, and nothing was said", r.next[0], len(sizes))
	}
	return "", tr.Stats()
}

// frames counts the frames that pass, and gives the n-th to f. Questions and credit pass as they are.
func frames(n uint64, f fault) fault {
	return func(publish func([]byte) error, subject string, data []byte) error {
		if h, _, err := parseFrame(data); err == nil && h.flags&flagQuestion == 0 && h.sequence == n {
			return f(publish, subject, data)
		}
		return publish(data)
	}
}

func drop(func([]byte) error, string, []byte) error { return nil }

func double(publish func([]byte) error, _ string, data []byte) error {
	if err := publish(data); err != nil {
		return err
	}
	return publish(data)
}

// swap sends the n-th frame after the next one.
func swap(n uint64) fault {
	var kept []byte
	return func(publish func([]byte) error, _ string, data []byte) error {
		h, _, err := parseFrame(data)
		if err == nil && h.sequence == n {
			kept = slices.Clone(data)
			return nil
		}
		if err := publish(data); err != nil || kept == nil {
			return err
		}
		late := kept
		kept = nil
		return publish(late)
	}
}

// flip damages one bit.
func flip(bit int) fault {
	return func(publish func([]byte) error, _ string, data []byte) error {
		bad := slices.Clone(data)
		bit := bit % (8 * len(bad))
		bad[bit/8] ^= 1 << (bit % 8)
		return publish(bad)
	}
}

func cut(publish func([]byte) error, _ string, data []byte) error { return publish(data[:len(data)-1]) }

// changed sends a frame whose header says something else, with the right checksum.
func changed(change func(*header)) fault {
	return func(publish func([]byte) error, _ string, data []byte) error {
		h, payload, _ := parseFrame(data)
		change(&h)
		return publish(appendFrame(nil, h, payload))
	}
}

func TestAuditCatches(t *testing.T) {
	sizes := []int{100, 100 << 10, 300, 50 << 10, 12, 5000} // 11 frames, with the end
	const last = 11
	for name, c := range map[string]struct {
		fault fault
		says  string
	}{
		"nothing wrong":       {frames(0, drop), ""},
		"dropped first":       {frames(1, drop), "lost, or are late"},
		"dropped":             {frames(3, drop), "lost, or are late"},
		"dropped before last": {frames(last-1, drop), "lost, or are late"},
		"dropped last":        {frames(last, drop), "frames 11 to 11 were lost"},
		"doubled":             {frames(4, double), "frame 4 arrived again"},
		"doubled first":       {frames(1, double), "frame 1 arrived again"},
		"reordered":           {swap(5), "frame 6 arrived after frame 4"},
		"damaged magic":       {frames(5, flip(3)), "damaged: it does not begin"},
		"damaged version":     {frames(5, flip(3*8)), "damaged: it is of version"},
		"damaged header":      {frames(5, flip(20*8+1)), "damaged: its checksum is wrong"},
		"damaged padding":     {frames(5, flip(6*8)), "damaged: its checksum is wrong"},
		"damaged checksum":    {frames(5, flip((headerSize-1)*8)), "damaged: its checksum is wrong"},
		"damaged payload":     {frames(5, flip(headerSize*8+77)), "damaged: its checksum is wrong"},
		"cut short":           {frames(2, cut), "damaged"},
		"empty":               {frames(2, func(p func([]byte) error, _ string, _ []byte) error { return p(nil) }), "less than a header"},
		"wrong edge":          {frames(2, changed(func(h *header) { h.edge = 1 })), "arrived on edge 0"},
		"wrong receiver":      {frames(2, changed(func(h *header) { h.to = 1 })), "to task 1"},
		"unknown sender":      {frames(2, changed(func(h *header) { h.from = 1 })), "from task 1"},
		"later attempt":       {frames(2, changed(func(h *header) { h.attempt++ })), "attempt 2"},
		"wrong total":         {frames(1, changed(func(h *header) { h.total++ })), "should have 101"},
		"wrong part":          {frames(4, changed(func(h *header) { h.flags = 0 })), "the parts of a batch"},
		"early end":           {frames(1, changed(func(h *header) { h.flags = flagEnd })), "the last frame has 100 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			look := never
			if name == "dropped last" { // nothing else follows
				look = often
			}
			got, _ := broken(t, sizes, look, c.fault)
			if c.says == "" && got != "" || !strings.Contains(got, c.says) {
				t.Errorf("the audit says %q; expected %q", got, c.says)
			}
		})
	}
}

func TestFrameAfterTheEnd(t *testing.T) {
	tr := newTransport(t)
	defer tr.Close()
	receive(t, tr, 0, 0, 1)
	for range 2 {
		if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{End: true}); err != nil {
			t.Fatal(err)
		}
	}
	<-tr.failed
	if err := tr.Err(); !strings.Contains(err.Error(), "frame 2 arrived after the last one") {
		t.Errorf("the audit says %v", err)
	}
}

func TestEarlierAttemptsAreLeftOut(t *testing.T) {
	got, stats := broken(t, []int{1, 2, 3}, never, func(publish func([]byte) error, subject string, data []byte) error {
		if strings.HasPrefix(subject, "d.") {
			if err := changed(func(h *header) { h.attempt = 0 })(publish, subject, data); err != nil {
				return err
			}
		} else if g, err := parseGrant(data); err == nil {
			g.attempt = 0
			if err := publish(appendGrant(nil, g)); err != nil {
				return err
			}
		}
		return publish(data)
	})
	if got != "" || stats.Stale < 4 {
		t.Errorf("%q, %+v", got, stats)
	}
}

func TestLostCreditComesAgain(t *testing.T) {
	sizes := make([]int, 100)
	for i := range sizes {
		sizes[i] = 100 << 10 // five times the window
	}
	n := 0
	got, stats := broken(t, sizes, often, func(publish func([]byte) error, subject string, data []byte) error {
		if strings.HasPrefix(subject, "c.") {
			if n++; n%4 != 0 {
				return nil
			}
		}
		return publish(data)
	})
	if got != "" || stats.Questions == 0 {
		t.Errorf("%q, %+v", got, stats)
	}
}

func TestDamagedCredit(t *testing.T) {
	sizes := make([]int, 100)
	for i := range sizes {
		sizes[i] = 100 << 10 // five times the window
	}
	for name, damage := range map[string]func([]byte) []byte{
		"bit": func(b []byte) []byte { b[20] ^= 1; return b },
		"cut": func(b []byte) []byte { return b[:8] },
		"elsewhere": func(b []byte) []byte {
			g, _ := parseGrant(b)
			g.edge = 7
			return appendGrant(nil, g)
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := broken(t, sizes, often, func(publish func([]byte) error, subject string, data []byte) error {
				if strings.HasPrefix(subject, "c.") {
					data = damage(slices.Clone(data))
				}
				return publish(data)
			})
			if !strings.Contains(got, "message of credit") {
				t.Errorf("the audit says %q", got)
			}
		})
	}
}

func FuzzParseFrame(f *testing.F) {
	f.Add(appendFrame(nil, header{sequence: 1, total: 3}, []byte("abc")))
	f.Add(appendGrant(nil, grant{done: 7}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, payload, err := parseFrame(data); err == nil {
			if h2, p2, err := parseFrame(appendFrame(nil, h, payload)); err != nil || h2 != h || string(p2) != string(payload) {
				t.Errorf("%+v became %+v, %v", h, h2, err)
			}
		}
		if g, err := parseGrant(data); err == nil && !slices.Equal(appendGrant(nil, g), data) {
			t.Errorf("%+v was not what arrived", g)
		}
	})
}
