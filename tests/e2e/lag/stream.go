package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"k8s.io/client-go/rest"
)

// newClient has so many connections of its own, kept alive, HTTP/1.1.
func newClient(config *rest.Config, connections int) (*http.Client, error) {
	tls, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: tls, MaxIdleConnsPerHost: connections}
	authenticated, err := rest.HTTPWrappersForConfig(config, transport)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: authenticated}, nil
}

// watched is what anybody here reads of an object.
type watched struct {
	Object struct {
		Metadata struct {
			Name   string            `json:"name"`
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
		Status struct {
			StableRS string `json:"stableRS"`
		} `json:"status"`
	} `json:"object"`
}

// Names and labels only: a server gives up a watcher that can't keep up.
const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// watchPath calls seen for each event of a watch, until it ends.
func watchPath(ctx context.Context, client *http.Client, url, accept string, seen func(*watched)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"?watch=true", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", accept)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("watch %s: %s", url, resp.Status)
	}
	for lines := bufio.NewReaderSize(resp.Body, 1<<20); ; {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("watch %s: %w", url, err)
		}
		var event watched
		if err := json.Unmarshal(line, &event); err != nil {
			return err
		}
		seen(&event)
	}
}

// mergePatch sends one and drains the answer, so that the connection is free.
func mergePatch(ctx context.Context, client *http.Client, url string, body io.Reader) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/merge-patch+json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("patch %s: %s %s", url, resp.Status, answer)
	}
	return err
}
