package engine

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// fileTask writes ids into a file of the world, at the places that it has prepared.
type fileTask struct {
	w     *world
	name  string
	at    int
	waits []byte
}

func (f *fileTask) Open(*component.Context) error { return nil }
func (f *fileTask) Idle() error                   { return nil }
func (f *fileTask) Finish() error                 { return nil }
func (f *fileTask) Close(bool) error              { return nil }

func (f *fileTask) Process(_ int, b any) error {
	for _, row := range b.(*batch.Batch[item]).Rows {
		f.waits = binary.LittleEndian.AppendUint64(f.waits, uint64(row.id))
	}
	return nil
}

func (f *fileTask) Prepare(dst []byte) ([]byte, error) {
	if len(f.waits) == 0 {
		return dst, nil
	}
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.at))
	dst = append(dst, f.waits...)
	f.at += len(f.waits)
	f.waits = f.waits[:0]
	if f.w.skip == "commit" {
		f.w.written[f.name] = append(f.w.written[f.name], dst[8:]...)
	}
	return dst, nil
}

func (f *fileTask) Release(b []byte) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	at := int(binary.LittleEndian.Uint64(b))
	f.at = max(f.at, at+len(b)-8)
	if f.w.skip == "commit" {
		return nil
	}
	old := f.w.written[f.name]
	if at > len(old) {
		f.w.wrong = fmt.Sprintf("%s is written at %d, and has %d", f.name, at, len(old))
		return nil
	}
	f.w.written[f.name] = append(slices.Clone(old[:at]), b[8:]...)
	if f.w.left > 0 { // not in a recovery
		return f.w.step()
	}
	return nil
}

func (f *fileTask) Mark(dst []byte) ([]byte, error) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	return binary.LittleEndian.AppendUint64(dst, uint64(f.at)), nil
}
func (f *fileTask) Resume(b []byte) error { f.at = int(binary.LittleEndian.Uint64(b)); return nil }
func (f *fileTask) Recovered() error      { return nil }
func (f *fileTask) Sync() error           { return nil }
