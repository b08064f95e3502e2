package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const (
	kubernetesVersion = "v1.34.4"
	argoModule        = "github.com/argoproj/argo-rollouts"
	argoVersion       = "1.9.1"
	kwokModule        = "sigs.k8s.io/kwok"
	// What the programs take, and what a cold build leaves in Go's caches as well.
	programBytes = 1 << 30
	coldBytes    = 7 << 30
)

// buildStep makes one program, and links to it for the names it answers to.
type buildStep struct {
	program string
	folder  string // below the source folder: which module builds it
	target  string
	stamps  []string // -X settings
	links   []string
}

func buildSteps() []buildStep {
	var kubernetes []string
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		kubernetes = append(kubernetes, pkg+".gitVersion="+kubernetesVersion, pkg+".gitMajor=1", pkg+".gitMinor=34")
	}
	argo := []string{argoModule + "/utils/version.version=" + argoVersion}
	return []buildStep{
		{"etcd", ".", "./controlplane", kubernetes,
			[]string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"}},
		{"rollouts-controller", ".", argoModule + "/cmd/rollouts-controller", argo, nil},
		{"kubectl-argo-rollouts", ".", argoModule + "/cmd/kubectl-argo-rollouts", argo, nil},
		{"kwok", "kwok", kwokModule + "/cmd/kwok", nil, nil},
	}
}

// sourceKey names what is built: the pinned modules and our one main.
func sourceKey(source string) (string, error) {
	files := []string{"go.mod", "go.sum", "kwok/go.mod", "kwok/go.sum"}
	mains, err := filepath.Glob(filepath.Join(source, "controlplane", "*.go"))
	if err != nil {
		return "", err
	}
	sort.Strings(mains)
	for _, main := range mains {
		files = append(files, filepath.Join("controlplane", filepath.Base(main)))
	}
	sum := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(source, file))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", file, len(text), text)
	}
	fmt.Fprint(sum, buildSteps())
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// ensureBuilt returns the folder of the built programs and builds them if
// they are not there. A machine without Go can use what another step built.
func ensureBuilt(ctx context.Context, lay layout) (string, error) {
	key, err := sourceKey(lay.source)
	if err != nil {
		return "", err
	}
	tc, err := findToolchain(ctx, lay.source)
	if err != nil {
		if built, _ := filepath.Glob(filepath.Join(lay.cache, key+"-go*")); len(built) > 0 {
			return built[len(built)-1], nil
		}
		return "", err
	}
	dir := filepath.Join(lay.cache, key+"-"+tc.version)
	if exists(dir) {
		return dir, nil
	}
	unlock, err := lockFile(filepath.Join(lay.cache, "build.lock"), "another build to finish")
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) {
		return dir, nil
	}
	return dir, build(ctx, lay, tc, dir)
}

// build makes everything in a temporary folder and renames it: a folder of
// that name is always whole.
func build(ctx context.Context, lay layout, tc *toolchain, dir string) error {
	if err := checkSpace(ctx, lay, tc); err != nil {
		return err
	}
	stale, _ := filepath.Glob(filepath.Join(lay.cache, "building-*"))
	for _, old := range stale { // we hold the lock: nobody builds there
		os.RemoveAll(old)
	}
	tmp, err := os.MkdirTemp(lay.cache, "building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	say("building with %s; the first time takes 7 to 12 minutes on 2 cores", tc.version)
	began := time.Now()
	for _, step := range buildSteps() {
		if err := step.run(ctx, lay, tc, tmp); err != nil {
			return fmt.Errorf("build %s: %w", step.program, err)
		}
	}
	if err := copyManifests(ctx, lay, tc, filepath.Join(tmp, "share")); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	say("built in %s: %s", round(time.Since(began)), dir)
	return nil
}

func (step buildStep) run(ctx context.Context, lay layout, tc *toolchain, tmp string) error {
	began := time.Now()
	bin := filepath.Join(tmp, "bin")
	flags := "-s -w"
	for _, stamp := range step.stamps {
		flags += " -X " + stamp
	}
	err := tc.run(ctx, filepath.Join(lay.source, step.folder),
		"build", "-ldflags", flags, "-o", filepath.Join(bin, step.program), step.target)
	if err != nil {
		return err
	}
	for _, link := range step.links {
		if err := os.Link(filepath.Join(bin, step.program), filepath.Join(bin, link)); err != nil {
			return err
		}
	}
	say("%8s  %s", round(time.Since(began)), strings.Join(append([]string{step.program}, step.links...), ", "))
	return nil
}

func checkSpace(ctx context.Context, lay layout, tc *toolchain) error {
	dirs, err := tc.caches(ctx, lay.source)
	if err != nil {
		return err
	}
	for _, dir := range append(dirs, lay.cache) {
		free, err := freeBytes(dir)
		if err != nil {
			return err
		}
		if free < programBytes {
			return fmt.Errorf("no room to build: %s has %d MiB free", dir, free>>20)
		}
		if free < coldBytes {
			say("warning: a first build fills about %d GiB, %s has %.1f GiB free", coldBytes>>30, dir, float64(free)/(1<<30))
		}
	}
	return nil
}

// copyManifests keeps Argo's CRDs and kwok's stages next to the programs, so
// that nothing needs Go's module cache afterwards.
func copyManifests(ctx context.Context, lay layout, tc *toolchain, share string) error {
	argo, err := tc.moduleDir(ctx, lay.source, argoModule)
	if err != nil {
		return err
	}
	kwok, err := tc.moduleDir(ctx, filepath.Join(lay.source, "kwok"), kwokModule)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(share, 0o755); err != nil {
		return err
	}
	if err := joinYAML(filepath.Join(share, "argo-crds.yaml"), filepath.Join(argo, "manifests", "crds")); err != nil {
		return err
	}
	stages := filepath.Join(kwok, "kustomize", "stage")
	return joinYAML(filepath.Join(share, "kwok-stages.yaml"),
		filepath.Join(stages, "pod", "fast"),
		filepath.Join(stages, "node", "fast"),
		filepath.Join(stages, "node", "heartbeat-with-lease"))
}

func joinYAML(target string, dirs ...string) error {
	var text strings.Builder
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			return err
		}
		for _, file := range files {
			if filepath.Base(file) == "kustomization.yaml" {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "---\n%s\n", strings.TrimSpace(string(content)))
		}
	}
	if text.Len() == 0 {
		return errors.New("no manifests in " + strings.Join(dirs, ", "))
	}
	return os.WriteFile(target, []byte(text.String()), 0o644)
}

func runBuild(ctx context.Context, lay layout, _ options) error {
	progs, err := findPrograms(ctx, lay)
	if err != nil {
		return err
	}
	fmt.Println(progs.built)
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
