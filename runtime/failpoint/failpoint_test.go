package failpoint

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const child = "TOPO_TEST_FAILPOINT_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		p := New("here")
		for i := range 5 {
			fmt.Println("pass", i+1)
			p.Hit()
		}
		fmt.Println("through", On("switch"), On("other"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, arm string) (out string, killed bool) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), child+"=1", Env+"="+arm)
	text, err := c.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), err != nil
}

func TestHit(t *testing.T) {
	if out, killed := run(t, "here:3"); !killed || !strings.HasSuffix(out, "pass 3\n") {
		t.Errorf("here:3: %q, killed %v", out, killed)
	}
	if out, killed := run(t, "here"); !killed || out != "pass 1\n" {
		t.Errorf("here: %q, killed %v", out, killed)
	}
	if out, killed := run(t, "here:6,switch,there:1"); killed || !strings.HasSuffix(out, "through true false\n") {
		t.Errorf("here:6: %q, killed %v", out, killed)
	}
}

func TestParse(t *testing.T) {
	got := parse(" a:2, b,c:x,:1,d:0,,e:-1")
	if want := map[string]int64{"a": 2, "b": 1}; !maps.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestUnarmed(t *testing.T) {
	p := New("unarmed")
	if n := testing.AllocsPerRun(10, p.Hit); n != 0 {
		t.Errorf("%v allocations", n)
	}
	(*Point)(nil).Hit()
}
