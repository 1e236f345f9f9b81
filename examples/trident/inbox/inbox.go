// Package inbox reads a box of notes, and says in a file beside it how far all that became of them is committed: a committer spout.
package inbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/topo-lang/topo/runtime/component"
)

// Note is a line of the box.
type Note struct{ Text string }

// Notes gives the lines of a box, but for those that begin with #. A box may have nothing for a long while.
type Notes struct {
	Path string
	// Done is the file that says up to which line the box was dealt with.
	Done string

	file *os.File
	in   *bufio.Reader
	line int
}

// Open opens the box.
func (n *Notes) Open(ctx *component.Context) (err error) {
	n.file, err = os.Open(ctx.Find(n.Path))
	if err == nil {
		n.in = bufio.NewReader(n.file)
	}
	return err
}

// Next reads ten lines, of which some may be tuples, or none.
func (n *Notes) Next(ctx context.Context, out *component.Emitter[Note]) error {
	for range 10 {
		text, err := n.in.ReadString('\n')
		if err != nil {
			return err // io.EOF ends the source
		}
		n.line++
		if text = strings.TrimSuffix(text, "\n"); !strings.HasPrefix(text, "#") {
			out.Emit(Note{text})
		}
	}
	return nil
}

// Position is the line that is read next.
func (n *Notes) Position() ([]byte, error) { return json.Marshal(n.line) }

// Rewind goes to a line.
func (n *Notes) Rewind(position []byte) error {
	var line int
	if err := json.Unmarshal(position, &line); err != nil {
		return err
	}
	if _, err := n.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n.in.Reset(n.file)
	for n.line = 0; n.line < line; n.line++ {
		if _, err := n.in.ReadString('\n'); err != nil {
			return fmt.Errorf("%s has less than %d lines: %w", n.Path, line, err)
		}
	}
	return nil
}

// Settled is told of what is committed, also where nothing came of it.
func (n *Notes) Settled(position []byte) error {
	temporary := n.Done + ".new"
	return errors.Join(os.WriteFile(temporary, append(position, '\n'), 0o644), os.Rename(temporary, n.Done))
}

// Close closes the box.
func (n *Notes) Close() error {
	if n.file == nil {
		return nil
	}
	return n.file.Close()
}
