package observer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// reconnectPause is left between two tries while the API server is away.
const reconnectPause = 50 * time.Millisecond

// errGap means that revisions are lost to us: a run in which that happens
// proves nothing.
var errGap = errors.New("the API server has no history from there on")

// source is one kind's list and watch, without any cache, informer or retry
// of a client library: what must not be missed is followed by the resource
// versions themselves.
type source struct {
	client    *http.Client
	host      string
	namespace string
	kind      Kind
}

func (s *source) url(query url.Values) string {
	gvr := resources[s.kind]
	prefix := "/apis/" + gvr.Group + "/" + gvr.Version
	if gvr.Group == "" {
		prefix = "/api/" + gvr.Version
	}
	return s.host + prefix + "/namespaces/" + s.namespace + "/" + gvr.Resource + "?" + query.Encode()
}

func (s *source) open(ctx context.Context, query url.Values) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(query), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		return resp.Body, nil
	case resp.StatusCode == http.StatusGone:
		err = errGap
	default:
		err = fmt.Errorf("code %d", resp.StatusCode)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<12))
	resp.Body.Close()
	return nil, fmt.Errorf("%s: %w: %s", s.kind, err, bytes.TrimSpace(text))
}

// list is a consistent read: all that was committed before it began is in it.
func (s *source) list(ctx context.Context) (objects []*Object, revision uint64, err error) {
	body, err := s.open(ctx, nil)
	if err != nil {
		return nil, 0, err
	}
	defer body.Close()
	var in struct {
		Metadata struct {
			ResourceVersion uint64 `json:",string"`
		}
		Items []json.RawMessage
	}
	if err := json.NewDecoder(body).Decode(&in); err != nil {
		return nil, 0, fmt.Errorf("list %s: %w", s.kind, err)
	}
	for _, text := range in.Items {
		object, err := decode(s.kind, text)
		if err != nil {
			return nil, 0, err
		}
		objects = append(objects, object)
	}
	return objects, in.Metadata.ResourceVersion, nil
}

// watch calls on for each event after that revision until the server ends the
// watch, and returns the last revision that it told.
func (s *source) watch(ctx context.Context, after uint64, opened func(), on func(Verb, *Object)) (uint64, error) {
	body, err := s.open(ctx, url.Values{
		"watch":               {"1"},
		"resourceVersion":     {strconv.FormatUint(after, 10)},
		"allowWatchBookmarks": {"1"},
	})
	if err != nil {
		return after, err
	}
	defer body.Close()
	opened()
	for events := json.NewDecoder(body); ; {
		var event struct {
			Type   Verb
			Object json.RawMessage
		}
		if err := events.Decode(&event); err != nil {
			return after, err
		}
		if event.Type == "ERROR" {
			return after, s.refusal(event.Object)
		}
		object, err := decode(s.kind, event.Object)
		if err != nil {
			return after, err
		}
		after = object.Revision
		if event.Type != "BOOKMARK" {
			on(event.Type, object)
		}
	}
}

// refusal is what an event of type ERROR says.
func (s *source) refusal(text []byte) error {
	var status struct {
		Code    int
		Message string
	}
	if err := json.Unmarshal(text, &status); err != nil {
		return err
	}
	if status.Code == http.StatusGone {
		return fmt.Errorf("%s: %w: %s", s.kind, errGap, status.Message)
	}
	return fmt.Errorf("%s: watch ended with code %d: %s", s.kind, status.Code, status.Message)
}

// follow goes on from the last revision, however often a watch ends, until
// ctx is done or there is a gap.
func (s *source) follow(ctx context.Context, after uint64, connected func(bool), on func(Verb, *Object)) error {
	for {
		var err error
		after, err = s.watch(ctx, after, func() { connected(true) }, on)
		if ctx.Err() != nil {
			return nil
		}
		connected(false)
		if errors.Is(err, errGap) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reconnectPause):
		}
	}
}
