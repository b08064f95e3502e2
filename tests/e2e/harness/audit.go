package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// AuditEvent is one line of the API server's audit log, as far as it is read.
type AuditEvent struct {
	AuditID string `json:"auditID"`
	Stage   string `json:"stage"`
	Verb    string `json:"verb"`
	User    struct {
		Username string `json:"username"`
	} `json:"user"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		APIGroup    string `json:"apiGroup"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	RequestURI     string `json:"requestURI"`
	ResponseStatus struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"responseStatus"`
	Received time.Time `json:"requestReceivedTimestamp"`
	Answered time.Time `json:"stageTimestamp"`
}

func (e AuditEvent) String() string {
	return fmt.Sprintf("%s %s %s -> %d by %s (%s)", e.Received.Format("15:04:05.000"), e.Verb, e.RequestURI,
		e.ResponseStatus.Code, e.User.Username, e.UserAgent)
}

// IsWrite says whether the request could change something.
func (e AuditEvent) IsWrite() bool {
	switch e.Verb {
	case "get", "list", "watch":
		return false
	}
	return true
}

// Resource with its subresource: "pods/eviction".
func (e AuditEvent) Resource() string {
	if e.ObjectRef.Subresource != "" {
		return e.ObjectRef.Resource + "/" + e.ObjectRef.Subresource
	}
	return e.ObjectRef.Resource
}

// Audit reads an audit log from where it was opened.
type Audit struct {
	path   string
	offset int64
}

// OpenAudit starts at the present end of the log.
func OpenAudit(path string) (*Audit, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &Audit{path: path, offset: info.Size()}, nil
}

// Select returns the requests since the log was opened that keep wants, in
// the order in which they were answered. A request is in the log before its
// answer is on its way.
func (a *Audit) Select(keep func(*AuditEvent) bool) ([]AuditEvent, error) {
	file, err := os.Open(a.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(a.offset, io.SeekStart); err != nil {
		return nil, err
	}
	var kept []AuditEvent
	seen := map[string]bool{} // a watch is logged when it begins and when it ends
	for reader := bufio.NewReaderSize(file, 64<<10); ; {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF { // a part of a line is not there yet
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
		var event AuditEvent
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("%s: %w", a.path, err)
		}
		if again := seen[event.AuditID]; !again && keep(&event) {
			kept = append(kept, event)
		}
		seen[event.AuditID] = true
	}
}

// ByController keeps what our ServiceAccount did in a namespace ("" = any).
func ByController(namespace string) func(*AuditEvent) bool {
	return func(e *AuditEvent) bool {
		return e.User.Username == ControllerUser && e.UserAgent != ThiefAgent && (namespace == "" || e.ObjectRef.Namespace == namespace)
	}
}
