package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func statLine(name string, state, start string) string {
	return "4711 (" + name + ") " + state + " 1 4711 4711 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 9 0 " + start + " 1 2 3\n"
}

func TestParseProcStat(t *testing.T) {
	for _, name := range []string{"etcd", "kube apiserver", "a) R 1 (b", ""} {
		got, err := parseProcStat(statLine(name, "S", "123456"))
		if err != nil || got != (procStat{'S', 123456}) {
			t.Errorf("%q: got %v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "4711 etcd S 1", "4711 (etcd) S 1 2", statLine("etcd", "S", "soon"), statLine("etcd", "SS", "1")} {
		if got, err := parseProcStat(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestAliveIsTheSameProcessOnly(t *testing.T) {
	self, err := readProcStat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		about string
		p     process
		want  bool
	}{
		{"this process", process{PID: os.Getpid(), StartTime: self.startTime}, true},
		{"its pid, started at another time", process{PID: os.Getpid(), StartTime: self.startTime + 1}, false},
		{"no pid", process{}, false},
		{"a pid nobody has", process{PID: 1 << 30, StartTime: self.startTime}, false},
	} {
		if got := test.p.alive(); got != test.want {
			t.Errorf("%s: alive %v, want %v", test.about, got, test.want)
		}
	}
}

func TestStopAllSparesARecycledPid(t *testing.T) {
	p, _ := spawnShell(t, "exec sleep 60")
	stranger := *p
	stranger.StartTime++
	if err := stopAll([]*process{&stranger}, 0); err != nil {
		t.Fatal(err)
	}
	if !p.alive() {
		t.Error("a process with another start time was killed")
	}
}

func TestStopAllKillsWhatIgnoresSigterm(t *testing.T) {
	p, log := spawnShell(t, "trap '' TERM; echo on; while :; do sleep 0.05; done")
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if text, _ := os.ReadFile(log); strings.Contains(string(text), "on") {
			break
		}
	}
	if err := stopAll([]*process{p}, 200*time.Millisecond); err != nil || p.alive() {
		t.Errorf("still alive: %v, error %v", p.alive(), err)
	}
}

func TestSpawnMakesASessionAndAppendsToTheLog(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	if err := os.WriteFile(log, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := spawn([]string{"/bin/sh", "-c", "echo after; exec sleep 60"}, dir, log)
	if err != nil {
		t.Fatal(err)
	}
	defer stopAll([]*process{p}, 0)
	if group, err := syscall.Getpgid(p.PID); err != nil || group != p.PID {
		t.Errorf("process group %d, %v, want %d", group, err, p.PID)
	}
	if p.LogOffset != 7 {
		t.Errorf("log offset %d, want 7", p.LogOffset)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(log)
		if string(text) == "before\nafter\n" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("log is %q", text)
		}
	}
}

// spawnShell runs a script until the test ends and returns its log as well.
func spawnShell(t *testing.T, script string) (*process, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	p, err := spawn([]string{"/bin/sh", "-c", script}, "/", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopAll([]*process{p}, 0) })
	return p, log
}
