// Package proxy is a proxy with faults. It stands between a controller and a
// Kubernetes API server, ends TLS on both sides and speaks HTTP/1.1. It numbers
// requests and watch events, writes down what it sees, and, armed with a plan,
// brings about everything that can go wrong on the way: lost answers, stale
// lists, missing events, broken bodies, dead connections, wrong certificates.
// WriteHelp lists it all.
//
// A request that has arrived reaches the server whether its client still lives
// or not; with a watch it is over when its client goes.
package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Options say where the API server is.
type Options struct {
	Server string // "https://127.0.0.1:6443"
	CA     []byte // PEM; whom to trust there
	Seed   int64  // of percentages
}

// Endpoint is where and whom to trust when connecting.
type Endpoint struct {
	Server string
	CA     []byte // PEM
}

// Proxy is one that runs.
type Proxy struct {
	endpoint   Endpoint
	target     *url.URL
	transport  *http.Transport
	server     *http.Server
	listener   *listener
	identities *identities
	seed       int64
	plan       atomic.Pointer[plan] // never nil
	revisions  revisions

	ctx   context.Context // ends with Close
	close context.CancelFunc
}

// Start listens on a free port of 127.0.0.1. No fault is armed.
func Start(opt Options) (*Proxy, error) {
	target, err := url.Parse(opt.Server)
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	if target.Scheme == "https" && !trusted.AppendCertsFromPEM(opt.CA) {
		return nil, errors.New("no certificate in the CA")
	}
	p := &Proxy{target: target, seed: opt.Seed, transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: trusted},
		MaxIdleConnsPerHost: 64,
		DisableCompression:  true, // we read what we pass on
	}}
	if p.identities, err = newIdentities(); err != nil {
		return nil, err
	}
	p.plan.Store(newPlan(nil, Hooks{}, p.seed))
	p.ctx, p.close = context.WithCancel(context.Background())
	if p.listener, err = p.listen(); err != nil {
		return nil, err
	}
	p.endpoint = Endpoint{Server: "https://" + p.listener.Addr().String(), CA: p.identities.ca.pem}
	p.server = &http.Server{
		Handler:     http.HandlerFunc(p.serve),
		ErrorLog:    stdlog.New(io.Discard, "", 0),
		TLSConfig:   &tls.Config{GetConfigForClient: p.shakeHands},
		BaseContext: func(net.Listener) context.Context { return p.ctx },
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn.(*tls.Conn).NetConn())
		},
	}
	go p.server.ServeTLS(p.listener, "", "")
	return p, nil
}

// Close ends every connection, and whatever waits in the proxy.
func (p *Proxy) Close() {
	p.close()
	p.plan.Load().end()
	p.server.Close()
	p.listener.closeAll(func(c *clientConn) { c.Close() })
	p.transport.CloseIdleConnections()
}

// Endpoint is where to find the proxy.
func (p *Proxy) Endpoint() Endpoint { return p.endpoint }

// NextCA is the PEM of the CA that the proxy has while tls:rotated acts.
func (p *Proxy) NextCA() []byte { return p.identities.next.pem }

// Arm begins anew: the plan that was armed is disarmed, numbers count from 1,
// the log is empty. If faults of TLS are among the new ones, the connections
// there are get reset.
func (p *Proxy) Arm(faults []Fault, hooks Hooks) error {
	ofTLS := false
	for _, f := range faults {
		if err := f.Check(); err != nil {
			return err
		}
		if (f.Act == "kill-before" || f.Act == "kill-after") && hooks.Kill == nil || f.Act == "term" && hooks.Term == nil {
			return fmt.Errorf("%s: no hook is given", f)
		}
		ofTLS = ofTLS || f.Scope == TLS
	}
	p.plan.Swap(newPlan(faults, hooks, p.seed)).end()
	if ofTLS {
		p.listener.closeAll((*clientConn).reset)
	}
	return nil
}

// Disarm: no fault acts any more, and what is held up goes on. Connections that
// are mute or deaf stay so; numbers count on.
func (p *Proxy) Disarm() { p.plan.Load().end() }

// Thaw lets go what `hold`, `stale` and `rewind` hold up, and ends these faults.
func (p *Proxy) Thaw() { p.plan.Load().thaw() }

// Fired are the faults of the plan that have acted, in its order. One that is
// missing found nothing to act on.
func (p *Proxy) Fired() []Fault { return p.plan.Load().firedFaults() }

// ActsUntil is when what has acted so far is over, as far as the plan tells:
// when the last fault acted, or a `for`, `delay` or `late` ends, or what was held
// up went on. Zero: nothing has acted.
func (p *Proxy) ActsUntil() time.Time { return p.plan.Load().actsUntil() }

// Exchanges are the requests since Arm, as they arrived.
func (p *Proxy) Exchanges() []Exchange { return p.plan.Load().log.copyExchanges() }

// Events are the watch events since Arm, as they came from the server.
func (p *Proxy) Events() []WatchEvent { return p.plan.Load().log.copyEvents() }

// Lost is how many requests and events were too many to be kept.
func (p *Proxy) Lost() int { return p.plan.Load().log.countLost() }

// shakeHands chooses what the proxy shows itself as.
func (p *Proxy) shakeHands(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	as := ""
	chosen := p.plan.Load().choose(func(r *rule) bool { return r.Scope == TLS })
	if chosen.main != nil && chosen.fire(chosen.main) {
		as = chosen.main.Act
	}
	return p.identities.configs[as], nil
}
