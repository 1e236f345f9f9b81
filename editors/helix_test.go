package editors

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// terminal is a program in a terminal of tmux, which a test types into and reads.
type terminal struct {
	t      *testing.T
	ctx    context.Context
	socket string
}

// open starts a program in a terminal of its own, in a folder.
func open(t *testing.T, dir string, env []string, program ...string) *terminal {
	t.Helper()
	// The name of a socket is short, which that of a test's folder need not be.
	sockets, err := os.MkdirTemp("", "topo")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // where it hangs
	x := &terminal{t: t, ctx: ctx, socket: filepath.Join(sockets, "tmux")}
	t.Cleanup(func() {
		x.ctx = context.Background()
		_, _ = x.tmux("kill-server")
		cancel()
		os.RemoveAll(sockets)
	})
	args := append([]string{"-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "-c", dir, "env", "-i"}, env...)
	if out, err := x.tmux(append(args, program...)...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return x
}

func (x *terminal) tmux(args ...string) (string, error) {
	cmd := exec.CommandContext(x.ctx, "tmux", append([]string{"-S", x.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// keys presses keys, by tmux's names for them.
func (x *terminal) keys(keys ...string) {
	x.t.Helper()
	for _, key := range keys {
		if out, err := x.tmux("send-keys", "-t", ":", key); err != nil {
			x.t.Fatalf("%v\n%s", err, out)
		}
	}
}

// sees waits until the screen shows what an expression says.
func (x *terminal) sees(pattern string) {
	x.t.Helper()
	want := regexp.MustCompile(pattern)
	for {
		screen, err := x.tmux("capture-pane", "-p", "-t", ":")
		if err == nil && want.MatchString(screen) {
			return
		}
		select {
		case <-x.ctx.Done():
			x.t.Fatalf("%q does not come\n%s", pattern, screen)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Helix in a terminal, with an empty home and what the document says: its grammar, its language server, and a person's keys.
func TestHelix(t *testing.T) {
	if testing.Short() {
		t.Skip("builds topoc, and starts an editor")
	}
	name := os.Getenv("TOPO_HX")
	for _, n := range []string{"hx", "helix"} {
		if path, err := exec.LookPath(n); err == nil && name == "" {
			name = path
		}
	}
	if name == "" {
		t.Skip("there is no Helix here: neither hx, nor what TOPO_HX names")
	}
	for _, n := range []string{"tmux", "cc"} {
		if _, err := exec.LookPath(n); err != nil {
			t.Skipf("there is no %s here", n)
		}
	}
	topoc, err := built()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := []string{"HOME=" + home, "PATH=" + topoc + string(os.PathListSeparator) + os.Getenv("PATH"), "TERM=tmux-256color", "LC_ALL=C.UTF-8", "TOPO_CACHE=" + filepath.Join(home, "cache")}
	if runtime := os.Getenv("HELIX_RUNTIME"); runtime != "" {
		env = append(env, "HELIX_RUNTIME="+runtime)
	}
	config, err := os.ReadFile("helix/languages.toml")
	if err != nil {
		t.Fatal(err)
	}
	for at, text := range map[string][]byte{".config/helix/languages.toml": config, "main.topo": []byte(trial)} {
		at = filepath.Join(home, at)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.CommandContext(t.Context(), "tree-sitter/install.sh", "helix")
	install.Env = env
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	// It finds the server, the parser and the queries where the document says that they are.
	health := exec.CommandContext(t.Context(), name, "--health", "topo")
	health.Env = env
	out, err := health.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(string(out), "")
	for _, want := range []string{"✓ topoc: " + filepath.Join(topoc, "topoc"), "Tree-sitter parser: ✓", "Highlight queries: ✓", "Textobject queries: ✓", "Indent queries: ✓"} {
		if !strings.Contains(plain, want) {
			t.Errorf("helix --health says nothing of %q:\n%s", want, plain)
		}
	}

	x := open(t, home, env, name, "main.topo")
	x.sees(`16 +sink out\(splitt\) = stdout.print\(\) +unknown component splitt +help: did you mean .split.`)
	x.keys("]", "d") // to the next mistake
	x.sees(`16:15\s*$|16:15\s*\n`)
	x.keys("Space", "a") // what can be done about it
	x.sees(`did you mean .split.`)
	x.sees(`declare splitt`)
	x.keys("Enter")
	x.sees(`16 +sink out\(split\) = `)
	x.keys("g", "d") // its definition
	x.sees(` 6:6\s`)
	x.keys("Space", "k") // what is known of it
	x.sees(`reads lines by shuffle: fused`)
	x.keys("Escape", "Space", "s") // symbols
	x.sees(`(?s)lines +[│|].*variable +n +split`)
	x.keys("Escape", "o", "l", "e", "t", "Space", "x", "=", "l", ".") // completion; badly indented, too
	x.sees(`line +field`)
	x.keys("l", "i", "n", "e", "Escape", ":", "w", "Enter") // formatted where it is saved
	x.sees(`7 +let x = l\.line`)
	x.keys("]", "f") // the next function: a bolt's, or a sink's
	x.sees(` 1[67]:1\s`)
}
