package commitlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	places(t, func(t *testing.T, p *testPlace) {
		ctx := context.Background()
		c := p.config()
		if _, err := Inspect(ctx, c, Restore{}); err == nil || !strings.Contains(err.Error(), "there is no commit log") {
			t.Errorf("where there is none: %v", err)
		}
		l := p.open(c)
		for e := range uint64(3) {
			if err := l.Commit(ctx, someRecord(e+1, 10, 20)); err != nil {
				t.Fatal(err)
			}
		}
		w, err := l.Snapshot(ctx, 2)
		if err != nil {
			t.Fatal(err)
		}
		w.Add(Part{State, "words", 1, make([]byte, 7)})
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		l.Close()
		c.Identity = nil
		for range 2 { // it changes nothing
			var parts []string
			list := func(p Part) error {
				parts = append(parts, fmt.Sprintf("%v of %s/%d: %d", p.Kind, p.Component, p.Task, len(p.Bytes)))
				return nil
			}
			info, err := Inspect(ctx, c, Restore{Snapshot: list, Record: func(r Record, covered bool) error {
				parts = append(parts, fmt.Sprint(r.Epoch, covered))
				for _, p := range r.Parts {
					list(p)
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			const want = "state of words/1: 7; 1true; positions of bolt0/0: 10; state of bolt1/1: 20; 2true; positions of bolt0/0: 10; state of bolt1/1: 20; 3false; positions of bolt0/0: 10; state of bolt1/1: 20"
			if got := strings.ReplaceAll(strings.Join(parts, "; "), " true", "true"); strings.ReplaceAll(got, " false", "false") != want {
				t.Errorf("%s\nnot\n%s", got, want)
			}
			if info.Epoch != 3 || info.Snapshot != 2 || info.Openings != 1 || info.Index != 5 || info.Bytes == 0 || !slices.Equal(info.Identity, testIdentity) {
				t.Errorf("%+v", info)
			}
		}
		p.open(p.config()).Close()
		if p.memory == nil {
			if names, err := Topologies(ctx, p.server.ConnectLogs); err != nil || !slices.Equal(names, []string{"word=count"}) {
				t.Errorf("%v, %v", names, err)
			}
		}
	})
}
