#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a packager does: install to a prefix and use nothing but that, uninstall,
make a tarball and build from it, link the plugin into a program.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tarfile

import environment
import pipelines
from tap import Skip, Tap, check, expect

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TIMEOUT = 300
CC = os.environ.get('CC', 'cc').split()
INSTALLED = [
    'bin/hailuo',
    'bin/hailuo-shots',
    'include/gstreamer-1.0/gst/hailuo/hailuo.h',
    'lib/gstreamer-1.0/libgsthailuo.so',
    'lib/pkgconfig/gst-hailuo-1.0.pc',
    'share/bash-completion/completions/hailuo',
    'share/man/man1/hailuo-shots.1',
    'share/man/man1/hailuo.1',
    'share/man/man7/hailuosrc.7',
]
INSTALLED_STATIC = [
    name.replace('.so', '.a') for name in INSTALLED
] + ['lib/gstreamer-1.0/pkgconfig/gsthailuo.pc']


def run(*command, **settings):
    """What it prints; a status other than 0 is a failure."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=TIMEOUT, **settings)
    check(done.returncode == 0, f'{" ".join(command)}: exit status '
          f'{done.returncode}\n{done.stdout[-3000:]}')
    return done.stdout


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


def files(folder):
    return sorted(os.path.relpath(os.path.join(path, name), folder)
                  for path, _, names in os.walk(folder) for name in names)


def pkg_config(folders, *arguments):
    return run('pkg-config', *arguments, env=dict(
        os.environ, PKG_CONFIG_PATH=os.pathsep.join(folders))).split()


def version():
    return re.search(r"\n  version: '(.*)'", read(ROOT, 'meson.build'))[1]


class Bench(pipelines.Bench):
    def __init__(self):
        super().__init__(__doc__, without=('program', 'plugins'))
        self.prefix = self.path('prefix')
        self.plugins = os.path.join(self.prefix, 'lib/gstreamer-1.0')
        self.build = self.path('build')

    def setup(self, build, source, *options):
        run('meson', 'setup', build, source, '--prefix', self.prefix, '--libdir',
            'lib', '-Dtests=disabled', '-Dexamples=disabled', *options)

    def env(self, name, plugins, **more):
        """Of a user who has GStreamer's own elements and these."""
        env = environment.alone(self.path(name), self.args.core_plugins, plugins, **more)
        env['PATH'] = os.path.join(self.prefix, 'bin') + os.pathsep + env['PATH']
        return env


# --- the prefix ------------------------------------------------------------


def installs(bench):
    """meson install to a prefix: these files and no others"""
    bench.setup(bench.build, ROOT)
    run('meson', 'install', '-C', bench.build)
    expect('what is installed', files(bench.prefix), INSTALLED)


def is_clean(bench):
    """the plugin exports its two symbols and needs no folder of the build"""
    plugin = os.path.join(bench.plugins, 'libgsthailuo.so')
    symbols = [line.split()[-1] for line in run(
        'nm', '-D', '--defined-only', plugin).splitlines()]
    expect('exported', sorted(symbols),
           ['gst_plugin_hailuo_get_desc', 'gst_plugin_hailuo_register'])
    for path in (plugin, os.path.join(bench.prefix, 'bin/hailuo-shots')):
        found = re.findall(r'R(?:UN)?PATH.*', run('readelf', '-d', path))
        expect(f'run paths of {path}', found, [])
    text = read(bench.prefix, 'lib/pkgconfig/gst-hailuo-1.0.pc')
    check(ROOT not in text and bench.build not in text, text)


def is_hardened(bench):
    """relro, bound at once, stack protector, FORTIFY: in all that is installed"""
    for path in (os.path.join(bench.plugins, 'libgsthailuo.so'),
                 os.path.join(bench.prefix, 'bin/hailuo-shots')):
        check('BIND_NOW' in run('readelf', '-d', path), f'{path} is bound lazily')
        segments = run('readelf', '-lW', path)
        check('GNU_RELRO' in segments, f'{path} has no relro')
        check(re.search(r'GNU_STACK .* RW +0x', segments),
              f'the stack of {path} is executable')
        wanted = run('nm', '-D', '--undefined-only', path)
        check('__stack_chk_fail' in wanted, f'{path} has no stack protector')
        check(re.search(r'__(?!stack)\w+_chk\b', wanted), f'{path} is not fortified')


