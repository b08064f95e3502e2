package harness

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Memory of a process, in KiB, as /proc/PID/status tells.
type Memory struct {
	RSS, Anon int
}

func (m Memory) String() string {
	return fmt.Sprintf("RssAnon %.2f MiB, RSS %.2f MiB", float64(m.Anon)/1024, float64(m.RSS)/1024)
}

// ReadMemory of a process.
func ReadMemory(pid int) (Memory, error) {
	var m Memory
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, err
	}
	found := 0
	for _, line := range bytes.Split(text, []byte("\n")) {
		name, value, _ := strings.Cut(string(line), ":")
		var kib int
		if n, _ := fmt.Sscanf(value, "%d kB", &kib); n != 1 {
			continue
		}
		switch name {
		case "VmRSS":
			m.RSS = kib
			found++
		case "RssAnon":
			m.Anon = kib
			found++
		}
	}
	if found != 2 {
		return m, fmt.Errorf("/proc/%d/status: no VmRSS and RssAnon", pid)
	}
	return m, nil
}

// MemoryPeak samples a process about 2,000 times a second: the kernel keeps a
// high-water mark of the whole RSS only, not of the anonymous part.
type MemoryPeak struct {
	stop, done chan struct{}
	mu         sync.Mutex
	peak       Memory
}

// WatchMemory begins to sample.
func WatchMemory(pid int) *MemoryPeak {
	p := &MemoryPeak{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for {
			if m, err := ReadMemory(pid); err == nil {
				p.mu.Lock()
				p.peak = Memory{RSS: max(p.peak.RSS, m.RSS), Anon: max(p.peak.Anon, m.Anon)}
				p.mu.Unlock()
			}
			select {
			case <-p.stop:
				return
			case <-time.After(500 * time.Microsecond):
			}
		}
	}()
	return p
}

// Stop ends the sampling and returns the highest values seen.
func (p *MemoryPeak) Stop() Memory {
	close(p.stop)
	<-p.done
	return p.peak
}

// IsSanitized says whether a binary is built with a sanitizer: what it
// measures of memory and time says nothing then.
func IsSanitized(path string) bool {
	file, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	libraries, _ := file.ImportedLibraries()
	symbols, _ := file.ImportedSymbols()
	for _, lib := range libraries {
		if strings.HasPrefix(lib, "libasan") || strings.HasPrefix(lib, "libubsan") || strings.HasPrefix(lib, "libtsan") {
			return true
		}
	}
	for _, symbol := range symbols {
		if strings.HasPrefix(symbol.Name, "__asan_") {
			return true
		}
	}
	return false
}
