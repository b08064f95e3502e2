package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// layout is where things are; every path is absolute.
type layout struct {
	source string // this folder: go.mod, controlplane/, kwok/
	cache  string // built programs, shared by all checkouts of a user
	state  string // one folder for each cluster
}

// findLayout reads LLC_CLUSTER_SOURCE (set by ./run), LLC_CACHE and LLC_STATE.
func findLayout() (layout, error) {
	var lay layout
	var err error
	source := os.Getenv("LLC_CLUSTER_SOURCE")
	if source == "" {
		source = "."
	}
	if lay.source, err = filepath.Abs(source); err != nil {
		return lay, err
	}
	if _, err := os.Stat(filepath.Join(lay.source, "controlplane", "main.go")); err != nil {
		return lay, errors.New("call me through tests/cluster/run, or from tests/cluster")
	}
	cache := os.Getenv("LLC_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir() // XDG_CACHE_HOME, else $HOME/.cache
		if err != nil {
			return lay, fmt.Errorf("no place for built programs: %w; set LLC_CACHE", err)
		}
		cache = filepath.Join(user, "llc")
	}
	if lay.cache, err = filepath.Abs(filepath.Join(cache, "cluster")); err != nil {
		return lay, err
	}
	state := os.Getenv("LLC_STATE")
	if state == "" {
		state = filepath.Join(lay.source, "..", "..", "out", "cluster")
	}
	lay.state, err = filepath.Abs(state)
	return lay, err
}

func (lay layout) clusterDir(name string) string { return filepath.Join(lay.state, name) }

// lockFile takes an exclusive lock and says so when it has to wait. The lock
// ends with the returned function or with the process.
func lockFile(path, holder string) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		say("waiting for %s", holder)
		for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
			err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// freeBytes is what is left for us on the file system of path or of its
// nearest parent that exists.
func freeBytes(path string) (uint64, error) {
	for {
		var fs syscall.Statfs_t
		err := syscall.Statfs(path, &fs)
		if err == nil {
			return fs.Bavail * uint64(fs.Bsize), nil
		}
		if !errors.Is(err, syscall.ENOENT) || path == "/" {
			return 0, fmt.Errorf("free space of %s: %w", path, err)
		}
		path = filepath.Dir(path)
	}
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
