package store

import (
	"fmt"
	"syscall"
)

// networked are the file systems on which SQLite cannot keep a file whole, by their number in statfs(2): processes on several machines do not
// see each other's locks there, or share memory. FUSE may be anything.
var networked = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x01021997: "9p",
	0x65735546: "FUSE",
	0x00c36400: "Ceph",
	0x0bd00bd0: "Lustre",
	0x5346414f: "AFS",
	0x6b414653: "kAFS",
	0x73757245: "Coda",
	0x47504653: "GPFS",
	0x01161970: "GFS2",
	0x7461636f: "OCFS2",
	0x19830326: "FhGFS",
	0x564c:     "NCP",
	0x786f4256: "a VirtualBox share",
	0xbacbacbc: "a VMware share",
}

// checkDisk refuses a directory that is on a file system of another machine.
func checkDisk(directory string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(directory, &s); err != nil {
		return fmt.Errorf("the directory %s: %w", directory, err)
	}
	return refuseDisk(directory, uint32(s.Type))
}

func refuseDisk(directory string, kind uint32) error {
	if name, ok := networked[kind]; ok {
		return fmt.Errorf("%s is on a network file system (%s), where SQLite cannot keep the file whole: put the state on a local disk", directory, name)
	}
	return nil
}
