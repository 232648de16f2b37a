package dnsserver

import "syscall"

// dieWithParent has the kernel kill the child when the test binary dies without a chance to: by SIGKILL, by the panic of a
// test's timeout. NSD's own children end when their parent does.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
