package commitlog

import (
	"bytes"
	"reflect"
	"testing"
)

func TestRecordForm(t *testing.T) {
	h := head{kind: kindCommit, term: 1, index: 2, epoch: 3, released: 4, base: 5, identity: 6, snapshot: snapshot{7, 8, 9, 10, 11, 12}, before: 13}
	payload := encodeParts(nil, []Part{{State, "words", 3, []byte("text")}, {Kind: Outbox, Component: "out"}})
	h.length, h.crc = uint64(len(payload)), sum32(payload)
	text := h.encode(nil, nil, payload)
	got, places, same, err := decode(text)
	if err != nil || len(places) > 0 || got != h || !bytes.Equal(same, payload) {
		t.Errorf("%+v, %v, %x, %v", got, places, same, err)
	}
	h.chunks = 2
	want := []place{{1, 2, 3}, {4, 5, 6}}
	if got, places, _, err = decode(h.encode(nil, want, nil)); err != nil || got != h || !reflect.DeepEqual(places, want) {
		t.Errorf("%+v, %v, %v", got, places, err)
	}
	// No byte can change, and none can be missing.
	for i := range text {
		text[i] ^= 4
		if _, _, _, err := decode(text); err == nil {
			t.Errorf("byte %d of %d is not looked at", i, len(text))
		}
		text[i] ^= 4
		if _, _, _, err := decode(text[:i]); err == nil {
			t.Errorf("a record of %d bytes is cut off at %d", len(text), i)
		}
	}
}

// FuzzDecode reads what nobody wrote.
func FuzzDecode(f *testing.F) {
	h := head{chunks: 1}
	f.Add(h.encode(nil, []place{{1, 2, 3}}, nil))
	f.Add((&head{}).encode(nil, nil, encodeParts(nil, []Part{{State, "words", 3, []byte("text")}})))
	f.Add(encodeChunk(nil, 1, 2, 3, []byte("text")))
	f.Add(testIdentity.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		decode(b)
		decodeChunk(b)
		decodeIdentity(b)
		if parts, err := decodeParts(b); err == nil {
			if again, err := decodeParts(encodeParts(nil, parts)); err != nil || len(again) != len(parts) {
				t.Errorf("%v, %v", again, err)
			}
		}
	})
}
