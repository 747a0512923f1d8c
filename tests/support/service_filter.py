"""Runs a program under the filter of system calls that a systemd unit asks for, as systemd sets it up.

    service_filter.py UNIT_FILE [--errno NAME] [--user UID] -- PROGRAM ARGUMENT...

With libseccomp, over ctypes: neither systemd nor a Python binding is needed. A call that is not allowed kills, or fails
with --errno, which stands for SystemCallErrorNumber=. Source: systemd.exec(5), "System Call Filtering".
"""

import argparse
import ctypes
import ctypes.util
import errno
import os
import re
import shutil
import subprocess

# `systemd-analyze syscall-filter @system-service` of systemd 252, the oldest that the unit is for, with its groups
# resolved. Newer ones allow more. Names that this machine's libseccomp does not know are left out, as systemd does.
GROUPS = {"@system-service": """
_llseek _newselect accept accept4 access add_key alarm arch_prctl arm_fadvise64_64 bind brk cacheflush capget
capset chdir chmod chown chown32 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
clock_nanosleep_time64 clone clone3 close close_range connect copy_file_range creat dup dup2 dup3 epoll_create
epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve
execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2
fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat
fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_time64 futex_waitv futimesat
get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid
geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority
getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid
gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel
io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register
io_uring_setup ioctl ioprio_get ioprio_set ipc kcmp keyctl kill lchown lchown32 lgetxattr link linkat listen
listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise mbind membarrier memfd_create
migrate_pages mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 move_pages mprotect mq_getsetattr
mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap
msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat nice oldfstat
oldlstat oldolduname oldstat olduname open openat openat2 pause personality pidfd_open pidfd_send_signal pipe
pipe2 poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_vm_readv
process_vm_writev pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat
readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2
request_key restart_syscall riscv_flush_icache riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending
rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
sched_setparam sched_setscheduler sched_yield select semctl semget semop semtimedop semtimedop_time64 send
sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list
set_thread_area set_tid_address set_tls setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
setgroups32 setitimer setns setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32
setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget shutdown
sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend socket socketcall
socketpair splice stat stat64 statfs statfs64 statx swapcontext symlink symlinkat sync sync_file_range
sync_file_range2 syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat unshare uretprobe
userfaultfd utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev
""".split()}
GROUPS_OF_SYSTEMD = 252

SCMP_ACT_KILL_PROCESS, SCMP_ACT_ALLOW = 0x80000000, 0x7FFF0000
PR_SET_NO_NEW_PRIVS = 38


def allowed(unit_text):
    """The names of the calls on the allow list of a unit."""
    names = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit_text, re.M):
        for word in line.split():
            if word.startswith("~"):
                raise ValueError(f"SystemCallFilter={line}: a list of what is forbidden is not understood here")
            names.update(GROUPS[word] if word.startswith("@") else [word])
    return names


def listed_by_systemd(group):
    """What this machine's systemd says: (its version, the group's names); None without one."""
    if not shutil.which("systemd-analyze"):
        return None
    version = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True, check=True).stdout

    def names(of):
        listing = subprocess.run(["systemd-analyze", "syscall-filter", of], capture_output=True, text=True, check=True)
        words = [line.strip() for line in listing.stdout.splitlines()[1:]]
        found = set()
        for word in words:
            if word and not word.startswith("#"):
                found |= names(word) if word.startswith("@") else {word}
        return found

    return int(re.match(r"systemd (\d+)", version).group(1)), names(group)


def filter_calls(names, errno_value=None):
    """Nothing but `names` is possible in this process, and in those that it becomes and starts, from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    seccomp = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.c_void_p]
    otherwise = SCMP_ACT_KILL_PROCESS if errno_value is None else 0x00050000 | errno_value
    context = seccomp.seccomp_init(otherwise)
    for name in sorted(names):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert seccomp.seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, 0, None) == 0, name
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert seccomp.seccomp_load(context) == 0, "the filter is refused"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("unit")
    parser.add_argument("--errno", choices=["EPERM", "ENOSYS"])
    parser.add_argument("--user", type=int)
    parser.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    with open(arguments.unit, encoding="utf-8") as unit:
        names = allowed(unit.read())
    if arguments.user is not None:
        os.setgroups([])
        os.setresgid(arguments.user, arguments.user, arguments.user)
        os.setresuid(arguments.user, arguments.user, arguments.user)
    filter_calls(names, getattr(errno, arguments.errno) if arguments.errno else None)
    os.execv(arguments.program[0], arguments.program)


if __name__ == "__main__":
    main()
