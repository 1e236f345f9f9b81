package text

import (
	"math"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
)

func TestParts(t *testing.T) {
	var a arena.Arena
	repeated, err := Repeat(&a, "ab", 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{Trim(" \u2003a b\n"), "a b"}, {TrimPrefix("abc", "ab"), "c"}, {TrimPrefix("abc", "x"), "abc"}, {TrimSuffix("abc", "bc"), "a"},
		{Before("k=v=w", "="), "k"}, {After("k=v=w", "="), "v=w"}, {Before("k", "="), "k"}, {After("k", "="), ""},
		{Replace(&a, "aXbXX", "X", "--"), "a--b----"}, {Replace(&a, "aaa", "aa", ""), "a"}, {Replace(&a, "abc", "", "x"), "abc"}, {Replace(&a, "abc", "z", "x"), "abc"},
		{repeated, "ababab"}, {PadStart(&a, "é", 4, "-="), "-=-é"}, {PadEnd(&a, "é", 4, "ü"), "éüüü"}, {PadStart(&a, "long", 2, " "), "long"}, {PadEnd(&a, "x", 9, ""), "x"},
		{Substring("häuser", 1, 3), "äu"}, {Substring("häuser", -2, 2), "hä"}, {Substring("häuser", 4, 99), "er"}, {Substring("häuser", 3, 1), ""},
		{Substring("häuser", math.MinInt64, math.MaxInt64), "häuser"}, {Substring("x", 5, 9), ""},
		{Reverse(&a, "aé\xff🙂"), "🙂\xfféa"}, {SHA256(&a, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{ToHex(&a, []byte{0, 255}), "00ff"}, {ToBase64(&a, []byte{0, 255}), "AP8="}, {string(ToBytes(&a, "é")), "é"}, {URLEncode("a b&c"), "a+b%26c"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if !Contains("abc", "b") || Contains("abc", "z") || !StartsWith("abc", "ab") || !EndsWith("abc", "bc") || RuneCount("é🙂") != 2 {
		t.Error("tests")
	}
}

func TestWhatMayBeMissing(t *testing.T) {
	var a arena.Arena
	text := func(b []byte, err error) (string, error) { return string(b), err }
	number := func(n int64, err error) (string, error) { return strings.Repeat("i", int(n)), err }
	for name, c := range map[string]struct {
		f         func() (string, error)
		want, why string
	}{
		"find":        {func() (string, error) { return number(Find("abcabc", "ca")) }, "ii", ""},
		"find not":    {func() (string, error) { return number(Find("abc", "z")) }, "", "not found"},
		"repeat none": {func() (string, error) { return Repeat(&a, "x", 0) }, "", ""},
		"repeat bad":  {func() (string, error) { return Repeat(&a, "x", -1) }, "", "-1 times"},
		"repeat huge": {func() (string, error) { return Repeat(&a, "xy", math.MaxInt64) }, "", "more than 16MB"},
		"from bytes":  {func() (string, error) { return FromBytes([]byte("é")) }, "é", ""},
		"not text":    {func() (string, error) { return FromBytes([]byte("é\xff")) }, "", "byte 3 is 0xFF"},
		"hex":         {func() (string, error) { return text(FromHex(&a, "00fF")) }, "\x00\xff", ""},
		"hex bad":     {func() (string, error) { return text(FromHex(&a, "0g")) }, "", "not hexadecimal"},
		"base64":      {func() (string, error) { return text(FromBase64(&a, "AP8=")) }, "\x00\xff", ""},
		"base64 bad":  {func() (string, error) { return text(FromBase64(&a, "A")) }, "", "not base64"},
		"host":        {func() (string, error) { return URLHost("http://u:p@[::1]:80/x") }, "::1", ""},
		"host none":   {func() (string, error) { return URLHost("/x") }, "", "no host"},
		"host bad":    {func() (string, error) { return URLHost("http://u:secret%@h") }, "", "not a URL"},
		"path":        {func() (string, error) { return URLPath("http://h/a%20b?x=1") }, "/a b", ""},
		"query":       {func() (string, error) { return URLQuery("?x=1&y=a+b&y=2", "y") }, "a b", ""},
		"query none":  {func() (string, error) { return URLQuery("?x=1", "y") }, "", "has no y"},
		"decode":      {func() (string, error) { return URLDecode("a+b%26c") }, "a b&c", ""},
		"decode bad":  {func() (string, error) { return URLDecode("%g") }, "", "not encoded"},
	} {
		got, err := c.f()
		if got != c.want || (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBytesInTheArenaStayTheirOwn(t *testing.T) {
	var a arena.Arena
	b := ToBytes(&a, "one")
	h, err := FromHex(&a, "616263")
	c, err2 := FromBase64(&a, "ZGVm")
	s := Lower(&a, "TWO")
	if string(b) != "one" || string(h) != "abc" || string(c) != "def" || s != "two" || err != nil || err2 != nil {
		t.Errorf("%q %q %q %q %v %v", b, h, c, s, err, err2)
	}
	if got := append(b, "!!!"...); string(h) != "abc" {
		t.Errorf("%q wrote over what comes after it: %q", got, h)
	}
}
