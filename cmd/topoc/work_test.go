package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

func TestWorkLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		l := showWork(&out, "compiling wc", ticker.C)
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if out.Len() > 0 {
			t.Errorf("shown at once: %q", out.String())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := l.Write([]byte("go: downloading x\n")); err != nil {
			t.Fatal(err)
		}
		l.end()
		l.end()
		const line = "\r\x1b[Kcompiling wc, "
		want := line + "1s" + line + "2s" + "\r\x1b[K" + "go: downloading x\n" + line + "2s" + "\r\x1b[K"
		if got := out.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}
