// Package manifests checks the files by which zoneward is run against the types and programs of those who read them: the Dockerfile,
// the systemd unit, the Kubernetes manifests, and the rules for Prometheus.
//
// It is a module of its own, so that what it needs does not enter the product's go.mod. `make check-manifests` runs it.
package manifests
