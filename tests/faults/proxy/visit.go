package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// visit is a request on its way through the proxy.
type visit struct {
	request
	chosen
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
	conn  *clientConn
	body  []byte
	log   *log
	x     *Exchange
}

// maxRequest is more than the API server takes (3 MiB).
const maxRequest = 8 << 20

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	v := &visit{request: requestOf(r), proxy: p, w: w, r: r, conn: connOf(r.Context())}
	var err error
	if v.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest)); err != nil {
		v.reset()
	}
	v.arrive()
	if r := v.goes("term"); r != nil && v.fire(r) {
		v.plan.hooks.Term()
	}
	if r := v.goes("delay"); r != nil && v.fire(r) {
		p.wait(p.ctx, r.length(), v.plan)
	}
	if v.endsHere() {
		return
	}
	if v.verb == Watch {
		v.watch()
		return
	}
	v.pass()
}

// arrive numbers the request, writes it down and chooses its faults.
func (v *visit) arrive() {
	warm := v.conn.requests.Add(1) > 1
	v.x = &Exchange{
		Method: v.r.Method, Path: v.r.URL.Path, Query: v.r.URL.RawQuery, Body: bytes.Clone(v.body[:min(len(v.body), keptBody)]),
		Verb: v.verb, Resource: v.resource, Namespace: v.namespace, Name: v.name,
		Connection: v.conn.number, Arrived: time.Now(),
	}
	plan := v.proxy.plan.Load()
	v.log = plan.log
	v.log.request(v.x, v.request)
	v.chosen = plan.choose(func(r *rule) bool {
		possible := requests | lists
		if v.verb == Watch {
			possible = watches
		}
		return r.Scope.ofRequests() && r.act.on&possible != 0 && v.isIn(r.Scope, r.Resource) && (warm || !r.Warm)
	})
	if v.main == nil && !warm && v.conn.faults.plan == plan {
		v.main = v.conn.forFirstRequest()
	}
	v.note = func(fault string) { v.log.update(func() { verdict(&v.x.Verdict, fault) }) }
}

// endsHere does what a fault wants done before the server sees anything. True:
// the client has its answer.
func (v *visit) endsHere() bool {
	if v.main == nil {
		return false
	}
	switch {
	case v.is("hold") && !v.plan.isThawed() && v.act():
		select {
		case <-v.plan.thawed:
		case <-v.proxy.ctx.Done():
		}
	case v.is("kill-before") && v.act():
		v.plan.hooks.Kill()
		v.reset()
	case v.is("drop") && v.act():
		v.reset()
	case v.is("hang") && v.act():
		v.mute()
	case v.is("deaf") && v.act():
		v.deafen()
	case v.is("status") && v.act():
		v.send(v.refusal())
		return true
	case v.verb != Watch: // the rest wants to see the answer
	case v.is("bomb") && v.act():
		v.bomb()
		return true
	case v.is("garbage") && v.act():
		frame := []byte(`{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}` + "\n")
		v.send(answerOf(http.StatusOK, spoil(v.main.argument(), frame)))
		return true
	}
	return false
}

// pass forwards a request that is no watch, and answers it.
func (v *visit) pass() {
	query := v.query()
	a, err := v.forward(context.WithoutCancel(v.r.Context()), query)
	if err != nil {
		v.failed(err)
	}
	if r := v.goes("late"); r != nil && v.fire(r) {
		v.proxy.wait(v.proxy.ctx, r.length(), v.plan)
	}
	v.answer(a)
}

// failed: the server gave no answer, so the client gets none.
func (v *visit) failed(err error) {
	v.note(fmt.Sprintf("(server: %v)", err))
	v.reset()
}

// reset ends the connection with RST, and the goroutine of the request.
func (v *visit) reset() {
	v.conn.reset()
	panic(http.ErrAbortHandler)
}

// finish ends the connection with FIN, where it stands.
func (v *visit) finish() {
	v.conn.CloseWrite()
	v.proxy.wait(v.r.Context(), finishLimit, v.plan)
	panic(http.ErrAbortHandler)
}

// finishLimit is how long a client may take to close its side after FIN.
const finishLimit = 10 * time.Second

// mute says nothing more for as long as the client has patience.
func (v *visit) mute() {
	select {
	case <-v.r.Context().Done():
	case <-v.proxy.ctx.Done():
	}
	panic(http.ErrAbortHandler)
}

// deafen is mute, and leaves what arrives where it is.
func (v *visit) deafen() {
	v.takeOver()
	<-v.proxy.ctx.Done()
	panic(http.ErrAbortHandler)
}

// takeOver is for what net/http won't do. The server does not look at the
// connection any more.
func (v *visit) takeOver() io.Writer {
	conn, _, err := http.NewResponseController(v.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}
