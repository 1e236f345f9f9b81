package transport

import (
	"context"
	"fmt"
	"testing"

	"github.com/topo-lang/topo/runtime/engine"
)

// BenchmarkFrames sends from one task to one, as a pipeline of two tasks does.
func BenchmarkFrames(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 64 << 10, 128 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			tr := newTransport(b)
			defer tr.Close()
			ended := make(chan struct{})
			err := tr.Receive(0, 0, 1, func(f engine.Frame) error {
				if f.End {
					close(ended)
				}
				f.Done()
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			data := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{Rows: 1, Payload: data}); err != nil {
					b.Fatal(err)
				}
			}
			if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{End: true}); err != nil {
				b.Fatal(err)
			}
			<-ended
		})
	}
}
