package campaign

import (
	"fmt"
	"io"
	"time"
)

// Table is what came of a family's plans.
type Table struct {
	Family   *Family
	Plans    int
	Fired    int
	Failures int
	Slowest  time.Duration // to converge
	Took     time.Duration // of all runs together
	Failed   []*Run
}

func (t *Table) add(run *Run) {
	t.Plans++
	if run.Fired {
		t.Fired++
	}
	if len(run.Problems) > 0 {
		t.Failures++
		t.Failed = append(t.Failed, run)
	}
	t.Took += run.Took
	t.Slowest = max(t.Slowest, run.Converge)
}

// WriteTable prints a line for each family.
func WriteTable(w io.Writer, tables []*Table) {
	fmt.Fprintf(w, "%-7s %-68s %6s %6s %9s %8s %9s %8s\n", "family", "", "plans", "fired", "failures", "retries", "slowest", "minutes")
	var total Table
	for _, t := range tables {
		writeRow(w, t, t.Family.ID, t.Family.About)
		total.Plans += t.Plans
		total.Fired += t.Fired
		total.Failures += t.Failures
		total.Took += t.Took
		total.Slowest = max(total.Slowest, t.Slowest)
	}
	writeRow(w, &total, "all", "")
}

// There are no retries: a plan runs once. Minutes are those of the machine.
func writeRow(w io.Writer, t *Table, id, about string) {
	fmt.Fprintf(w, "%-7s %-68s %6d %6d %9d %8d %9s %8.1f\n", id, about, t.Plans, t.Fired, t.Failures, 0,
		t.Slowest.Round(100*time.Millisecond), t.Took.Minutes()/parallel)
}
