// The fault proxy: the standard library is all it needs, so that tests/e2e and
// tests/faults can both stand on it.
module llc.test/faults/proxy

go 1.24.9
