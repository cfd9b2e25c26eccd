#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whom the store trusts: the folders above it, and whose a partial clip is.
Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import fcntl
import hashlib
import os
import subprocess

from environment import need
from kit import Shelf, main, spoil, write
from pipelines import Run
from tap import Skip, check, expect

ANOTHER = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']


# --- the way to the store ---------------------------------------------------

def make_way(kit, mode):
    """A folder with that mode, and the name of a store two levels below."""
    folder = kit.bench.new_path('way')
    os.mkdir(folder)
    os.chmod(folder, mode)
    return folder, os.path.join(folder, 'between', 'store')


def refuse(kit, store, *words):
    """The shot, a dry run, a replay, and the list of a store that is there;
    nothing is made or sent."""
    before = os.path.lexists(store)
    for settings in ({}, {'dry_run': True}, {'reuse': 'only'}):
        kit.get_error('write', *words, store=store, billed='no', **settings)
    kit.store, old = store, kit.store
    text = kit.shots(status=1)
    kit.store = old
    for word in words if before else [store]:
        check(word in text, f'"{word}" is not in "{text}"')
    # it has no such property, and submits nothing anyway
    check('set store' not in text and 'submit' not in text, text)
    expect('whether the store is there', os.path.lexists(store), before)


def open_way(kit):
    """a store below a folder that others can write to is refused by the folder's
    name, before anything is made; a sticky one, or one mended as the error says,
    is taken"""
    for mode, bits in (0o777, 'go-w'), (0o775, 'g-w'), (0o757, 'go-w'):
        folder, store = make_way(kit, mode)
        command = f"chmod {bits} {folder}"
        refuse(kit, store, folder, store, command)
        check(not os.listdir(folder), 'something was made there')
        # as it was renamed by another: the clip is paid, and then hidden
        os.makedirs(store, 0o700)
        refuse(kit, store, command)
        subprocess.run(command.split(), check=True)
        kit.prompt = kit.bench.new('mended')
        kit.get_clip('submitted', store=store)
        os.chmod(folder, mode)
        refuse(kit, store, command)
        os.chmod(folder, 0o1777)
        kit.get_clip('reused', store=store)
        kit.check_billed(1)


def way_of_links(kit):
    """a store behind a link is judged by both: where the link is, and where it
    leads"""
    good, bad = kit.bench.new_path('good'), kit.bench.new_path('bad')
    for folder in good, bad:
        os.makedirs(folder + '/inside')
    os.symlink(bad + '/inside', good + '/link')
    os.symlink(good + '/inside', bad + '/link')
    kit.get_clip('submitted', store=good + '/link/store')
    kit.get_clip('reused', store=bad + '/inside/store')
    os.chmod(bad, 0o777)
    with kit.silent('submit'):
        for path in good + '/link/store', bad + '/link/store', bad + '/link/not/there/yet':
            refuse(kit, path, f'chmod go-w {bad}')
    kit.get_clip('submitted', store=good + '/inside/store')


def chain_of_links(kit):
    """a store behind a link to a link, and so on, is judged by all of them and by
    the folders they are in; a ring of them is an error"""
    top, open_to_all = kit.bench.new_path('top'), kit.bench.new_path('open')
    end, last = top + '/end', open_to_all + '/last'
    store = top + '/first/store'
    os.makedirs(end)
    os.mkdir(open_to_all)
    os.symlink('middle', top + '/first')
    os.symlink(os.path.relpath(last, top), top + '/middle')
    os.symlink(end + '/./', last)
    kit.get_clip('submitted', store=store)
    kit.get_clip('reused', store=end + '/store')
    os.chmod(open_to_all, 0o777)
    refuse(kit, store, f'chmod go-w {open_to_all}', store)
    refuse(kit, top + '/middle/no/store', f'chmod go-w {open_to_all}')
    os.chmod(open_to_all, 0o1777)
    kit.get_clip('reused', store=store)
    if os.geteuid() == 0:
        # another user's, who may turn it, in a folder where only they may
        os.lchown(last, 65534, 65534)
        refuse(kit, store, last, 'belongs to another user', store)
        kit.get_clip('reused', store=end + '/store')
    os.symlink('ring', top + '/ring')
    refuse(kit, top + '/ring/store', top + '/ring/store', 'symbolic links')
    kit.check_billed(1)


def need_open_build(kit):
    """Other users can run the program."""
    program = os.path.abspath(kit.bench.args.program)
    if os.geteuid() == 0 and subprocess.run(
            [*ANOTHER, 'test', '-x', program]).returncode != 0:
        raise Skip('the build folder is closed to other users')


def way_of_another(kit):
    """a store below a folder or link of another user is refused, below root's it
    is taken"""
    kit.get_clip('submitted', store=kit.bench.new_path('root'))   # below /tmp
    if os.geteuid() != 0:
        return
    kit.prompt = kit.bench.new('another')
    submits = kit.count('submit')
    folder, store = make_way(kit, 0o755)
    os.chown(folder, 65534, 65534)
    refuse(kit, store, folder, 'belongs to another user')
    os.chown(folder, 0, 0)
    link = kit.bench.new_path('link')
    os.symlink(folder, link)
    os.lchown(link, 65534, 65534)
    refuse(kit, link + '/store', link, 'belongs to another user')
    expect('submits', kit.count('submit'), submits)
    need_open_build(kit)
    os.makedirs(store, 0o700)
    os.chown(store, 65534, 65534)
    os.chown(os.path.dirname(store), 65534, 65534)
    with Run(kit.bench, prefix=ANOTHER) as run:
        kit.expect_clip(run.run(kit.line(store=store)))
    kit.check_billed(1)


