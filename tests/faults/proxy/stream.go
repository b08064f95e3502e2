package proxy

import (
	"io"
	"net/http"
	"time"
)

// stream is a watch that has begun.
type stream struct {
	*visit
	out *outlet

	swap    *swap    // an event that waits for the next one
	history [][]byte // what was sent, for replay
	kept    int      // bytes of it
}

// swap is an event that is to come after the next one.
type swap struct {
	frame
	chosen chosen
	limit  <-chan time.Time
}

// swapLimit is how long an event waits for another to change places with.
const swapLimit = 300 * time.Millisecond

// replayMost and replayBytes bound what is kept to be sent again.
const (
	replayMost  = 1000
	replayBytes = 4 << 20
)

// stream passes on events until either side ends or a fault wants it.
func (v *visit) stream(from io.Reader) {
	s := &stream{visit: v, out: v.outlet()}
	if v.is("truncate") {
		s.out.limit = v.main.number()
	}
	if v.is("half-open") && v.act() {
		v.mute()
	}
	var closing <-chan time.Time
	shut := v.goes("close")
	if shut != nil {
		closing = time.After(shut.length())
	}
	frames := readFrames(from, v.r.Context().Done())
	for {
		var swapping <-chan time.Time
		if s.swap != nil {
			swapping = s.swap.limit
		}
		select {
		case f := <-frames:
			if f.err != nil {
				s.end(f)
				return
			}
			if !s.take(f) {
				return
			}
		case <-swapping:
			s.sendSwap()
		case <-closing:
			if v.fire(shut) {
				return
			}
		case <-v.r.Context().Done():
			return
		}
	}
}

// end passes on how the server ended the stream.
func (s *stream) end(last frame) {
	s.sendSwap()
	if len(last.data) > 0 {
		s.send(last.data)
	}
	if last.err != io.EOF {
		panic(http.ErrAbortHandler)
	}
}

// send sends bytes of the stream, and ends it with FIN where the watch is to be
// truncated.
func (s *stream) send(data []byte) {
	switch err := s.out.send(data); {
	case err == errLimit && s.act():
		s.finish()
	case err != nil:
		panic(http.ErrAbortHandler) // the client has gone
	}
}

// take passes on one event. False: the stream ends here, properly.
func (s *stream) take(f frame) bool {
	if f.kind == "BOOKMARK" {
		if r := s.goes("no-bookmarks"); r != nil && s.fire(r) {
			return true
		}
		s.sendSwap()
		s.send(f.data)
		return true
	}
	c := s.chooseFor(&f)
	if r := s.goes("only-bookmarks"); r != nil && s.fire(r) {
		return true
	}
	if r := c.goes("term"); r != nil && c.fire(r) {
		c.plan.hooks.Term()
	}
	if r := c.goes("delay"); r != nil && c.fire(r) {
		s.proxy.wait(s.r.Context(), r.length(), c.plan)
	}
	if s.swap == nil || s.swap.isSameObject(f) || !s.swap.chosen.act() {
		s.sendSwap()
		return s.pass(f, &c)
	}
	if !s.pass(f, &c) {
		return false
	}
	s.sendSwap()
	return true
}

// chooseFor writes an event down and chooses its faults, of the plan of now.
func (s *stream) chooseFor(f *frame) chosen {
	e := &WatchEvent{Resource: s.resource, Type: f.kind, Namespace: f.namespace, Name: f.name,
		ResourceVersion: f.revision, Seen: time.Now()}
	plan := s.proxy.plan.Load()
	plan.log.event(e)
	f.log, f.entry = plan.log, e
	s.proxy.revisions.add(f.revision)
	c := plan.choose(func(r *rule) bool {
		return r.Scope == Event && (r.Resource == "" || r.Resource == s.resource)
	})
	c.note = func(fault string) { plan.log.update(func() { verdict(&e.Verdict, fault) }) }
	return c
}

// pass sends an event, or does what its fault wants.
func (s *stream) pass(f frame, c *chosen) bool {
	if c.main == nil {
		s.sendEvent(f)
		return true
	}
	s.breakOff(f, c)
	switch {
	case c.is("drop") && c.act():
	case c.is("reorder") && s.swap == nil:
		s.swap = &swap{f, *c, time.After(swapLimit)}
	case c.is("duplicate") && c.act():
		s.sendEvent(f)
		s.send(f.data)
	case c.is("replay") && len(s.history) > 0 && c.act():
		again := s.history[max(0, len(s.history)-c.main.number()):]
		s.sendEvent(f)
		for _, data := range again {
			s.send(data)
		}
	case c.is("garbage") && c.act():
		s.send(spoil(c.main.argument(), f.data))
	case c.is("gone") && c.act():
		s.send(errorFrame(http.StatusGone, "Expired", "too old resource version: a fault of the proxy"))
		return false
	case c.is("cut") && c.main.number() < len(f.data) && c.act():
		s.send(f.data[:c.main.number()])
		return false
	case c.is("end") && c.act():
		s.sendEvent(f)
		return false
	case c.is("kill-after") && c.act():
		s.sendEvent(f)
		c.plan.hooks.Kill()
		return false
	case c.is("endless") && c.act():
		head, text := endlessJSON(c.main.argument(), `{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"1"`)
		s.out.plan = c.plan
		s.out.flood(head, text)
		return false
	default:
		s.sendEvent(f)
	}
	return true
}

// breakOff does the faults that leave nothing of the connection. It does not
// return if there was one.
func (s *stream) breakOff(f frame, c *chosen) {
	switch {
	case c.is("kill-before") && c.act():
		c.plan.hooks.Kill()
		s.reset()
	case c.is("half-open") && c.act():
		s.mute()
	case c.is("truncate") && c.main.number() < len(f.data) && c.act():
		s.send(f.data[:c.main.number()])
		s.finish()
	case c.is("fin") && c.act():
		s.send(f.data[:len(f.data)/2])
		s.finish()
	case c.is("reset-body") && c.act():
		s.send(f.data[:len(f.data)/2])
		s.reset()
	}
}

// sendSwap sends the event that waits for another, if there is one.
func (s *stream) sendSwap() {
	if s.swap != nil {
		f := s.swap.frame
		s.swap = nil
		s.sendEvent(f)
	}
}

// sendEvent sends an event as it is, and keeps it if one may be replayed.
func (s *stream) sendEvent(f frame) {
	if s.proxy.plan.Load().replays(s.resource) {
		s.history = append(s.history, f.data)
		s.kept += len(f.data)
		for len(s.history) > replayMost || s.kept > replayBytes {
			s.kept -= len(s.history[0])
			s.history = s.history[1:]
		}
	}
	s.send(f.data)
	f.log.update(func() {
		if f.entry.Sent.IsZero() {
			f.entry.Sent = time.Now()
		}
	})
}

// replays says whether an event of the resource may be wanted again.
func (p *plan) replays(resource string) bool {
	for _, r := range p.rules { // neither they nor their places change
		if r.Act == "replay" && (r.Resource == "" || r.Resource == resource) {
			return true
		}
	}
	return false
}
