# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a test runs in: the environment, programs that may be missing, mounts of
its own, and processes."""
import ctypes
import os
import shutil
import subprocess
import threading

from tap import Skip

# What the build sets, and a sanitizer or scan.py needs, for whatever is run
FROM_BUILD = ('GST_', 'G_DEBUG', 'G_SLICE', 'ASAN_', 'UBSAN_', 'FONTCONFIG_', 'TEST_')
ROOM = 512 << 20   # bytes that no test program fills
PATH = os.environ['PATH'] + ':/usr/sbin:/sbin'

# Held while a process is started: until it has become the new program it has
# all our files open, and what is on a disk keeps that from being unmounted.
starting = threading.RLock()


def find_memory():
    """Where files are made that no test looks for after a power cut: syncing them
    costs nothing there.  None: in the usual place."""
    folder = '/dev/shm'
    if 'TMPDIR' in os.environ or not os.access(folder, os.W_OK):
        return None
    about = os.statvfs(folder)
    return folder if about.f_bavail * about.f_frsize > ROOM else None


def start(*arguments, **settings):
    with starting:
        return subprocess.Popen(*arguments, **settings)


def clean(home, keep=(), **more):
    """An environment with nothing of the user's but the PATH, and what is kept."""
    kept = {name: value for name, value in os.environ.items()
            if name.startswith(('PATH', 'TEST_TOOLS', 'TEST_RUNTIME', *keep))
            and not name.startswith('GST_VALIDATE')}
    return {**kept, 'HOME': home, 'LC_ALL': 'C.UTF-8', **more}


def alone(folder, core_plugins, plugins, **more):
    """The same, with GStreamer's core elements, and these plugins."""
    core = os.path.join(folder, 'plugins')
    os.makedirs(core, exist_ok=True)
    name = 'libgstcoreelements.so'
    if not os.path.exists(os.path.join(core, name)):
        os.symlink(os.path.join(core_plugins, name), os.path.join(core, name))
    return clean(folder, GST_PLUGIN_SYSTEM_PATH_1_0=core, GST_PLUGIN_PATH_1_0=plugins,
                 GST_REGISTRY_1_0=os.path.join(folder, 'registry.bin'),
                 G_DEBUG='fatal-criticals', **more)


def of_user(folder, **more):
    """A user's, with the plugins of the build, and a store in the folder."""
    return clean(os.environ.get('HOME', folder), FROM_BUILD,
                 XDG_STATE_HOME=os.path.join(folder, 'state'), **more)


def need(*programs, root=False):
    """Skips the case where one is missing."""
    if root and os.geteuid() != 0:
        raise Skip('needs root')
    for program in programs:
        if shutil.which(program, path=PATH) is None:
            raise Skip(f'needs {program}')


def leave_mounts_of_others():
    """A mount namespace of our own: what is mounted goes with the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, recursive, private = 0x20000, 0x4000, 1 << 18
    if libc.unshare(new_namespace) != 0 or libc.mount(
            b'none', b'/', None, recursive | private, None) != 0:
        raise OSError(os.strerror(ctypes.get_errno()))
