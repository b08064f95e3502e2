package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// authority is a CA that lives as long as its proxy.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign,
		IsCA:     true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// issue makes a server's certificate that holds for a day around now.
func (a *authority) issue(change func(*x509.Certificate)) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "llc fault proxy"},
		NotBefore:    time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// identities are what the proxy can show itself as, by the act; "" is as usual.
type identities struct {
	ca, next *authority
	configs  map[string]*tls.Config
}

func newIdentities() (*identities, error) {
	var authorities [3]*authority
	for i, name := range []string{"llc fault proxy CA", "llc fault proxy next CA", "nobody's CA"} {
		var err error
		if authorities[i], err = newAuthority(name); err != nil {
			return nil, err
		}
	}
	ids := &identities{ca: authorities[0], next: authorities[1], configs: map[string]*tls.Config{}}
	as := func(act string, by *authority, newest uint16, change func(*x509.Certificate)) error {
		certificate, err := by.issue(change)
		ids.configs[act] = &tls.Config{
			Certificates:           []tls.Certificate{certificate},
			NextProtos:             []string{"http/1.1"},
			MinVersion:             min(newest, tls.VersionTLS12),
			MaxVersion:             newest,
			SessionTicketsDisabled: true, // a resumed connection sees no certificate
		}
		return err
	}
	good := func(*x509.Certificate) {}
	for _, err := range []error{
		as("", ids.ca, tls.VersionTLS13, good),
		as("rotated", ids.next, tls.VersionTLS13, good),
		as("wrong-ca", authorities[2], tls.VersionTLS13, good),
		as("expired", ids.ca, tls.VersionTLS13, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
		as("wrong-san", ids.ca, tls.VersionTLS13, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"elsewhere.invalid"}
		}),
		as("tls1.0", ids.ca, tls.VersionTLS10, good),
		as("tls1.1", ids.ca, tls.VersionTLS11, good),
	} {
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
