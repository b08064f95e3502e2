package proxy

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// listener knows the connections that it accepted.
type listener struct {
	net.Listener
	proxy *Proxy

	mu    sync.Mutex
	conns map[*clientConn]struct{}
	n     int
}

func (p *Proxy) listen() (*listener, error) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	return &listener{Listener: inner, proxy: p, conns: map[*clientConn]struct{}{}}, err
}

func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &clientConn{TCPConn: inner.(*net.TCPConn), listener: l,
		faults: l.proxy.plan.Load().choose(func(r *rule) bool { return r.Scope == Conn })}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	c.number = l.n
	l.conns[c] = struct{}{}
	return c, nil
}

func (l *listener) closeAll(end func(*clientConn)) {
	l.mu.Lock()
	var all []*clientConn
	for c := range l.conns {
		all = append(all, c)
	}
	l.mu.Unlock()
	for _, c := range all {
		end(c)
	}
}

// clientConn is a connection of the client, below TLS.
type clientConn struct {
	*net.TCPConn
	listener *listener
	number   int
	requests atomic.Int32
	faults   chosen
	begun    bool // its first bytes are awaited; the handshake's goroutine only
}

type connKey struct{}

func connOf(ctx context.Context) *clientConn { return ctx.Value(connKey{}).(*clientConn) }

// Read does before the first byte what a fault wants done to the connection.
func (c *clientConn) Read(b []byte) (int, error) {
	if !c.begun {
		c.begun = true
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
	return c.TCPConn.Read(b)
}

func (c *clientConn) begin() error {
	if r := c.faults.goes("delay"); r != nil && c.faults.fire(r) {
		c.listener.proxy.wait(c.listener.proxy.ctx, r.length(), c.faults.plan)
	}
	switch {
	case c.faults.is("reset-handshake"):
		if _, err := c.TCPConn.Read(make([]byte, 1)); err == nil && c.faults.act() {
			c.reset()
			return net.ErrClosed
		}
	case c.faults.is("half-open") && c.faults.act():
		io.Copy(io.Discard, c.TCPConn)
		return net.ErrClosed
	case c.faults.is("deaf") && c.faults.act():
		<-c.listener.proxy.ctx.Done()
		return net.ErrClosed
	}
	return nil
}

// forFirstRequest is the fault that waits for the connection's first request.
func (c *clientConn) forFirstRequest() *rule {
	for _, act := range []string{"reset-headers", "reset-body", "fin"} {
		if c.faults.is(act) {
			return c.faults.main
		}
	}
	return nil
}

func (c *clientConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.conns, c)
	c.listener.mu.Unlock()
	return c.TCPConn.Close()
}

// reset is RST instead of FIN.
func (c *clientConn) reset() {
	c.SetLinger(0)
	c.Close()
}

// wait is over after so long, when ctx is done or when the plan is over.
func (p *Proxy) wait(ctx context.Context, length time.Duration, of *plan) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-of.ended:
	case <-ctx.Done():
	case <-p.ctx.Done():
	}
}
