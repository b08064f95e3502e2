package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server we started. The start time tells it from a later
// process that was given the same pid.
type process struct {
	PID       int      `json:"pid"`
	StartTime uint64   `json:"startTime"` // clock ticks after boot
	Argv      []string `json:"argv"`
	LogOffset int64    `json:"logOffset"` // where its output begins in the log
	Stopped   bool     `json:"stopped"`   // by us, on request
}

type procStat struct {
	state     byte
	startTime uint64
}

// parseProcStat reads /proc/PID/stat (proc_pid_stat(5)). The command name is
// in parentheses and may contain blanks and parentheses itself.
func parseProcStat(text string) (procStat, error) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return procStat{}, errors.New("stat: no command name")
	}
	fields := strings.Fields(text[end+1:]) // from field 3, the state, on
	if len(fields) < 20 || len(fields[0]) != 1 {
		return procStat{}, errors.New("stat: too few fields")
	}
	start, err := strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		return procStat{}, fmt.Errorf("stat: start time: %w", err)
	}
	return procStat{fields[0][0], start}, nil
}

func readProcStat(pid int) (procStat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, err
	}
	return parseProcStat(string(text))
}

// alive says whether the very process we started still runs.
func (p *process) alive() bool {
	if p.PID <= 0 {
		return false
	}
	stat, err := readProcStat(p.PID)
	return err == nil && stat.startTime == p.StartTime && stat.state != 'Z' && stat.state != 'X'
}

// spawn starts argv in a session of its own, so that a terminal's Ctrl-C does
// not reach it. Its output is appended to logPath.
func spawn(argv []string, dir, logPath string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = serverEnvironment(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	// Not reaped yet, so its entry in /proc is there even if it died at once.
	stat, err := readProcStat(cmd.Process.Pid)
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, err
	}
	go cmd.Wait()
	return &process{PID: cmd.Process.Pid, StartTime: stat.startTime, Argv: argv, LogOffset: info.Size()}, nil
}

// serverEnvironment keeps the caller's KUBECONFIG, proxies and home out.
func serverEnvironment(home string) []string {
	env := []string{"HOME=" + home, "KUBECACHEDIR=" + home + "/kubectl-cache", "KUBERC=off"}
	for _, name := range []string{"PATH", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

const stopGrace = 5 * time.Second

// stopAll sends SIGTERM to all, and SIGKILL to those that still run after
// grace. It returns when they are gone.
func stopAll(procs []*process, grace time.Duration) error {
	for _, p := range procs {
		if grace > 0 {
			p.signal(syscall.SIGTERM)
		}
	}
	if waitGone(procs, grace) {
		return nil
	}
	for _, p := range procs {
		p.signal(syscall.SIGKILL)
	}
	if !waitGone(procs, stopGrace) {
		return errors.New("a process outlived SIGKILL; see status")
	}
	return nil
}

func (p *process) signal(sig syscall.Signal) {
	if p.alive() {
		syscall.Kill(p.PID, sig)
	}
}

func waitGone(procs []*process, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		left := 0
		for _, p := range procs {
			if p.alive() {
				left++
			}
		}
		if left == 0 || time.Now().After(deadline) {
			return left == 0
		}
	}
}
