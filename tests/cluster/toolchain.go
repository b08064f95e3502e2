package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// toolchain is the Go installation that builds the programs.
type toolchain struct {
	command string
	version string // go1.26.8
}

const howToGetGo = "get it from https://go.dev/dl, or, with any Go from 1.21 on, set GOTOOLCHAIN=auto"

// findToolchain asks Go in the module's own folder, so that a Go that is too
// old for go.mod, and may not fetch a newer one, is found out here.
func findToolchain(ctx context.Context, source string) (*toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		command = "/usr/local/go/bin/go"
		if _, err := os.Stat(command); err != nil {
			return nil, errors.New("Go is missing (no `go` in PATH): " + howToGetGo)
		}
	}
	tc := &toolchain{command: command}
	out, err := tc.output(ctx, source, "list", "-m", "-f", "{{.GoVersion}}")
	if err != nil {
		return nil, fmt.Errorf("this Go can't be used: %w; %s", err, howToGetGo)
	}
	minimum := out
	if tc.version, err = tc.output(ctx, source, "env", "GOVERSION"); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(tc.version, "go") {
		return nil, fmt.Errorf("%s is %q; Go %s or newer is needed: %s", command, tc.version, minimum, howToGetGo)
	}
	return tc, nil
}

// environment pins what would change a build behind our back.
func (tc *toolchain) environment() []string {
	env := append(os.Environ(),
		"GOFLAGS=-mod=readonly -trimpath -buildvcs=false",
		"GOWORK=off",
		"CGO_ENABLED=0")
	if os.Getenv("GOTOOLCHAIN") == "" {
		env = append(env, "GOTOOLCHAIN=local")
	}
	return env
}

// run runs `go args...` in dir; its error carries the last lines Go printed.
func (tc *toolchain) run(ctx context.Context, dir string, args ...string) error {
	_, err := tc.output(ctx, dir, args...)
	return err
}

func (tc *toolchain) output(ctx context.Context, dir string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, tc.command, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, tc.environment(), &out, &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", errors.New("interrupted")
		}
		said := lastLines(errs.Bytes(), 20)
		return "", fmt.Errorf("go %s: %w\n%s%s", args[0], err, said, networkHint(said))
	}
	return strings.TrimSpace(out.String()), nil
}

var networkTrouble = regexp.MustCompile(
	`dial tcp|no such host|proxyconnect|i/o timeout|TLS handshake|module lookup disabled|connection refused|Bad Gateway|403 Forbidden`)

func networkHint(said string) string {
	if !networkTrouble.MatchString(said) {
		return ""
	}
	return "\nThe first build downloads modules: it needs the network and a Go module proxy (GOPROXY)."
}

// caches are the folders Go writes to while it builds.
func (tc *toolchain) caches(ctx context.Context, dir string) ([]string, error) {
	out, err := tc.output(ctx, dir, "env", "GOCACHE", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	return strings.Split(out, "\n"), nil
}

// moduleDir is where the sources of a required module are.
func (tc *toolchain) moduleDir(ctx context.Context, dir, module string) (string, error) {
	out, err := tc.output(ctx, dir, "list", "-m", "-f", "{{.Dir}}", module)
	if err == nil && !filepath.IsAbs(out) {
		err = fmt.Errorf("module %s is not in Go's module cache", module)
	}
	return out, err
}

func lastLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
