package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func readCertificate(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("not one PEM certificate: %q", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCertificatesVerify(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "pki"), time.Now()
	if err := writePKI(dir, "default", "https://127.0.0.1:20000", now); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(readCertificate(t, readFile(t, dir, "ca.crt")))
	server := readCertificate(t, readFile(t, dir, "server.crt"))
	for _, host := range []string{"127.0.0.1", "localhost", "kubernetes", "kubernetes.default.svc"} {
		options := x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now}
		if _, err := server.Verify(options); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := server.Verify(x509.VerifyOptions{Roots: roots, DNSName: "example.org"}); err == nil {
		t.Error("the server's certificate is good for example.org")
	}
	for _, id := range identities {
		client := readCertificate(t, readFile(t, dir, id.file+".crt"))
		usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if _, err := client.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err != nil {
			t.Errorf("%s: %v", id.file, err)
		}
		if client.Subject.CommonName != id.user || !slices.Equal(client.Subject.Organization, id.groups) {
			t.Errorf("%s: subject %s", id.file, client.Subject)
		}
	}
}

func TestAnotherClustersCAIsNotTrusted(t *testing.T) {
	now := time.Now()
	one, _, err := newAuthority("one", now)
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := newAuthority("two", now)
	if err != nil {
		t.Fatal(err)
	}
	p, err := two.client("admin", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(one.cert)
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := readCertificate(t, p.cert).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err == nil {
		t.Error("a certificate of another CA verifies")
	}
}

func TestKeysAreForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	if err := writePKI(dir, "default", "https://127.0.0.1:20000", time.Now()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file.Name(), ".crt") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file.Name(), info.Mode())
		}
	}
}

func TestKubeconfigCarriesItsCredentials(t *testing.T) {
	a, ca, err := newAuthority("default", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	client, err := a.client("llc-admin", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	text := string(kubeconfig("llc-default", "llc-admin", "https://127.0.0.1:20000", ca.cert, client))
	data := func(key string) []byte {
		found := regexp.MustCompile(`(?m)^    ` + key + `: (\S+)$`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("no %s in\n%s", key, text)
		}
		value, err := base64.StdEncoding.DecodeString(found[1])
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	if string(data("certificate-authority-data")) != string(ca.cert) {
		t.Error("another CA")
	}
	if _, err := tls.X509KeyPair(data("client-certificate-data"), data("client-key-data")); err != nil {
		t.Error(err)
	}
	for _, line := range []string{`current-context: "llc-default"`, `    server: "https://127.0.0.1:20000"`,
		`    cluster: "llc-default"`, `    user: "llc-admin"`} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}