def properties(bench, element):
    text = run('gst-inspect-1.0', element, env=bench.env('user', bench.plugins))
    return set(re.findall(r'^  ([a-z-]+) +: ',
                          text[text.index('Element Properties:'):], re.M))


def inspects(bench):
    """gst-inspect-1.0 finds hailuosrc in the prefix, with its version"""
    text = run('gst-inspect-1.0', 'hailuosrc',
               env=bench.env('user', bench.plugins))
    for name, value in {
            'Filename': os.path.join(bench.plugins, 'libgsthailuo.so'),
            'Version': version(), 'License': 'LGPL'}.items():
        expect(name, re.search(rf'^  {name} +(.*)$', text, re.M)[1], value)


def header_compiles(bench):
    """the header is found by pkg-config, and compiles alone, in C and C++"""
    folders = [os.path.join(bench.prefix, 'lib/pkgconfig')]
    expect('version', pkg_config(folders, '--modversion', 'gst-hailuo-1.0'),
           [version()])
    expect('pluginsdir', pkg_config(
        folders, '--variable=pluginsdir', 'gst-hailuo-1.0'), [bench.plugins])
    flags = pkg_config(folders, '--cflags', 'gst-hailuo-1.0')
    source = bench.path('header.c')
    with open(source, 'w') as file:
        file.write('#include <gst/hailuo/hailuo.h>\n'
                   'const char *const name = GST_HAILUO_MESSAGE_TASK;\n')
    run(*CC, '-Wall', '-Wextra', '-pedantic', '-Werror', '-c', source, '-o',
        bench.path('header.o'), *flags)
    if shutil.which('c++'):
        run('c++', '-x', 'c++', '-Wall', '-Werror', '-c', source, '-o',
            bench.path('header.o'), *flags)


def makes_a_clip(bench):
    """the installed element makes a clip, and the installed program exports it"""
    simulator = bench.simulator()
    env = bench.env('user', bench.plugins, **simulator.hosts())
    clip, copy = bench.path('clip.mp4'), bench.path('copy.mp4')
    run('gst-launch-1.0', '-e', 'hailuosrc', 'prompt=installed', 'first-poll=1',
        'poll-interval=1', '!', 'filesink', f'location={clip}', env=env)
    simulator.expect_billed(1, 'installed')
    shots = os.path.join(bench.prefix, 'bin/hailuo-shots')
    id, state = run(shots, env=env).splitlines()[1].split()[:2]
    expect('state', state, 'delivered')
    run(shots, '--export', id, copy, env=env)
    for path in (clip, copy):
        expect(path, sha256(path), sha256(bench.args.clip))


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def documents_all(bench):
    """the manual pages name each property and each option"""
    pages = {name: read(bench.prefix, 'share/man', name).replace('\\-', '-')
             for name in ('man1/hailuo-shots.1', 'man7/hailuosrc.7')}
    own = properties(bench, 'hailuosrc') - properties(bench, 'filesrc')
    check(len(own) > 20, f'{len(own)} properties')
    expect('properties that hailuosrc(7) does not name', sorted(
        name for name in own
        if not re.search(rf'(?<![\w-]){name}(?![\w-])', pages['man7/hailuosrc.7'])),
        [])
    text = run(os.path.join(bench.prefix, 'bin/hailuo-shots'), '--help')
    options = set(re.findall(r'--[a-z-]+', text))
    check('--export' in options, text)
    expect('options that hailuo-shots(1) does not name', sorted(
        name for name in options if name not in pages['man1/hailuo-shots.1']), [])


