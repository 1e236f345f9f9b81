package text

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// ToBytes returns the bytes of s.
func ToBytes(a *arena.Arena, s string) []byte { return keep(a, append(a.Bytes(len(s)), s...)) }

// FromBytes returns the text that b is, where b is UTF-8.
func FromBytes(b []byte) (string, error) {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return "", fmt.Errorf("not UTF-8 text: byte %d is 0x%02X", i+1, b[i])
		}
		i += size
	}
	return arena.View(b), nil
}

// keep gives b, which was made in the arena, its place there.
func keep(a *arena.Arena, b []byte) []byte {
	a.Commit(b)
	return b[:len(b):len(b)]
}

// ToHex returns b as hexadecimal digits.
func ToHex(a *arena.Arena, b []byte) string {
	return a.Commit(hex.AppendEncode(a.Bytes(hex.EncodedLen(len(b))), b))
}

// FromHex returns the bytes that the hexadecimal digits stand for.
func FromHex(a *arena.Arena, s string) ([]byte, error) {
	b := append(a.Bytes(len(s)), s...)
	n, err := hex.Decode(b, b)
	if err != nil {
		return nil, fmt.Errorf("not hexadecimal digits: %w", err)
	}
	return keep(a, b[:n]), nil
}

// ToBase64 returns b in base64 (RFC 4648, with padding).
func ToBase64(a *arena.Arena, b []byte) string {
	return a.Commit(base64.StdEncoding.AppendEncode(a.Bytes(base64.StdEncoding.EncodedLen(len(b))), b))
}

// FromBase64 returns the bytes that s, which is base64, stands for.
func FromBase64(a *arena.Arena, s string) ([]byte, error) {
	// To append to the arena wants bytes to read from: they lie behind those that are made.
	room := base64.StdEncoding.DecodedLen(len(s))
	b := a.Bytes(room + len(s))
	from := append(b[room:room], s...)
	b, err := base64.StdEncoding.AppendDecode(b, from)
	if err != nil {
		return nil, fmt.Errorf("not base64: %w", err)
	}
	return keep(a, b), nil
}

// SHA256 returns the SHA-256 digest of s as hexadecimal digits.
func SHA256(a *arena.Arena, s string) string {
	sum := sha256.Sum256([]byte(s))
	return ToHex(a, sum[:])
}
