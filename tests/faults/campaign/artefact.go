package campaign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// keep leaves what is to be looked at of a failed run in out/FOLDER/failed,
// and nothing of the others.
func (t *theatre) keep(out string) error {
	logs, err := filepath.Glob(filepath.Join(out, t.Namespace+"-*.log"))
	if err != nil {
		return err
	}
	kubeconfig := filepath.Join(out, t.Namespace+".kubeconfig")
	if len(t.Problems) == 0 {
		for _, path := range append(logs, kubeconfig) {
			err = errors.Join(err, os.Remove(path))
		}
		return err
	}
	name := strings.NewReplacer("/", "_", "=", "-", ":", "-", "%", "-", ",", "_").Replace(t.Plan.String())
	t.Artefact = filepath.Join(out, "failed", name)
	err = errors.Join(os.RemoveAll(t.Artefact), os.MkdirAll(t.Artefact, 0o755), os.Remove(kubeconfig))
	for i, path := range logs {
		err = errors.Join(err, os.Rename(path, filepath.Join(t.Artefact, fmt.Sprintf("controller-%d.log", i+1))))
	}
	for name, text := range map[string]string{
		"problems": strings.Join(t.Problems, "\n") + "\n",
		"history":  t.historyText(),
		"requests": t.requestsText(),
		"events":   t.eventsText(),
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(t.Artefact, name+".txt"), []byte(text), 0o644))
	}
	return err
}

const clock = "15:04:05.000"

func (t *theatre) historyText() string {
	var b strings.Builder
	for _, change := range t.observer.History() {
		o := change.Object
		fmt.Fprintf(&b, "%s %8d %-8s %s %s", change.Seen.Format(clock), change.Revision(), change.Verb, o, o.UID)
		switch {
		case o.Pod != nil:
			fmt.Fprintf(&b, " %s ready=%t deleting=%t %v %v", o.Pod.Phase, o.Pod.Ready, o.Deleted != nil, o.Labels, o.Pod.Containers)
		case o.Canary != nil:
			fmt.Fprintf(&b, " generation=%d deleting=%t spec %s status %s", o.Generation, o.Deleted != nil, o.Canary.Spec, o.Canary.Status)
		case o.Rollout != nil:
			fmt.Fprintf(&b, " stable=%s", o.Rollout.StableRS)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (t *theatre) requestsText() string {
	var b strings.Builder
	for _, x := range t.exchanges {
		answered := "never"
		if !x.Answered.IsZero() {
			answered = x.Answered.Sub(x.Arrived).String()
		}
		fmt.Fprintf(&b, "%s n=%d w=%d r=%d c=%d %s %s?%s -> %d in %s %s %s\n", x.Arrived.Format(clock), x.N, x.W, x.R,
			x.Connection, x.Method, x.Path, x.Query, x.Code, answered, x.Verdict, x.Body)
	}
	return b.String()
}

func (t *theatre) eventsText() string {
	var b strings.Builder
	for _, e := range t.events {
		fmt.Fprintf(&b, "%s %s/%d %s %s at %s %s\n", e.Seen.Format(clock), e.Resource, e.Number, e.Type, e.Name,
			e.ResourceVersion, e.Verdict)
	}
	return b.String()
}
