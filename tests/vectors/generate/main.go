// Command vectors asks client-go and apimachinery what they make of many inputs and writes the
// answers down, a file a subject, for the C tests beside it to compare with ours. The same command
// writes the same files each time.
//
//	vectors FOLDER          writes the files
//	vectors -check FOLDER   says which of them it would write differently, and fails
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/klog/v2"
)

// A subject is one file: JSON values, one a line; the first line names the columns of the others.
type subject struct {
	name    string
	columns []string
	rows    func(*chance) []row
}

type row []any

var subjects = []subject{
	{"labels", []string{"labels"}, labelSets},
	{"label-selectors", []string{"text", "matches"}, labelSelectors},
	{"label-selector-objects", []string{"selector", "matches"}, labelSelectorObjects},
	{"field-selectors", []string{"text", "terms"}, fieldSelectors},
	{"quantities", []string{"text", "canonical"}, quantities},
	{"quantity-pairs", []string{"a", "b", "compare"}, quantityPairs},
	{"durations", []string{"text", "ns"}, durations},
	{"times", []string{"text", "ms", "micro"}, times},
	{"time-formats", []string{"ms", "time", "micro"}, timeFormats},
	{"resource-versions", []string{"a", "b", "compare"}, resourceVersions},
	{"retries", []string{"method", "status", "Retry-After", "ms"}, retries},
	{"queue-delays", []string{"failures", "ms"}, queueDelays},
	{"relists", []string{"name", "answers", "requests"}, relists},
}

func (s subject) text() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s.columns); err != nil {
		return nil, err
	}
	for _, r := range s.rows(newChance(s.name)) {
		if err := encoder.Encode(r); err != nil {
			return nil, fmt.Errorf("%s: %v: %w", s.name, r, err)
		}
	}
	return text.Bytes(), nil
}

func run(folder string, check bool) error {
	stale := 0
	for _, s := range subjects {
		text, err := s.text()
		if err != nil {
			return err
		}
		path := filepath.Join(folder, s.name+".jsonl")
		if !check {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				return err
			}
			continue
		}
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, text) {
			fmt.Printf("%s is not what would be written now\n", path)
			stale++
		}
	}
	if stale > 0 {
		return fmt.Errorf("%d of %d files differ", stale, len(subjects))
	}
	return nil
}

func main() {
	klog.SetLogger(klog.Logger{}) // a Reflector complains a lot
	check := flag.Bool("check", false, "compare, write nothing")
	flag.Parse()
	if err := run(flag.Arg(0), *check); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}
