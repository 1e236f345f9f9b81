package spell_test

import (
	"testing"

	"github.com/topo-lang/topo/runtime/spell"
)

func TestSuggest(t *testing.T) {
	candidates := []string{"bolt", "spout", "sink", "shuffle", "topology", "word", "n"}
	for word, want := range map[string]string{
		"blot": "bolt", "spuot": "spout", "SINK": "sink", "shufle": "shuffle", "shufffle": "shuffle", "topolgoy": "topology",
		"wordd": "word", "wrd": "word", "banana": "", "": "", "bolt": "", "m": "", "N": "n",
	} {
		if got := spell.Suggest(word, candidates); got != want {
			t.Errorf("for %q it is %q, not %q", word, got, want)
		}
	}
	if got := spell.Suggest("ab", []string{"ac", "ad"}); got != "ac" {
		t.Errorf("of equally near ones the first is meant, not %q", got)
	}
	if got := spell.Suggest("x", nil); got != "" {
		t.Errorf("there is nothing to suggest, but %q", got)
	}
}
