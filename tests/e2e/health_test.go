package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"llc.test/e2e/harness"
)

// TestHealth reads the endpoints, and stops the controller as Kubernetes does.
func TestHealth(t *testing.T) {
	s := own(t)
	s.applyRollout()
	s.applyCanary()
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK,
		"/metrics": http.StatusOK, "/nothing": http.StatusNotFound} {
		status, body, err := s.ctl.Get(s.ctx, path)
		s.must(err)
		if status != want {
			t.Errorf("%s: %d %q, want %d", path, status, body, want)
		}
	}
	_, metrics, err := s.ctl.Get(s.ctx, "/metrics")
	s.must(err)
	samples, err := checkExposition(metrics)
	if err != nil {
		t.Errorf("/metrics: %v\n%s", err, metrics)
	}
	if samples < 10 {
		t.Errorf("/metrics has %d samples:\n%s", samples, metrics)
	}
	s.must(s.ctl.Stop())
	if status, _, err := s.ctl.Get(s.ctx, "/healthz"); err == nil {
		t.Errorf("something answers /healthz after the end: %d", status)
	}
	s.start(harness.Endpoint{})
}

var (
	metaLine   = regexp.MustCompile(`^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([^}]*)\})? (\S+)$`)
	labelPairs = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*$`)
)

// checkExposition checks Prometheus' text format, as far as we use it: each
// family has HELP and TYPE before its samples, stands in one place, has no
// sample twice; each histogram counts upwards to +Inf.
func checkExposition(text string) (samples int, err error) {
	types, seen := map[string]string{}, map[string]bool{}
	family, buckets := "", []float64(nil)
	for number, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		bad := func(format string, args ...any) error {
			return fmt.Errorf("line %d, %q: %s", number+1, line, fmt.Sprintf(format, args...))
		}
		if match := metaLine.FindStringSubmatch(line); match != nil {
			if match[1] == "TYPE" {
				if types[match[2]] != "" {
					return samples, bad("the family is there twice")
				}
				family, types[match[2]], buckets = match[2], match[3], nil
			}
			continue
		}
		match := sampleLine.FindStringSubmatch(line)
		if match == nil || !labelPairs.MatchString(match[3]) {
			return samples, bad("not a sample")
		}
		value, err := strconv.ParseFloat(match[4], 64)
		if err != nil {
			return samples, bad("not a number: %v", err)
		}
		suffix, ours := strings.CutPrefix(match[1], family)
		if !ours || suffix != "" && types[family] != "histogram" {
			return samples, bad("stands under family %q", family)
		}
		if key := match[1] + match[2]; seen[key] {
			return samples, bad("twice")
		} else {
			seen[key] = true
		}
		if suffix == "_bucket" {
			if len(buckets) > 0 && value < buckets[len(buckets)-1] {
				return samples, bad("counts downwards")
			}
			buckets = append(buckets, value)
		}
		if suffix == "_count" && (len(buckets) == 0 || buckets[len(buckets)-1] != value) {
			return samples, bad("is not the +Inf bucket %v", buckets)
		}
		if suffix == "_count" {
			buckets = nil
		}
		if types[family] == "counter" && value < 0 {
			return samples, bad("a counter below 0")
		}
		samples++
	}
	return samples, nil
}
