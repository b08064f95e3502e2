package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is a certificate authority of one cluster; it signs for servers
// and clients and lives as long as the cluster.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// pair is a certificate and its key, PEM.
type pair struct{ cert, key []byte }

const certificateLife = 365 * 24 * time.Hour

func newAuthority(name string, now time.Time) (*authority, pair, error) {
	a := &authority{now: now}
	template := a.template("llc-cluster-" + name)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, pair{}, err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, pair{}, err
	}
	key, err := encodeKey(a.key)
	return a, pair{encodeCertificate(der), key}, err
}

// server signs for every server of the cluster. etcd also shows it to itself
// as a client, peer to peer.
func (a *authority) server(hosts []string, addresses []net.IP) (pair, error) {
	template := a.template("llc-cluster-server")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.DNSNames, template.IPAddresses = hosts, addresses
	return a.sign(template)
}

// client signs for a user of the API; groups may be empty.
func (a *authority) client(user string, groups ...string) (pair, error) {
	template := a.template(user)
	template.Subject.Organization = groups
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.sign(template)
}

func (a *authority) template(commonName string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand does not fail on Linux
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    a.now.Add(-time.Hour),
		NotAfter:     a.now.Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func (a *authority) sign(template *x509.Certificate) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return pair{}, err
	}
	text, err := encodeKey(key)
	return pair{encodeCertificate(der), text}, err
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

func (p pair) write(dir, name string) error {
	if err := os.WriteFile(filepath.Join(dir, name+".crt"), p.cert, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".key"), p.key, 0o600)
}

// identity is a user of the API server that has a client certificate.
type identity struct {
	file, user string
	groups     []string
}

var identities = []identity{
	{"admin", "llc-admin", []string{"system:masters"}},
	{"kube-apiserver", "kube-apiserver", nil}, // to etcd
	{"kube-controller-manager", "system:kube-controller-manager", nil},
	{"kube-scheduler", "system:kube-scheduler", nil},
	{"kwok", "kwok", []string{"system:masters"}},
	{"rollouts-controller", "argo-rollouts", []string{"system:masters"}},
}

// writePKI makes all keys of a cluster in dir: ca, server, service-account
// and one pair and one kubeconfig for each identity.
func writePKI(dir, name, server string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	a, ca, err := newAuthority(name, now)
	if err != nil {
		return err
	}
	serving, err := a.server(
		[]string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
		[]net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)})
	if err != nil {
		return err
	}
	tokens, err := a.client("service-account-tokens") // only its key is used
	if err != nil {
		return err
	}
	for file, p := range map[string]pair{"ca": ca, "server": serving, "service-account": tokens} {
		if err := p.write(dir, file); err != nil {
			return err
		}
	}
	for _, id := range identities {
		p, err := a.client(id.user, id.groups...)
		if err != nil {
			return err
		}
		if err := p.write(dir, id.file); err != nil {
			return err
		}
		text := kubeconfig("llc-"+name, id.user, server, ca.cert, p)
		if err := os.WriteFile(filepath.Join(dir, id.file+".kubeconfig"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