def user_namespace(kit):
    """in a user namespace that has no root of the machine its folders are taken,
    where others cannot write to them"""
    own = ['setpriv', '--reuid=4242', '--regid=4242', '--clear-groups', '--']
    prefix = (own if os.geteuid() == 0 else []) + ['unshare', '--user',
                                                   '--map-root-user', '--']
    need_open_build(kit)
    need('unshare', 'setpriv')
    done = subprocess.run([*prefix, 'true'], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f'no user namespace: {done.stderr.strip()}')
    os.mkdir(kit.store, 0o700)
    if os.geteuid() == 0:
        os.chown(kit.store, 4242, 4242)
    with Run(kit.bench, prefix=prefix) as run:
        kit.expect_clip(run.run(kit.line()))
        os.chmod(kit.bench.folder, 0o777)
        end = run.run(kit.line())
        os.chmod(kit.bench.folder, 0o755)
        expect(str(end), kit.bench.judge(end), 'error write, billed: no')
        kit.expect_clip(run.run(kit.line()))
    kit.check_billed(1)


def folders_of_store(kit):
    """the folders in the store that are links, files, writable by others or
    another's are refused by their names"""
    kit.get_clip('submitted')
    with kit.silent():
        for folder in kit.path('clips'), kit.path('locks'):
            for words in spoil(kit.bench, folder):
                for settings in ({}, {'reuse': 'only'}, {'reuse': 'never'},
                                 {'dry_run': True}):
                    kit.get_error('write', folder, words, billed='no', **settings)
                check(folder in kit.shots(status=1), 'not named')
    kit.get_clip('reused')
    kit.check_billed(1)


def wrong_model(kit):
    """a task id beside a model that is none is refused before it is kept"""
    for model in 'a/../b', '\x1b[31m', 'a b':
        kit.get_error('settings', 'model=', task_id='task-1', prompt=None,
                      model=model)
    check(not os.path.exists(kit.store), 'the store was made')
    expect('requests', kit.count(), 0)


# --- partial clips ----------------------------------------------------------

class Part:
    """A partial clip; as that of a live run, or of one that was killed."""

    def __init__(self, kit, size, live):
        name = hashlib.sha256(kit.bench.new('part').encode()).hexdigest()
        self.path = kit.path('parts', name + '.part')
        write(self.path, bytes(size))
        self.lock = os.open(kit.path('locks', name + '.lock'), os.O_RDWR | os.O_CREAT,
                            0o600)
        if live:
            fcntl.flock(self.lock, fcntl.LOCK_EX)

    def kill(self):
        os.close(self.lock)

    def is_there(self):
        return os.path.exists(self.path)


def failed_parts(kit):
    """a run that ends with an error leaves no partial clip that cannot be gone on
    with: too large, forbidden, no MP4, or more than store-max-size; one that was
    cut waits for the next run"""
    size = kit.bench.clip['bytes']
    ways = (({'max_size': 1}, {}, 0), ({'max_size': size - 1}, {}, 0),
            ({'max_size': size - 1}, {'chunked': True}, 0),
            ({'retries': 0}, {'cut': size // 2}, 1),
            ({'retries': 0, 'store_max_size': 1000}, {'cut': size // 2}, 0),
            ({}, {'status': 403, 'times': 4}, 0),
            ({}, {'body': 'no clip', 'times': 4}, 0))
    for settings, rule, left in ways:
        kit.prompt = kit.bench.new('failed')
        if rule:
            kit.simulator.script({'on': 'file', **rule})
        kit.get_error('read', billed='yes', **settings)
        expect(f'parts after {settings} {rule}', len(kit.files('.part')), left)
        kit.get_clip('resumed')
        expect('parts after the clip', kit.files('.part'), [])
        kit.check_billed(1)


def dead_parts(kit):
    """what killed runs left goes when the next clip is fetched, of whatever shot it
    is; what a live run writes stays as it is"""
    kit.get_clip(prompt='first')
    dead = Part(kit, 5000, False)
    dead.kill()
    live = Part(kit, 7000, True)
    strange = kit.path('parts', 'x.part')
    write(strange)
    kit.leave_unfinished(prompt='second')
    expect('the dead one', dead.is_there(), False)
    expect('the live one', os.path.getsize(live.path), 7000)
    check(os.path.exists(strange), 'a file of no shot is gone')
    live.kill()
    kit.get_clip('submitted', prompt='third')
    expect('the live one, killed', live.is_there(), False)


def counted_parts(kit):
    """store-max-size: what a live run writes counts, and delivered clips make
    room for it"""
    shelf = Shelf(kit)
    shelf.get('a', 'submitted')
    live = Part(kit, 2 * shelf.size, True)
    shelf.get('b', 'submitted', store_max_size=4 * shelf.size)
    expect('clips for which there is room', shelf.names(), ['a', 'b'])
    shelf.get('c', 'submitted', store_max_size=4 * shelf.size)
    expect('clips beside what is being written', shelf.names(), ['b', 'c'])
    expect('the live one', os.path.getsize(live.path), 2 * shelf.size)
    live.kill()
    shelf.check_billed()


sys.exit(main(__doc__, open_way, way_of_links, chain_of_links, way_of_another,
              user_namespace, folders_of_store, wrong_model, failed_parts, dead_parts,
              counted_parts))
