package graph

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// random makes a topology of some shape: each bolt reads one to three streams of components before it.
func random(seed uint64) *ir.Program {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &ir.Program{Name: "random", Guarantee: "none"}
	fields := []types.Field{{Name: "word", Type: types.TString}, {Name: "long_name", Type: types.MapOf(types.TString, types.ListOf(types.TInt))}, {Name: "n", Type: types.TInt}}
	for i := range 3 + r.IntN(12) {
		c := &ir.Component{Name: fmt.Sprintf("component%d", i), Kind: ir.Bolt, Tasks: 1 + r.IntN(4)}
		if i == 0 || r.IntN(6) == 0 {
			c.Kind = ir.Spout
		} else {
			for j := range 1 + r.IntN(3) {
				in := &ir.Input{Index: j, Alias: fmt.Sprintf("in%d", j)}
				from := p.Components[r.IntN(i)]
				c.Inputs = append(c.Inputs, in)
				e := &ir.Edge{ID: len(p.Edges), Stream: from.Outputs[r.IntN(len(from.Outputs))], To: c, Input: in, Grouping: ir.ByShuffle}
				if r.IntN(2) == 0 {
					e.Grouping, e.Keys = ir.ByFields, []int{0}
				}
				p.Edges = append(p.Edges, e)
			}
		}
		for j := range 1 + r.IntN(3) {
			s := &ir.Stream{From: c, Name: fmt.Sprintf("out%d", j), Fields: fields[:1+r.IntN(3)]}
			if r.IntN(3) == 0 {
				s.Latest = []int{0}
			}
			c.Outputs = append(c.Outputs, s)
		}
		p.Components = append(p.Components, c)
		if to := p.Components[r.IntN(i+1)]; to.Kind == ir.Bolt && r.IntN(4) == 0 {
			p.Edges = append(p.Edges, &ir.Edge{ID: len(p.Edges), Stream: c.Outputs[0], To: to, Input: to.Inputs[0], Grouping: ir.ByShuffle,
				Loop: &ir.Const{Value: int64(3)}, InCycle: true})
		}
	}
	return p
}

type area struct {
	what           string
	x0, y0, x1, y1 float64
}

func (a area) overlaps(b area) bool {
	return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1
}

// TestNothingOverlaps: boxes, labels and the level parts of lines keep apart, and stay in the picture.
func TestNothingOverlaps(t *testing.T) {
	for seed := range uint64(60) {
		l := arrange(random(seed))
		var areas []area
		for i, n := range l.nodes {
			a := area{fmt.Sprintf("node %d %s", i, n.label), l.x[n.rank], n.y, l.x[n.rank] + l.w[n.rank], n.y + n.h}
			if n.box != nil {
				a.what = n.comp.Name
			}
			if a.x0 < 0 || a.y0 < 0 || a.x1 > l.width || a.y1 > l.height {
				t.Errorf("seed %d: %s is outside of the picture", seed, a.what)
			}
			if n.w > l.w[n.rank]+0.01 {
				t.Errorf("seed %d: %s is wider than its column", seed, a.what)
			}
			for _, b := range areas {
				if a.overlaps(b) {
					t.Errorf("seed %d: %s overlaps %s", seed, a.what, b.what)
				}
			}
			areas = append(areas, a)
		}
		for _, k := range l.loops {
			if y := l.laneY(k); y < 0 || y > l.height || slices.ContainsFunc(areas, func(a area) bool { return y-laneGap/2 < a.y1 }) {
				t.Errorf("seed %d: the loop to %s does not go below all else", seed, k.edge.To.Name)
			}
			if y := l.portY(k); y < k.to.y || y > k.to.y+k.to.h {
				t.Errorf("seed %d: the loop to %s ends beside its box", seed, k.edge.To.Name)
			}
		}
		for _, r := range l.routes {
			for _, k := range r.links {
				if k.toY < 0 || k.toY > k.to.h || k.fromY < 0 || k.fromY > k.from.h {
					t.Errorf("seed %d: a line to %s ends beside its box", seed, r.edge.To.Name)
				}
				if l.x[k.to.rank]-l.x[k.from.rank]-l.w[k.from.rank] < columnGap-0.01 {
					t.Errorf("seed %d: no room to bend before column %d", seed, k.to.rank)
				}
			}
		}
	}
}

// TestOutputIsTheSame: the same program gives the same bytes.
func TestOutputIsTheSame(t *testing.T) {
	for seed := range uint64(5) {
		a, b := random(seed), random(seed)
		if SVG(a) != SVG(b) || DOT(a) != DOT(b) || Mermaid(a) != Mermaid(b) {
			t.Errorf("seed %d: two drawings differ", seed)
		}
	}
}

// TestUserTextIsEscaped: whatever a comment or a name holds, the SVG is XML, and DOT strings end where they should.
func TestUserTextIsEscaped(t *testing.T) {
	p := random(3)
	p.Components[0].Doc = "<script>alert(\"&\")</script> ]]> \x00\x1b quote \" back \\ slash"
	svg := SVG(p)
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
	}
	if strings.Contains(svg, "<script") {
		t.Error("text of the user's became an element")
	}
	if dot := DOT(p); !strings.Contains(dot, `quote \" back \\ slash`) {
		t.Errorf("DOT: %s", dot)
	}
}

func TestSVGSaysWhatItShows(t *testing.T) {
	svg := SVG(random(1))
	for _, want := range []string{`role="img"`, "<title id=\"title\">topology random</title>", "<desc id=\"desc\">", "prefers-color-scheme: dark"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestEmptyProgram(t *testing.T) {
	p := &ir.Program{Name: "empty", Guarantee: "none"}
	if SVG(p) == "" || DOT(p) == "" || Mermaid(p) == "" {
		t.Error("nothing is drawn")
	}
}
