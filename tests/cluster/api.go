package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// connect makes the client that asks the servers of this cluster, and no
// others, whether they are ready: it trusts this cluster's CA only.
func (c *cluster) connect() error {
	ca, err := os.ReadFile(c.key("ca.crt"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return errors.New("ca.crt holds no certificate")
	}
	admin, err := tls.LoadX509KeyPair(c.key("admin.crt"), c.key("admin.key"))
	if err != nil {
		return err
	}
	c.http = &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{ // no proxy
			TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{admin}},
		},
	}
	return nil
}

func (c *cluster) get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return c.do(request)
}

func (c *cluster) do(request *http.Request) ([]byte, error) {
	request.Header.Set("User-Agent", "llc-cluster")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", request.URL, response.Status)
	}
	return body, err
}

func (c *cluster) probe(ctx context.Context, scheme string, port int, path string) error {
	_, err := c.get(ctx, scheme+"://"+loopback(port)+path)
	return err
}

// object reads what the API server has at path.
func (c *cluster) object(ctx context.Context, path string, into any) error {
	body, err := c.get(ctx, c.server()+path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// etcd calls one of its methods by way of the JSON that it takes as well.
func (c *cluster) etcd(ctx context.Context, method string, question, into any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return err
	}
	url := "https://" + loopback(c.state.Ports.Etcd) + "/v3/" + method
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	body, err := c.do(request)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func (c *cluster) server() string { return "https://" + loopback(c.state.Ports.APIServer) }
