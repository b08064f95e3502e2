package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// programs says where each program is. Those in KUBEBUILDER_ASSETS (the
// convention of envtest) come before those we built.
type programs struct {
	assets string // empty unless set
	built  string // holds bin/ and share/
}

// expectedAssets must be in KUBEBUILDER_ASSETS; other programs may be.
var expectedAssets = []string{"etcd", "kube-apiserver", "kubectl"}

func findPrograms(ctx context.Context, lay layout) (programs, error) {
	var p programs
	if assets := os.Getenv("KUBEBUILDER_ASSETS"); assets != "" {
		var err error
		if p.assets, err = filepath.Abs(assets); err != nil {
			return p, err
		}
		if err := p.checkAssets(); err != nil {
			return p, err
		}
	}
	var err error
	p.built, err = ensureBuilt(ctx, lay)
	return p, err
}

func (p programs) checkAssets() error {
	for _, name := range expectedAssets {
		if !executable(filepath.Join(p.assets, name)) {
			return fmt.Errorf("KUBEBUILDER_ASSETS is %s, but it has no program %s; unset it to use the ones we build", p.assets, name)
		}
	}
	var used []string
	for _, name := range append(expectedAssets, "kube-controller-manager", "kube-scheduler",
		"rollouts-controller", "kubectl-argo-rollouts", "kwok") {
		if executable(filepath.Join(p.assets, name)) {
			used = append(used, name)
		}
	}
	say("from KUBEBUILDER_ASSETS=%s: %s", p.assets, strings.Join(used, ", "))
	return nil
}

func (p programs) path(name string) string {
	if p.assets != "" {
		if path := filepath.Join(p.assets, name); executable(path) {
			return path
		}
	}
	return filepath.Join(p.built, "bin", name)
}

// searchPath is what goes in front of PATH.
func (p programs) searchPath() string {
	bin := filepath.Join(p.built, "bin")
	if p.assets != "" {
		return p.assets + ":" + bin
	}
	return bin
}

func (p programs) share(name string) string { return filepath.Join(p.built, "share", name) }

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
