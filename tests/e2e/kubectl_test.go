package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// TestKubectl: what users read, word for word. LLC_E2E_UPDATE=1 writes
// testdata/kubectl; what it wrote is to be read as a user would.
func TestKubectl(t *testing.T) {
	s := shared(t)
	hash := s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 2\n  owner: team-checkout")
	s.apply(s.example("canary.yaml", canary, "early", demo, "not-there-yet"))
	s.awaitCanary(soon, "early", func(llc *harness.Canary) error {
		return llc.CheckCondition("RolloutFound", metav1.ConditionFalse, "RolloutNotFound")
	})
	s.await(soon, "no more to be told", func() error {
		llc, err := s.GetCanary(s.ctx, s.ns, canary)
		if err == nil {
			err = llc.CheckCondition("Reconciling", metav1.ConditionFalse, "")
		}
		return err
	})
	s.await(soon, "the Events of both", func() error {
		for name, want := range map[string]int{canary: 4, "early": 1} {
			events, err := s.eventsOf(name)
			if err == nil && len(events) != want {
				err = fmt.Errorf("%d of %s, want %d", len(events), name, want)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, golden := range []struct {
		file string
		args []string
	}{
		{"get", []string{"get", "llc"}},
		{"get-wide", []string{"get", "llc", "-o", "wide"}},
		{"describe", []string{"describe", "llc", canary}},
		{"describe-early", []string{"describe", "llc", "early"}},
		{"explain", []string{"explain", "llc.spec"}},
		{"explain-status", []string{"explain", "llc.status"}},
		{"wait", []string{"wait", "--for=condition=Ready", "llc/" + canary}},
	} {
		said := neutral(s.kubectl(golden.args...), s.ns, hash)
		s.compare(filepath.Join("testdata", "kubectl", golden.file+".txt"),
			"$ kubectl "+strings.Join(golden.args, " ")+"\n"+said)
	}
}

func (s *scene) compare(path, got string) {
	s.Helper()
	if os.Getenv("LLC_E2E_UPDATE") != "" {
		s.must(os.MkdirAll(filepath.Dir(path), 0o755))
		s.must(os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	s.must(err)
	if got != string(want) {
		s.Errorf("%s is (LLC_E2E_UPDATE=1 writes it):\n%s\nwant:\n%s", path, got, want)
	}
}

// volatile is what differs from run to run, and what stands for it.
var volatile = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b`), "<time>"},
	{regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "<uid>"},
	{regexp.MustCompile(`(Resource Version: +)\d+\b`), "${1}<version>"},
	{regexp.MustCompile(`(?m) +$`), ""},
	{regexp.MustCompile(`\n+$`), "\n"},
	{regexp.MustCompile(`\b(` + canary + `-\d+)-[0-9a-z]+\b`), "${1}-<suffix>"},
}

// age is how long ago something was, as a cell of a table.
var age = regexp.MustCompile(`^(\d+[smh])+( \(x\d+ over (\d+[smh])+\))?$`)

func neutral(said, namespace, hash string) string {
	lines := strings.SplitAfter(said, "\n")
	cells := func(said string) string {
		said = strings.NewReplacer(namespace, "<namespace>", hash, "<hash>").Replace(said)
		for _, v := range volatile {
			said = v.what.ReplaceAllString(said, v.as)
		}
		return said
	}
	return cells(strings.Join(layOut(lines[:len(lines)-1], cells), ""))
}

// layOut lays out the table again that a text may end with: the width of a
// column is that of its longest cell, which may have been an age or a hash.
func layOut(lines []string, neutral func(string) string) []string {
	for i, line := range lines {
		if strings.Contains(line, "   AGE") || strings.Contains(line, "  Age  ") {
			table := layOutTable(lines[i:], neutral)
			if lines[i][0] == ' ' { // Events of one second come in any order
				slices.Sort(table[2:])
			}
			return append(lines[:i:i], table...)
		}
	}
	return lines
}

var head = regexp.MustCompile(`\S+( \S+)*`)

// layOutTable finds the cells, some of them empty, below the heads.
func layOutTable(lines []string, neutral func(string) string) []string {
	heads := head.FindAllStringIndex(lines[0], -1)
	indent, gap := lines[0][:heads[0][0]], "   "
	if indent != "" { // of describe
		gap = "  "
	}
	widths := make([]int, len(heads))
	var rows [][]string
	for _, line := range lines {
		row := make([]string, len(heads))
		for n := range heads {
			from, to := min(heads[n][0], len(line)), len(line)
			if n+1 < len(heads) {
				to = min(heads[n+1][0], to)
			}
			row[n] = neutral(age.ReplaceAllString(strings.TrimSpace(line[from:to]), "<age>"))
			widths[n] = max(widths[n], len(row[n]))
		}
		rows = append(rows, row)
	}
	var laidOut []string
	for _, row := range rows {
		line := indent
		for n, cell := range row {
			line += cell + strings.Repeat(" ", widths[n]-len(cell)) + gap
		}
		laidOut = append(laidOut, strings.TrimRight(line, " ")+"\n")
	}
	return laidOut
}
