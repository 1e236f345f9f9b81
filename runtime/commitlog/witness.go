package commitlog

import (
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/topo-lang/topo/runtime/fault"
)

// WitnessName is the witness's name in the store folder.
const WitnessName = "topo.commits"

const (
	witnessMagic = "topo wit"
	slotSize     = 64 // there are two: while one is written the other is whole
)

// witness remembers the last record outside the log. It is written without a sync, so after a power cut it may be older than the log, never newer.
type witness struct {
	file *os.File
	of   uint64 // the topology's name, as a sum
	last head
	turn int64
	err  error // what is wrong with the file
}

// openWitness opens the file of a store folder, or makes it. It returns nil for "", and where there is none and none is to be made.
func openWitness(folder, topology string, create bool) (*witness, error) {
	if folder == "" {
		return nil, nil
	}
	how := os.O_RDONLY
	if create {
		how = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(filepath.Join(folder, WitnessName), how, 0o600)
	if errors.Is(err, fs.ErrNotExist) && !create {
		return nil, nil
	}
	if err != nil {
		return nil, &fault.Error{What: "the file beside the commit log can't be opened", Err: err, Way: "give this user the right to read and write it"}
	}
	w := &witness{file: file, of: crc64.Checksum([]byte(topology), ecma)}
	w.err = w.read()
	return w, nil
}

// broken says why nothing is known, where something should be.
func (w *witness) broken() error {
	if w == nil {
		return nil
	}
	return w.err
}

// read finds the newer of the two that are whole.
func (w *witness) read() error {
	text := make([]byte, 2*slotSize+1)
	n, err := w.file.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n == 0 {
		return nil
	}
	for i := range int64(2) {
		from, to := int(i*slotSize), int((i+1)*slotSize)
		if n < to {
			break
		}
		slot := text[from:to]
		if string(slot[:8]) != witnessMagic || crc64.Checksum(slot[:slotSize-8], ecma) != le.Uint64(slot[slotSize-8:]) || le.Uint64(slot[8:]) != w.of {
			continue
		}
		if h := (head{index: le.Uint64(slot[16:]), epoch: le.Uint64(slot[24:]), sum: le.Uint64(slot[32:])}); h.index > w.last.index {
			w.last, w.turn = h, 1-i
		}
	}
	if w.last.index == 0 {
		return errors.New("its checksum does not match")
	}
	return nil
}

// known is the last record that the witness knows of.
func (w *witness) known() head {
	if w == nil {
		return head{}
	}
	return w.last
}

// write remembers a record.
func (w *witness) write(h head) error {
	if w == nil {
		return nil
	}
	slot := make([]byte, 0, slotSize)
	slot = append(slot, witnessMagic...)
	for _, n := range [...]uint64{w.of, h.index, h.epoch, h.sum} {
		slot = le.AppendUint64(slot, n)
	}
	slot = slot[:slotSize-8]
	slot = le.AppendUint64(slot, crc64.Checksum(slot, ecma))
	if _, err := w.file.WriteAt(slot, w.turn*slotSize); err != nil {
		return fmt.Errorf("%s: %w", w.file.Name(), cause(err))
	}
	w.last, w.turn = h, 1-w.turn
	return nil
}

func (w *witness) close() error {
	if w == nil {
		return nil
	}
	return w.file.Close()
}

// cause is an error without the path, which stands beside it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
