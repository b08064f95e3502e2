package harness

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Proxy stands between a controller and the API server, ends TLS on both
// sides, and can be armed to do one of two things to one request:
//
//   - lose the answer: the server has committed it; the client's connection is
//     reset instead of answered,
//   - be late: the server gets it when the test says so, whether the client
//     still lives or not.
type Proxy struct {
	Endpoint Endpoint
	server   *http.Server
	upstream *httputil.ReverseProxy

	mu     sync.Mutex
	match  func(*http.Request) bool // armed when not nil
	late   *Late                    // not nil: be late
	losses []Loss
}

// Loss is an answer the client never got.
type Loss struct {
	Method, Path string
	Code         int
}

// Late is a request that waits in the proxy.
type Late struct {
	Arrived  chan struct{} // closed when it is there
	Release  chan struct{} // to be closed by the test
	Answered chan int      // the server's code
}

// proxyConn counts the requests of one connection of the client.
type proxyConn struct {
	net.Conn
	requests int
}

type proxyConnKey struct{}

// StartProxy listens on loopback with a certificate of its own.
func StartProxy(admin *rest.Config) (*Proxy, error) {
	target, err := url.Parse(admin.Host)
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(admin.CAData)
	certificate, ca, err := selfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Endpoint: Endpoint{Server: "https://" + listener.Addr().String(), CA: ca}}
	quiet := log.New(io.Discard, "", 0)
	p.upstream = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, MaxIdleConnsPerHost: 64},
		FlushInterval: -1, // watches
		ErrorLog:      quiet,
	}
	p.server = &http.Server{
		Handler:   http.HandlerFunc(p.serve),
		ErrorLog:  quiet,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, proxyConnKey{}, &proxyConn{Conn: conn})
		},
	}
	go p.server.ServeTLS(listener, "", "")
	return p, nil
}

// Close ends every connection.
func (p *Proxy) Close() { p.server.Close() }

// Arm makes the answer to the next matching request on a connection that has
// served others before get lost.
func (p *Proxy) Arm(match func(*http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.match = match
}

// ArmLate holds up the next matching request.
func (p *Proxy) ArmLate(match func(*http.Request) bool) *Late {
	late := &Late{make(chan struct{}), make(chan struct{}), make(chan int, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.match, p.late = match, late
	return late
}

// Losses so far.
func (p *Proxy) Losses() []Loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Loss(nil), p.losses...)
}

// take disarms when the request is the one that was waited for.
func (p *Proxy) take(r *http.Request, conn *proxyConn) (taken bool, late *Late) {
	p.mu.Lock()
	defer p.mu.Unlock()
	conn.requests++
	if p.match == nil || p.late == nil && conn.requests == 1 || !p.match(r) {
		return false, nil
	}
	late = p.late
	p.match, p.late = nil, nil
	return true, late
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	conn := r.Context().Value(proxyConnKey{}).(*proxyConn)
	taken, late := p.take(r, conn)
	switch {
	case !taken:
		p.upstream.ServeHTTP(w, r)
	case late != nil:
		p.serveLate(r, late)
	default:
		p.loseAnswer(r, conn)
	}
}

func (p *Proxy) loseAnswer(r *http.Request, conn *proxyConn) {
	answer := &discarded{header: http.Header{}}
	p.upstream.ServeHTTP(answer, r)
	p.mu.Lock()
	p.losses = append(p.losses, Loss{r.Method, r.URL.Path, answer.code})
	p.mu.Unlock()
	if tcp, ok := conn.Conn.(*tls.Conn).NetConn().(*net.TCPConn); ok {
		tcp.SetLinger(0) // RST, not FIN
		tcp.Close()
	}
	panic(http.ErrAbortHandler)
}

func (p *Proxy) serveLate(r *http.Request, late *Late) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	close(late.Arrived)
	<-late.Release
	answer := &discarded{header: http.Header{}}
	detached := r.Clone(context.WithoutCancel(r.Context()))
	detached.Body = io.NopCloser(bytes.NewReader(body))
	p.upstream.ServeHTTP(answer, detached)
	late.Answered <- answer.code
	panic(http.ErrAbortHandler)
}

// discarded takes an answer and shows it to nobody.
type discarded struct {
	header http.Header
	code   int
}

func (d *discarded) Header() http.Header            { return d.header }
func (d *discarded) Write(text []byte) (int, error) { return len(text), nil }
func (d *discarded) WriteHeader(code int)           { d.code = code }

// selfSigned makes a certificate for 127.0.0.1 that is its own CA.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "llc e2e proxy"},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca, nil
}
