package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"
)

// snapshot is the past that a stale server shows: one revision for all lists.
type snapshot struct {
	mu       sync.Mutex    // while it is being taken
	revision string        // "" = not taken yet; the plan's mutex
	thawed   chan struct{} // closed when `for` is over
}

// query is the one to forward: for a stale list another than the client's.
func (v *visit) query() string {
	asked := v.r.URL.RawQuery
	if !v.is("stale") && !v.is("rewind") || v.isContinued || v.plan.isThawed() {
		return asked
	}
	revision, err := v.takeSnapshot()
	if err != nil || !v.act() {
		return asked
	}
	query := v.r.URL.Query()
	query.Set("resourceVersion", revision)
	query.Set("resourceVersionMatch", "Exact")
	return query.Encode()
}

// takeSnapshot is its revision.
func (v *visit) takeSnapshot() (string, error) {
	s := &v.main.snapshot
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revision != "" {
		return s.revision, nil
	}
	var revision int64
	var err error
	if v.is("stale") {
		revision, err = v.currentRevision()
		revision = max(1, revision-int64(v.main.number()))
	} else {
		revision, err = v.proxy.revisions.before(v.main.number())
	}
	if err != nil {
		return "", err
	}
	v.plan.mu.Lock()
	defer v.plan.mu.Unlock()
	s.revision, s.thawed = strconv.FormatInt(revision, 10), make(chan struct{})
	if v.main.For > 0 {
		time.AfterFunc(v.main.For, func() { close(s.thawed) })
	}
	return s.revision, nil
}

// currentRevision asks the server in the client's name.
func (v *visit) currentRevision() (int64, error) {
	resp, err := v.ask(v.proxy.ctx, "limit=1")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, err
	}
	from, to, err := listRevision(body)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(body[from:to]), 10, 64)
}

// awaitThaw holds up a watch from a snapshot. False: its client has gone.
func (v *visit) awaitThaw() bool {
	s := v.plan.snapshotOf(v.revision)
	if s == nil {
		return true
	}
	v.note("(frozen)")
	select {
	case <-s.thawed:
	case <-v.plan.thawed:
	case <-v.r.Context().Done():
	}
	return v.r.Context().Err() == nil
}

// snapshotOf is the one of that revision, nil if none is shown.
func (p *plan) snapshotOf(revision string) *snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if r.snapshot.revision != "" && r.snapshot.revision == revision && !p.isThawed() {
			return &r.snapshot
		}
	}
	return nil
}

// revisions are those of the last events, each once, in ascending order.
type revisions struct {
	mu   sync.Mutex
	seen []int64
}

const keptRevisions = 1 << 12

func (r *revisions) add(text string) {
	revision, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, found := slices.BinarySearch(r.seen, revision)
	if found {
		return
	}
	r.seen = slices.Insert(r.seen, at, revision)
	if len(r.seen) > keptRevisions {
		r.seen = slices.Delete(r.seen, 0, keptRevisions/2)
	}
}

// before is the revision before the last n.
func (r *revisions) before(n int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > len(r.seen) {
		return 0, fmt.Errorf("only %d revisions were seen", len(r.seen))
	}
	return r.seen[len(r.seen)-n] - 1, nil
}

// rewindList makes a list's resourceVersion smaller by n.
func rewindList(body []byte, n int) ([]byte, error) {
	from, to, err := listRevision(body)
	if err != nil {
		return nil, err
	}
	revision, err := strconv.ParseInt(string(body[from:to]), 10, 64)
	if err != nil {
		return nil, err
	}
	return splice(body, from, to, strconv.FormatInt(max(1, revision-int64(n)), 10)), nil
}

// listRevision is where the resourceVersion of a list itself stands in it.
func listRevision(body []byte) (from, to int, err error) {
	in := json.NewDecoder(bytes.NewReader(body))
	if _, err := in.Token(); err != nil {
		return 0, 0, err
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return 0, 0, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return 0, 0, err
		}
		if key != "metadata" {
			continue
		}
		start := int(in.InputOffset()) - len(value)
		const member = `"resourceVersion":"`
		if i := bytes.Index(value, []byte(member)); i >= 0 {
			from = start + i + len(member)
			return from, from + bytes.IndexByte(body[from:], '"'), nil
		}
	}
	return 0, 0, fmt.Errorf("a list without resourceVersion")
}