def pages_are_sound(bench):
    """the manual pages are formatted without a warning"""
    if shutil.which('man') is None or shutil.which('groff') is None:
        raise Skip('no man, or no groff')
    for page in glob.glob(os.path.join(bench.prefix, 'share/man/*/*')):
        expect(page, subprocess.run(
            ['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, LC_ALL='C.UTF-8', MANROFFSEQ='', MANWIDTH='80')
        ).stderr, '')


def programs_help(bench):
    """each program has --help"""
    for program in (bench.args.simulator,
                    os.path.join(bench.prefix, 'bin/hailuo-shots')):
        text = run(program, '--help', env=dict(os.environ, ASAN_OPTIONS=''))
        check('--help' in text and len(text) > 300, text)


def uninstalls(bench):
    """ninja uninstall removes what DESTDIR got"""
    stage = bench.path('stage')
    run('meson', 'install', '-C', bench.build, '--destdir', stage)
    expect('what is installed', files(stage + bench.prefix), INSTALLED)
    run('ninja', '-C', bench.build, 'uninstall')
    expect('what is left', files(stage), [])
    expect('what was not to go', files(bench.prefix), INSTALLED)


# --- the tarball -----------------------------------------------------------


def unpack(bench):
    name = f'gst-hailuo-{version()}'
    path = os.path.join(bench.build, 'meson-dist', name + '.tar.gz')
    with tarfile.open(path) as archive:
        archive.extractall(bench.path('dist'))
    return os.path.join(bench.path('dist'), name)


def distributes(bench):
    """meson dist: what is committed and nothing else, and it configures"""
    clone = shutil.which('git') and subprocess.run(
        ['git', '-C', ROOT, 'ls-tree', '-r', '--name-only', 'HEAD'],
        capture_output=True, text=True)
    if not clone or clone.returncode != 0:
        raise Skip('not a git clone')
    run('meson', 'dist', '-C', bench.build, '--no-tests', '--formats', 'gztar',
        '--allow-dirty')
    source = unpack(bench)
    expect('what is in the tarball', files(source),
           sorted(clone.stdout.splitlines()))
    run('meson', 'setup', bench.path('configured'), source)


def links_in(bench):
    """the static plugin links into a program, which makes a clip"""
    sources = glob.glob(bench.path('dist/*'))
    bench.prefix = bench.path('prefix-static')
    bench.setup(bench.path('build-static'), sources[0] if sources else ROOT,
                '-Ddefault_library=static', '-Doptimization=0')
    run('meson', 'install', '-C', bench.path('build-static'))
    expect('what is installed', files(bench.prefix), sorted(INSTALLED_STATIC))
    flags = pkg_config(
        [os.path.join(bench.prefix, 'lib/gstreamer-1.0/pkgconfig')], '--cflags',
        '--libs', 'gsthailuo')
    program = bench.path('static')
    run(*CC, '-Wall', '-Werror', os.path.join(HERE, 'static.c'), '-o', program,
        *flags)
    simulator = bench.simulator()
    run(program, 'hailuosrc', 'prompt=static', 'first-poll=1',
        'poll-interval=1', '!', 'fakesink',
        env=bench.env('static-user', '', **simulator.hosts()))
    simulator.expect_billed(1, 'static')


# --- other packages --------------------------------------------------------


def debian_agrees(bench):
    """debian/ has the version of the project, and names what is installed"""
    log = read(ROOT, 'debian/changelog').splitlines()[0]
    expect('version', re.search(r'\((.*)\)', log)[1], version())
    patterns = [
        '/'.join(line.split()[0].split('/')[1:]).replace('*/', '')
        for path in glob.glob(os.path.join(ROOT, 'debian/*.install'))
        for line in read(path).splitlines()]
    for path in INSTALLED:
        check(any(path.startswith(pattern.rstrip('/'))
                  for pattern in patterns), f'{path} is in no package')


def main():
    tap = Tap()
    if not shutil.which('meson') or not shutil.which('pkg-config'):
        tap.skip('packages', 'no meson in the path, or no pkg-config')
        return tap.end()
    bench = Bench()
    for case in (installs, is_clean, is_hardened, inspects, header_compiles, makes_a_clip,
                 documents_all, pages_are_sound, programs_help, uninstalls,
                 distributes, links_in, debian_agrees):
        tap.case(case, bench)
    return tap.end()


sys.exit(main())
