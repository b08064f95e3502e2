package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"time"
)

// StopLimit is how long SIGTERM may take.
const StopLimit = 5 * time.Second

// Controller is one running controller process.
type Controller struct {
	Name    string
	LogPath string
	cmd     *exec.Cmd
	exited  chan struct{}
	port    int
}

// ControllerOptions say how to start one.
type ControllerOptions struct {
	Name       string // of its log file
	Kubeconfig string
	Namespaces []string // none = all
	Args       []string // more flags
}

// ControllerBinary is the program under test.
func ControllerBinary(root string) string {
	if given := os.Getenv("LLC_CONTROLLER"); given != "" {
		if path, err := filepath.Abs(given); err == nil {
			return path
		}
	}
	return filepath.Join(root, "out", "bin", "llc-controller")
}

// consistencyInterval is short, so that what the comparisons of the caches with
// the server might do wrong happens in every test.
const consistencyInterval = "10s"

// StartController starts it and waits until it has told its port.
func (c *Cluster) StartController(opt ControllerOptions) (*Controller, error) {
	args := []string{"--kubeconfig", opt.Kubeconfig, "--http-address", "127.0.0.1:0", "--log-format", "json",
		"--consistency-relist-interval", consistencyInterval}
	for _, ns := range opt.Namespaces {
		args = append(args, "--namespace", ns)
	}
	ctl := &Controller{
		Name:    opt.Name,
		LogPath: filepath.Join(c.Out, opt.Name+".log"),
		cmd:     exec.Command(ControllerBinary(c.Root), append(args, opt.Args...)...),
		exited:  make(chan struct{}),
	}
	log, err := os.OpenFile(ctl.LogPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ctl.cmd.Stdout, ctl.cmd.Stderr = log, log
	ctl.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := ctl.launch(); err != nil {
		return nil, fmt.Errorf("start the controller: %w (build it with `./dev build`)", err)
	}
	if err := ctl.awaitPort(10 * time.Second); err != nil {
		ctl.Kill()
		return nil, err
	}
	return ctl, nil
}

// launch starts the process from a thread that lives as long as it does:
// the parent whose death Pdeathsig watches is a thread.
func (ctl *Controller) launch() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := ctl.cmd.Start()
		started <- err
		if err == nil {
			ctl.cmd.Wait() // its verdict is in ProcessState
			close(ctl.exited)
		}
	}()
	return <-started
}

// awaitPort reads the port from the log line that says "starting".
func (ctl *Controller) awaitPort(limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(ctl.LogPath)
		if err != nil {
			return err
		}
		for _, line := range bytes.Split(text, []byte("\n")) {
			var entry struct {
				Port int `json:"http_port"`
			}
			if json.Unmarshal(line, &entry) == nil && entry.Port != 0 {
				ctl.port = entry.Port
				return nil
			}
		}
		select {
		case <-ctl.exited:
			return fmt.Errorf("the controller ended at once (%s):\n%s", ctl.cmd.ProcessState, ctl.LogTail(20))
		default:
		}
	}
	return fmt.Errorf("the controller told no http_port in %s:\n%s", limit, ctl.LogTail(20))
}

// Pid is the process id.
func (ctl *Controller) Pid() int { return ctl.cmd.Process.Pid }

// Get reads one of its HTTP endpoints.
func (ctl *Controller) Get(ctx context.Context, path string) (status int, body string, err error) {
	url := fmt.Sprintf("http://127.0.0.1:%d%s", ctl.port, path)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(text), err
}

// AwaitReady waits until /readyz says 200.
func (ctl *Controller) AwaitReady(ctx context.Context, limit time.Duration) error {
	return Await(ctx, limit, "the controller's /readyz", func() error {
		status, body, err := ctl.Get(ctx, "/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}

// Stop sends SIGTERM and says what was wrong with the end: too late, a code
// other than 0, or a sanitizer's report.
func (ctl *Controller) Stop() error {
	began := time.Now()
	if err := ctl.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-ctl.exited:
	case <-time.After(StopLimit):
		ctl.Kill()
		return fmt.Errorf("controller %s: did not stop within %s of SIGTERM:\n%s", ctl.Name, StopLimit, ctl.LogTail(30))
	}
	if state := ctl.cmd.ProcessState; !state.Success() {
		return fmt.Errorf("controller %s: %s, %s after SIGTERM:\n%s", ctl.Name, state,
			time.Since(began).Round(time.Millisecond), ctl.LogTail(60))
	}
	return ctl.SanitizerReport()
}

// Kill is kill -9; it returns when the process is gone.
func (ctl *Controller) Kill() {
	ctl.cmd.Process.Kill()
	<-ctl.exited
}

// Ended says whether the process is gone.
func (ctl *Controller) Ended() bool {
	select {
	case <-ctl.exited:
		return true
	default:
		return false
	}
}

var sanitizerLine = regexp.MustCompile(`(?m)^.*(==\d+==ERROR: |runtime error: |SUMMARY: \w*Sanitizer).*$`)

// SanitizerReport is an error when the log holds one.
func (ctl *Controller) SanitizerReport() error {
	text, err := os.ReadFile(ctl.LogPath)
	if err != nil {
		return err
	}
	if line := sanitizerLine.Find(text); line != nil {
		return fmt.Errorf("controller %s: %s (all of it: %s)", ctl.Name, line, ctl.LogPath)
	}
	return nil
}

// LogTail is the end of what it wrote.
func (ctl *Controller) LogTail(lines int) string {
	text, err := os.ReadFile(ctl.LogPath)
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return string(bytes.Join(all, []byte("\n")))
}
