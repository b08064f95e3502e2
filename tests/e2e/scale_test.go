package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestScale goes 1→3→0→1 by kubectl scale.
func TestScale(t *testing.T) {
	s := shared(t)
	hash := s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 1\n  owner: team-checkout")
	for _, replicas := range []int{3, 0, 1} {
		s.kubectl("scale", "llc/"+canary, fmt.Sprintf("--replicas=%d", replicas))
		llc := s.awaitReady(canary)
		if want := fmt.Sprintf("%d/%[1]d", replicas); llc.Status.Ready != want || llc.Status.Replicas != int64(replicas) {
			t.Errorf("status.ready is %s, status.replicas %d; want %s", llc.Status.Ready, llc.Status.Replicas, want)
		}
		s.await(soon, "the pods that are dying to be gone", func() error { return s.countPods(replicas) })
		s.must(checkSlots(s.mustPods(replicas)))
		s.await(soon, "traffic", func() error { return s.checkServed(true) })
		s.hold(time.Second, "the number of pods", func() error { return s.countPods(replicas) })
	}
	s.checkColumns([]string{"get", "llc", canary},
		"NAME", canary, "ROLLOUT", demo, "PHASE", "Running", "READY", "1/1", "HASH", hash, "AGE", "*")
	s.checkColumns([]string{"get", "llc", canary, "-o", "wide"},
		"NAME", canary, "ROLLOUT", demo, "PHASE", "Running", "READY", "1/1", "HASH", hash, "AGE", "*",
		"IMAGE", "argoproj/rollouts-demo:jdk21", "SHARE", "25", "OWNER", "team-checkout", "REASON", "AllReady")
}

// checkColumns compares a table of one row with pairs of column and value.
func (s *scene) checkColumns(args []string, want ...string) {
	s.Helper()
	lines := strings.Split(strings.TrimSpace(s.kubectl(args...)), "\n")
	if len(lines) != 2 {
		s.Fatalf("kubectl %s: %q, want a head and one row", strings.Join(args, " "), lines)
	}
	var got []string
	head, row := strings.Fields(lines[0]), strings.Fields(lines[1])
	for i := 0; i < max(len(head), len(row)); i++ {
		got = append(got, at(head, i), at(row, i))
	}
	for i := range want {
		if want[i] == "*" && i < len(got) && got[i] != "" {
			want[i] = got[i]
		}
	}
	if !slices.Equal(got, want) {
		s.Errorf("kubectl %s:\n%s\nwant %q", strings.Join(args, " "), strings.Join(lines, "\n"), want)
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
