//! What kind of file system a mount is, as far as it matters for where its bytes end up.
//!
//! Touches nothing. Must never leave a file system out that keeps data of users on this machine.

use super::mountinfo::Mount;

/// Where the bytes of a file system end up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// On the block device of its number.
    Block,
    /// On every member of a btrfs.
    Btrfs,
    /// In a ZFS pool; the dataset tells whether encrypted.
    Zfs,
    /// On the file system of its upper directory.
    Overlay,
    /// Nowhere: an image that is only read.
    Image,
    /// In memory.
    Memory,
    /// On another machine.
    Network,
    /// It cannot be told by its type.
    Other,
}

/// File systems of the kernel that keep no files of anyone.
const PSEUDO: &[&str] = &[
    "autofs",
    "binder",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cpuset",
    "debugfs",
    "devfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "functionfs",
    "fuse.lxcfs",
    "fuse.vmware-vmblock",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nfsd",
    "nsfs",
    "pidfs",
    "pipefs",
    "proc",
    "pstore",
    "resctrl",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "sockfs",
    "sysfs",
    "tracefs",
    "xenfs",
];

const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse.ceph-fuse",
    "fuse.curlftpfs",
    "fuse.davfs",
    "fuse.glusterfs",
    "fuse.gcsfuse",
    "fuse.google-drive-ocamlfuse",
    "fuse.onedriver",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "fuse.vmhgfs-fuse",
    "glusterfs",
    "gfs2",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "pvfs2",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

/// Image formats that cannot be written to.
const IMAGES: &[&str] = &["cramfs", "erofs", "iso9660", "romfs", "squashfs"];

/// Places that hold what a running system needs and no files of users. Mounts of memory and of
/// sessions come and go there with every login.
const RUNTIME: &[&str] = &["/run/", "/dev/", "/sys/", "/proc/", "/tmp/.mount_"];

/// Trees of container engines, whose overlays lie on file systems that are listed themselves.
const CONTAINERS: &[&str] = &[
    "/var/lib/docker/",
    "/var/lib/containers/",
    "/var/lib/containerd/",
    "/var/lib/kubelet/",
    "/var/lib/rancher/",
];

impl Kind {
    /// Sorts a mount.
    pub(super) fn of(mount: &Mount) -> Self {
        let filesystem = mount.filesystem.as_str();
        match filesystem {
            "btrfs" => Self::Btrfs,
            "zfs" => Self::Zfs,
            "overlay" => Self::Overlay,
            "tmpfs" | "ramfs" | "rootfs" => Self::Memory,
            _ if NETWORK.contains(&filesystem) => Self::Network,
            _ if IMAGES.contains(&filesystem) => Self::Image,
            "fuse.snapfuse" | "fuse.squashfuse" | "fuse.squashfuse_ll" | "fuse.fuse-archive"
            | "fuse.fuseiso"
                if mount.is_read_only() =>
            {
                Self::Image
            }
            // bcachefs names its members in the source and has a number of its own.
            _ if mount.device.starts_with("0:") => Self::Other,
            _ => Self::Block,
        }
    }
}

/// Whether a mount can hold data of users, or must be shown for another reason.
pub(super) fn counts(mount: &Mount) -> bool {
    let filesystem = mount.filesystem.as_str();
    if PSEUDO.contains(&filesystem) {
        return false;
    }
    let below = |places: &[&str]| places.iter().any(|place| mount.point.starts_with(place));
    let at_runtime = below(RUNTIME) || matches!(mount.point.as_str(), "/run" | "/dev");
    match Kind::of(mount) {
        Kind::Memory => !at_runtime && !below(CONTAINERS) && !mount.is_read_only(),
        Kind::Overlay => !at_runtime && !below(CONTAINERS),
        // A snap, or an application image: a file of a volume that is listed itself.
        Kind::Image => {
            !mount.source.starts_with("/dev/loop") && !below(&["/tmp/.mount_", "/snap/"])
        }
        // A session's portal and desktop shares; the data is in the home or elsewhere.
        Kind::Other => !(at_runtime && filesystem.starts_with("fuse")),
        Kind::Block | Kind::Btrfs | Kind::Zfs | Kind::Network => true,
    }
}
