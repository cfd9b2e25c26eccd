#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the examples as their heads say, with the simulator in the place of the
host, and looks at what they make.  Prints TAP.

usage: run-examples.py SIMULATOR CLIP EXAMPLES PROGRESS
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import filecmp
import glob
import json
import os
import re
import signal
import subprocess
import tempfile

from environment import of_user
from simulator import Simulator
from tap import Tap, check, expect

TIMEOUT = 120
WORKERS = 3
# the one that has Debian's modules
SYSTEM_PYTHON = '/usr/bin/python3'
PROMPTS = ['a lighthouse at dawn', "a fisherman's boat, 5:40", 'gulls & waves!']
# what gst-launch-1.0 or a shell would change, or take for something else
ODD_PROMPTS = ['a "quoted" \\ back\'slash ! 100% é', '-e "x', 'ends with \\',
               "\\\\'! b ! \"", '{} {#} $HOME `id` max-cost=9 * ; (a)']
# as an argument, it would be an option
ODD_ARGUMENTS = [prompt for prompt in ODD_PROMPTS if prompt[0] != '-']
# what parallel, printf, or a shell would change
ODD_FOLDER = "50% done {} %n %s $HOME 'x'"
SIZE = (1366, 768)


class Stage:
    """A folder, a store and a simulator for one example."""

    def __init__(self, args, folder, clip, scale=6000):
        self.examples, self.progress = args.examples, args.progress
        self.folder, self.clip = folder, clip
        self.simulator = Simulator(args.simulator, clip, scale=scale)
        self.env = of_user(folder, **self.simulator.hosts(), TMPDIR=self.path('tmp'),
                           SHOT_OPTIONS='first-poll=20 poll-interval=20')
        os.mkdir(self.path('tmp'))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as file:
            file.write(text)
        return self.path(name)

    def run(self, *line, status=0, **env):
        """The output of an example, or of any program.  status None: it fails, or is
        ended after 8 s: gst-launch-1.0 from 1.22 on loses an error that comes before
        its main loop runs, and hangs then, with filesrc too (README, Trouble)."""
        limit = ['/usr/bin/timeout', '8'] if status is None else []
        line = [*limit, os.path.join(self.examples, line[0]), *line[1:]]
        done = subprocess.run(line, cwd=self.folder, env={**self.env, **env},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=TIMEOUT)
        if 'TEST_SCANNED' in os.environ:
            sys.stderr.write(done.stdout)
        check(done.returncode != 0 if status is None else done.returncode == status,
              f'{line[0]} ended with {done.returncode}: {done.stdout[-2000:]}')
        return done.stdout

    def interrupt(self, begun, *line, number=signal.SIGINT, again=False):
        """Ctrl-C for an example, once begun() is true, and again once it waits; its
        output"""
        process = subprocess.Popen(
            [os.path.join(self.examples, line[0]), *line[1:]], cwd=self.folder,
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        out = ''
        try:
            while not begun():
                check(process.poll() is None, f'{line[0]} ended early')
            process.send_signal(number)
            while again and 'leaves at once' not in out:
                data = process.stdout.readline()
                check(data, f'{line[0]} ended early: {out}')
                out += data
            if again:
                process.send_signal(number)
            out += process.communicate(timeout=TIMEOUT)[0]
        finally:
            process.kill()
        expect(f'the exit status ({out})', process.returncode, 130)
        return out

    def count_submits(self):
        return self.simulator.count('submit')

    def expect_prompts(self, *prompts):
        """Each paid once, word for word"""
        expect('the prompts', sorted(task['prompt'] for task in self.simulator.tasks()),
               sorted(prompts))

    def expect_clip(self, name):
        check(filecmp.cmp(self.path(name), self.clip, shallow=False),
              f'{name} is not the clip')

    def expect_no_parts(self, folder):
        expect('what is left behind', glob.glob(self.path(f'{folder}/.part-*')), [])

    def render(self, name, pattern, size):
        """A picture"""
        width, height = size
        self.run('/usr/bin/env', 'gst-launch-1.0', '-q', 'videotestsrc',
                 'num-buffers=1', f'pattern={pattern}', '!',
                 f'video/x-raw,width={width},height={height}', '!', 'pngenc',
                 '!', 'filesink', f'location={name}')
        return self.path(name)


# What is in a file

def probe(path):
    """codec, width, height, frames, seconds"""
    done = subprocess.run(
        ['ffprobe', '-v', 'error', '-count_frames', '-select_streams', 'v',
         '-of', 'default=nw=1', '-show_entries',
         'stream=codec_name,width,height,nb_read_frames,pix_fmt:format=duration', path],
        capture_output=True, text=True, timeout=TIMEOUT)
    check(done.returncode == 0, f'{path}: {done.stderr}')
    fields = dict(line.split('=') for line in done.stdout.split())
    # many players refuse films in another format
    check(fields['codec_name'] == 'png' or fields['pix_fmt'] == 'yuv420p',
          f'{path} is {fields["pix_fmt"]}')
    return (fields['codec_name'], int(fields['width']), int(fields['height']),
            int(fields['nb_read_frames']), float(fields.get('duration', 'nan'))
            if fields.get('duration') != 'N/A' else None)


def expect_film(path, codec, frames, size=SIZE):
    found = probe(path)
    expect(os.path.basename(path), found[:4], (codec, *size, frames))
    check(found[4] is not None and abs(found[4] - frames / 24) < 0.1,
          f'{path} takes {found[4]} s')


class Picture:
    """A frame in grey"""

    def __init__(self, path, number=0, size=SIZE):
        done = subprocess.run(
            ['ffmpeg', '-v', 'error', '-i', path, '-vf',
             f'select=eq(n\\,{number}),scale={size[0]}:{size[1]}', '-fps_mode', 'passthrough',
             '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
            capture_output=True, timeout=TIMEOUT)
        check(done.returncode == 0, f'{path}: {done.stderr}')
        expect(f'{path}: frame {number}', len(done.stdout), size[0] * size[1])
        self.data, self.size = done.stdout, size

    def part(self, left, top, width, height):
        rows = (self.data[y * self.size[0] + left:][:width]
                for y in range(top, top + height))
        return b''.join(rows)


def differ(picture, other, part):
    """How much the greys of a part differ, on average."""
    pairs = zip(picture.part(*part), other.part(*part))
    return sum(abs(a - b) for a, b in pairs) / (part[2] * part[3])


def mean(picture, part):
    data = picture.part(*part)
    return sum(data) / len(data)


TOP = (0, 0, 900, 100)
ALL = (0, 0, *SIZE)

# The examples; each says what it costs


def find_arguments(stage):
    """The scripts that look at their arguments with common.sh, and these"""
    for name in sorted(os.listdir(stage.examples)):
        with open(os.path.join(stage.examples, name)) as file:
            text = file.read()
        check(not re.search('^[^#]* prompt="', text, re.M), f'{name}: gst-launch-1.0 reads that prompt')
        found = re.search(r'^check_arguments "(.*)" "\$@"$', text, re.M)
        if not found or name == 'common.sh':
            continue
        check(f'{name} {found[1]}\n' in text, f'{name}: its head says something else')
        yield name, found[1].split()


# what gst-launch-1.0 takes for more of its line, behind the first word
MORE_LINE = '\nhailuosrc\nprompt=evil\nfirst-poll=10\n!\nfakesink\nname=x'
SPLIT = ['a\tb', 'a\rb', 'a\x7f', 'a\n', 'a\\', 'a"b" ! x', 'x' + MORE_LINE]


def test_common(stage):
    """common.sh: what is wrong with the arguments is said before anything is paid"""
    logo = stage.write('logo.png', '')
    kinds = {'FOLDER': 'folder', 'TEXT': 'x', 'LOGO.png': logo, 'PROMPT': 'x',
             'PROMPTS.txt': stage.write('prompts.txt', 'x\n')}
    wrong = {'FOLDER': ['', '-x', *SPLIT], 'TEXT': ['', '--dry-run', '-x', *SPLIT],
             'LOGO.png': ['', 'nowhere.png', *SPLIT], 'PROMPT': ['', ' \n', '--dry-run', '-e "x'],
             'PROMPTS.txt': ['', 'nowhere.txt', stage.write('nul.txt', 'x\ncut\0here\n')]}
    for kind in 'mp4', 'png', 'webm':
        name = f'FILE.{kind}'
        kinds[name] = stage.write(f'there.{kind}', 'mine')
        wrong[name] = ['', f'nowhere/a.{kind}', f'state.{kind}', f'fifo.{kind}', f'link.{kind}',
                       'a lighthouse', f'--a.{kind}', f'a{kind}', 'a.avi',
                       *(f'{value}.{kind}' for value in SPLIT)]
        os.mkdir(stage.path(f'state.{kind}'))
        os.mkfifo(stage.path(f'fifo.{kind}'))
        os.symlink('there', stage.path(f'link.{kind}'))
    scripts = list(find_arguments(stage))
    expect('scripts with arguments', len(scripts), 12)
    for name, words in scripts:
        line = [kinds[word] for word in words]
        stage.run(name, *line[:-1], status=2)
        stage.run(name, *line, 'more', status=2)
        for number, word in enumerate(words):
            # all of them once, and then one
            values, wrong[word] = wrong[word], wrong[word][-1:]
            for value in values:
                out = stage.run(name, *line[:number], value, *line[number + 1:], status=2)
                check(word in out, out)
        for help_line in ['-h'], [*line[:-1], '--help']:
            check('usage: ' in stage.run(name, *help_line), name)
        # a price, not an empty file
        if name != 'batch.sh':
            out = stage.run(name, *line, status=2, SHOT_OPTIONS='dry_run=true')
            check('dry run' in out, out)
    # what comes from the environment
    out = stage.run('play.sh', 'x', status=2, SINK='fakesink' + MORE_LINE)
    check('SINK' in out, out)
    os.mkdir(stage.path('tmp/x' + MORE_LINE))
    out = stage.run('save.sh', 'x', 'a.mp4', status=2, TMPDIR=stage.path('tmp/x' + MORE_LINE))
    check('TMPDIR' in out, out)
    os.rmdir(stage.path('tmp/x' + MORE_LINE))
    # nor does a run that is refused empty what is there
    for name, words in scripts:
        if words[-1].startswith('FILE'):
            stage.run(name, *(kinds[word] for word in words), status=None,
                      SHOT_OPTIONS='max-cost=0.1')
    for kind in 'mp4', 'png', 'webm':
        expect('a file', open(stage.path(f'there.{kind}')).read(), 'mine')
    stage.simulator.expect_billed(0)
    # an option that there is not
    for options in 'maxcost=0.1', 'max-cost=cheap', 'max-cost=', 'max-cost=-5':
        stage.run('save.sh', 'x', 'a.mp4', status=None, SHOT_OPTIONS=options)
        stage.run('placeholder.py', 'x', 'a.mp4', status=None, SHOT_OPTIONS=options)
    stage.simulator.expect_billed(0)
    for prompt in ODD_ARGUMENTS:
        stage.run('save.sh', prompt, 'a.mp4')
    stage.run('save.sh', 'two\nlines', 'a.mp4')
    stage.expect_prompts(*ODD_ARGUMENTS, 'two\nlines')
    stage.expect_no_parts('.')
    expect('what is left behind', glob.glob(stage.path('tmp/*')), [])
    return len(ODD_ARGUMENTS) + 1


def test_arguments(stage):
    """the other examples: no option and no file is taken for a prompt"""
    board = os.path.join(stage.examples, 'storyboard.json')
    for name in ('placeholder.py', 'timeline.py', 'storyboard.py', 'with-simulator.sh',
                 'first-clip.sh'):
        for option in '-h', '--help':
            check('usage: ' in stage.run(name, option), name)
        stage.run(name, '--dry-run', status=2)
    wrong = [
        ['placeholder.py'], ['placeholder.py', ''], ['placeholder.py', '-x'],
        ['placeholder.py', '-a prompt', 'a.mp4'], ['placeholder.py', 'a.mp4', 'x'],
        ['placeholder.py', 'x', 'a.mp4', 'more'], ['timeline.py', 'a.webm', 'x'],
        ['timeline.py', 'a.webm'], ['storyboard.py', board],
        ['storyboard.py', board, '--dry-run'], ['with-simulator.sh'],
        ['first-clip.sh', ''], ['first-clip.sh', '--real', 'a', 'lighthouse', 'a.mp4'],
        ['first-clip.sh', '--real', 'a.mp4', 'a lighthouse'],
        ['first-clip.sh', '--real', '--dry-run'],
        [stage.progress], [stage.progress, 'x'], [stage.progress, '--help', 'a.mp4'],
        [stage.progress, 'a.mp4', 'x'], [stage.progress, 'x', '--dry-run']]
    for line in wrong:
        stage.run(*line, status=2)
    # and a dry run leaves what is there
    for line in ['placeholder.py', 'x', 'a.mp4'], ['batch-slurm.sh', board, '.']:
        name = stage.write('a.mp4', 'mine')
        stage.run(*line, status=None, SHOT_OPTIONS='dry-run=true', SLURM_ARRAY_TASK_ID='1')
        expect('the file', open(name).read(), 'mine')
    check('costs about $0.336' in stage.run(stage.progress, 'x', 'a.mp4', 'dry-run=true'), 'no cost')
    expect('the file', open(name).read(), 'mine')
    return 0


def test_save(stage):
    """save.sh: the host's bytes, and for nothing the next time"""
    # what is not ours stays as it is
    os.symlink('victim', stage.path('a.mp4.part'))
    for name, mode in ('a.mp4', 0o640), ('b.mp4', 0o644):
        stage.write('b.mp4.part', 'mine')
        stage.run('/usr/bin/env', 'bash', '-c', f'umask {0o666 - mode:03o} && "$@"', '',
                  os.path.join(stage.examples, 'save.sh'), PROMPTS[1], name)
        stage.expect_clip(name)
        expect('the mode', oct(os.stat(stage.path(name)).st_mode & 0o777), oct(mode))
    expect('a file', open(stage.path('b.mp4.part')).read(), 'mine')
    check(not os.path.exists(stage.path('victim')), 'a link was followed')
    stage.expect_no_parts('.')
    return 1


def test_with_simulator(stage):
    """with-simulator.sh: needs no key and no host, whichever it is"""
    # nothing leaves this machine should it be wrong
    env = {'BUILD': os.path.dirname(os.path.dirname(stage.progress)),
           'CLIP': stage.clip, 'APIXO_API_KEY': '', 'APIXO_BASE_URL': '',
           'APIINONE_API_KEY': 'of-the-real-host', 'APIINONE_BASE_URL': '',
           'https_proxy': 'http://127.0.0.1:1'}
    save = os.path.join(stage.examples, 'save.sh')
    for name, options in (('a.mp4', ''), ('b.mp4', 'retries=0 provider=apiinone'
                                          ' image=https://example.com/a.jpg')):
        stage.run('with-simulator.sh', save, PROMPTS[0], stage.path(name),
                  SHOT_OPTIONS=options, **env)
        stage.expect_clip(name)
    # what the user set counts
    stage.run('with-simulator.sh', save, 'x', stage.path('c.mp4'), status=None,
              SHOT_OPTIONS='max-cost=0.1', **env)
    # as its head says: one store for what belongs together
    stage.run('with-simulator.sh', 'bash', '-euc',
              'save.sh a a.mp4; save.sh b b.mp4; timeline.py a b film.webm', **env,
              PATH=stage.examples + ':' + stage.env['PATH'])
    expect('the film', probe(stage.path('film.webm'))[0], 'vp8')
    return 0


def test_play(stage):
    """play.sh: to the sink"""
    stage.run('play.sh', PROMPTS[0], SINK='fakevideosink')
    return 1


def test_remux(stage):
    """remux.sh: where it comes from is in the file, to be read by others"""
    stage.run('remux.sh', PROMPTS[0], 'a.mp4')
    expect_film(stage.path('a.mp4'), 'h264', stage.frames, stage.size)
    done = subprocess.run(
        ['ffprobe', '-v', 'error', '-show_entries', 'format_tags', '-of', 'json',
         stage.path('a.mp4')], capture_output=True, text=True, timeout=TIMEOUT)
    tags = json.loads(done.stdout)['format']['tags']
    task = stage.simulator.tasks()[0]['id']
    comment = f'generated by AI: APIXO task {task}'
    expect('the tags', (tags['title'], tags['encoder'], tags['comment']),
           (PROMPTS[0], 'hailuo-2-3', comment))
    out = stage.run('/usr/bin/env', 'gst-discoverer-1.0', '-v', 'a.mp4')
    for words in f'title: {PROMPTS[0]}', f'comment: {comment}', 'encoder: hailuo-2-3':
        check(words in out, f'gst-discoverer-1.0 does not see "{words}": {out}')
    return 1


def test_webm(stage):
    """webm.sh: VP9"""
    stage.run('webm.sh', PROMPTS[0], 'a.webm')
    expect_film(stage.path('a.webm'), 'vp9', stage.frames)
    return 1


def test_hls(stage):
    """hls.sh: a playlist that ends, and its segments"""
    stage.run('hls.sh', PROMPTS[0], ODD_FOLDER)
    os.rename(stage.path(ODD_FOLDER), stage.path('hls'))
    playlist = open(stage.path('hls/index.m3u8')).read()
    check('#EXT-X-ENDLIST' in playlist, 'the playlist does not end')
    segments = [line for line in playlist.splitlines()
                if line and not line.startswith('#')]
    expect('segments', len(segments),
           len([n for n in os.listdir(stage.path('hls')) if n.endswith('.ts')]))
    found = probe(stage.path('hls/index.m3u8'))
    expect('the film', found[:4], ('h264', *SIZE, stage.frames))
    return 1


def test_caption(stage):
    """caption.sh: words at the bottom, and nothing else is touched"""
    stage.run('caption.sh', PROMPTS[0], 'Cape &quot;Hatteras&quot;&#10;5:40 &#92;', 'a.mp4')
    expect_film(stage.path('a.mp4'), 'h264', stage.frames)
    is_, was = Picture(stage.path('a.mp4'), 5), Picture(stage.clip, 5)
    check(differ(is_, was, (483, 640, 400, 128)) > 5, 'there are no words')
    check(differ(is_, was, TOP) < 5, 'the rest is another picture')
    return 1


def test_logo(stage):
    """logo.sh: a picture in the upper right corner"""
    logo = stage.render('logo.png', 'white', (160, 90))
    stage.run('logo.sh', PROMPTS[0], logo, 'a.mp4')
    expect_film(stage.path('a.mp4'), 'h264', stage.frames)
    is_, was = Picture(stage.path('a.mp4'), 5), Picture(stage.clip, 5)
    check(mean(is_, (1366 - 24 - 150, 30, 140, 70)) > 180, 'there is no logo')
    check(differ(is_, was, TOP) < 5, 'the rest is another picture')
    return 1


def test_picture_in_picture(stage):
    """picture-in-picture.sh: a camera's picture in the corner"""
    stage.run('picture-in-picture.sh', PROMPTS[0], 'a.mp4',
              CAMERA=f'videotestsrc pattern=white num-buffers={stage.frames}')
    expect_film(stage.path('a.mp4'), 'h264', stage.frames)
    is_, was = Picture(stage.path('a.mp4'), 5), Picture(stage.clip, 5)
    check(mean(is_, (1030, 30, 300, 160)) > 220, 'there is no camera')
    check(differ(is_, was, TOP) < 5, 'the rest is another picture')
    # another one, as its head says: it ends with it
    stage.run('picture-in-picture.sh', PROMPTS[0], 'b.mp4', CAMERA=f'filesrc location={stage.clip}'
              ' ! decodebin ! videoconvert ! videoscale ! videorate')
    expect_film(stage.path('b.mp4'), 'h264', stage.frames)
    return 1


def test_thumbnails(stage):
    """thumbnails.sh: a picture a second, and a contact sheet"""
    stage.run('thumbnails.sh', PROMPTS[0], ODD_FOLDER)
    os.rename(stage.path(ODD_FOLDER), stage.path('pictures'))
    one = (456, 256)
    for number in range(6):
        found = probe(stage.path(f'pictures/thumbnail-0{number}.png'))
        expect('a picture', found[:3], ('png', *one))
    sheet = stage.path('pictures/contact-sheet.png')
    whole = (3 * one[0], 2 * one[1])
    expect('the sheet', probe(sheet)[:3], ('png', *whole))
    sheet = Picture(sheet, 0, whole)
    for number in range(6):
        place = (number % 3 * one[0], number // 3 * one[1])
        thumb = Picture(stage.path(f'pictures/thumbnail-0{number}.png'), 0, one)
        pairs = zip(sheet.part(*place, *one), thumb.data)
        check(sum(abs(a - b) for a, b in pairs) / len(thumb.data) < 5,
              f'picture {number} is not on the sheet')
    return 1


def run_film(stage, *arguments):
    """gst-launch-1.0 1.22 may hang at the end, with filesrc too (README, Trouble)"""
    stage.run('/bin/bash', '-c', 'for i in 1 2 3 4 5; do timeout 6 "$@" && exit;'
              ' [ $? -eq 124 ] || exit 1; done; exit 1', '',
              os.path.join(stage.examples, 'film.sh'), *arguments)


def test_film(stage):
    """film.sh: three shots, one after the other"""
    run_film(stage, *PROMPTS, 'a.mp4')
    expect_film(stage.path('a.mp4'), 'h264', 3 * stage.frames, stage.size)
    stage.simulator.expect_billed(3)
    run_film(stage, *PROMPTS, 'b.mp4')
    run_film(stage, *ODD_ARGUMENTS[:3], 'b.mp4')
    stage.expect_prompts(*PROMPTS, *ODD_ARGUMENTS[:3])
    return 6


def test_graph(stage):
    """graph.sh: a drawing of the pipeline"""
    stage.run('graph.sh', PROMPTS[0], 'graph.png')
    codec, width, height = probe(stage.path('graph.png'))[:3]
    check(codec == 'png' and width > 400 and height > 50, f'{width}x{height}')
    return 1


def test_placeholder(stage):
    """placeholder.py: black until the clip is there, then the clip"""
    stage.simulator.script({'on': 'task', 'work': 1})
    stage.run('placeholder.py', PROMPTS[0], 'a.mp4')
    codec, width, height, frames, _ = probe(stage.path('a.mp4'))
    expect('the film', (codec, width, height), ('h264', *SIZE))
    check(frames > stage.frames, f'{frames} frames')
    first = Picture(stage.path('a.mp4'), 0)
    check(mean(first, TOP) < 20, 'it does not begin with the placeholder')
    # the clip whole, in its own time
    is_ = Picture(stage.path('a.mp4'), frames - stage.frames)
    check(differ(is_, Picture(stage.clip, 0), ALL) < 5, 'the clip is not in it')
    is_ = Picture(stage.path('a.mp4'), frames - 1)
    check(differ(is_, Picture(stage.clip, stage.frames - 1), ALL) < 5,
          'it does not end with the clip')
    # Ctrl-C ends it, and the next run goes on; work: three seconds
    stage.simulator.script({'on': 'task', 'work': 18000})
    out = stage.interrupt(lambda: stage.simulator.billed() == 2,
                          'placeholder.py', PROMPTS[1], 'b.mp4')
    # the host has made it, and its answer may still be on the way
    check(re.search('Run again with the same settings to resume (the )?task', out), out)
    stage.run('placeholder.py', PROMPTS[1], 'b.mp4')
    return 2


def test_files_stay(stage):
    """placeholder.py and progress: where nothing comes, a file that was there stays"""
    file = stage.write('there.mp4', 'mine')
    for line in (['placeholder.py', 'x', file], [stage.progress, 'x', file, 'max-cost=0.1']):
        stage.run(*line, status=1, SHOT_OPTIONS='max-cost=0.1')
        expect('the file', open(file).read(), 'mine')
    # nor is what is not ours taken
    os.mkfifo(stage.path('fifo.mp4'))
    os.symlink(file, stage.path('link.mp4'))
    for name in 'fifo.mp4', 'link.mp4':
        for line in ['placeholder.py', 'x', name], [stage.progress, 'x', name]:
            check('not a regular file' in stage.run(*line, status=2), name)
    stage.expect_no_parts('.')
    stage.simulator.expect_billed(0)
    os.symlink('victim', stage.path('new.mp4.part'))
    stage.run(stage.progress, 'x', 'new.mp4', 'first-poll=1', 'poll-interval=1')
    stage.expect_clip('new.mp4')
    check(not os.path.exists(stage.path('victim')), 'a link was followed')
    stage.expect_no_parts('.')
    return 1


def test_progress(stage):
    """progress: a bar, and the clip"""
    out = stage.run(stage.progress, PROMPTS[1], 'a.mp4', 'first-poll=1',
                    'poll-interval=1', 'take=3')
    stage.expect_clip('a.mp4')
    check('[' + '#' * 30 + ']' in out and 'download' in out, out)
    stage.simulator.script({'on': 'submit', 'status': 401})
    out = stage.run(stage.progress, PROMPTS[1], 'b.mp4', status=1)
    check('charged: no' in out and 'key' in out, out)
    # what there is not is not bought without
    for words in 'maxcost=0.1', 'max-cost', 'max-cost=', 'max-cost=cheap', 'timeout=-1', 'stats=x', '':
        out = stage.run(stage.progress, 'x', 'b.mp4', words, status=2)
        check(f'"{words}"' in out, out)
    # what the error of another element means for the money: no byte may be written
    out = stage.run('/usr/bin/env', 'bash', '-c', 'trap "" XFSZ; ulimit -f 0; exec "$@" 2>&1 | cat',
                    '', stage.progress, PROMPTS[1], 'full.mp4', 'take=3')
    check('charged: by an earlier run)' in out, out)
    os.mkdir(stage.path('folder.mp4'))
    check('not a regular' in stage.run(stage.progress, 'x', 'folder.mp4', status=2), 'no word')
    return 1


def test_progress_interrupted(stage):
    """progress: Ctrl-C ends it, and who does what it says goes on"""
    # two seconds, at the pace of this host
    stage.simulator.script({'on': 'task', 'work': 12000, 'times': 2})
    for prompt, more, advice in (
            (PROMPTS[1], [], b'Run again with the same settings to resume task'),
            (PROMPTS[2], ['reuse=never'],
             b'Run again without reuse=never to resume task')):
        line = [stage.progress, prompt, 'a.mp4', 'first-poll=1', 'poll-interval=1']
        process = subprocess.Popen([*line, *more], cwd=stage.folder, env=stage.env,
                                   stderr=subprocess.PIPE)
        text = b''
        while b'generate' not in text:
            data = os.read(process.stderr.fileno(), 4096)
            check(data, f'it ended early: {text}')
            text += data
        process.send_signal(signal.SIGINT)
        text += process.communicate(timeout=TIMEOUT)[1]
        expect('the exit status', process.returncode, 130)
        check(advice in text, text)
        stage.run(*line)
        stage.expect_clip('a.mp4')
    return 2


def test_stopped(stage):
    """placeholder.py and progress: stopped in a submit, they tell what came of it"""
    for number, line in enumerate((
            ['placeholder.py', PROMPTS[0], 'a.mp4'],
            [stage.progress, PROMPTS[1], 'a.mp4', 'reuse=never'])):
        billed = stage.simulator.billed()
        # the answer: it was made; it was not; none
        stage.simulator.script({'on': 'submit', 'delay': 500})
        out = stage.interrupt(lambda: stage.simulator.billed() > billed, *line,
                              number=signal.SIGTERM)
        task = stage.simulator.tasks()[-1]['id']
        check('before APIXO answered' in out and f'to resume task {task}' in out, out)
        submits = stage.count_submits()
        again = [word for word in line if word != 'reuse=never']
        again[1] += ' again'
        stage.simulator.script({'on': 'submit', 'delay': 500, 'status': 429})
        out = stage.interrupt(lambda: stage.count_submits() > submits, *again)
        check('The host made no task' in out, out)
        stage.simulator.script({'on': 'submit', 'delay': 60000, 'billed': True, 'status': 500})
        out = stage.interrupt(lambda: stage.count_submits() > submits + 1, *again, again=True)
        check('a task may have been created' in out, out)
        expect('submits', stage.count_submits(), submits + 2)
        expect('billed', stage.simulator.billed(), billed + 2)
    check(not os.path.exists(stage.path('a.mp4')), 'there is a clip')
    stage.expect_no_parts('.')
    return 4


WRONG_SHOTS = [
    ('{"name": "a", "prompt": "x", "maxcost": 0.1, "duraton": 10}', 'shot 2: maxcost'),
    ('{"name": "a", "prompt": "x", "max-cost": "cheap"}', 'shot 2: max-cost'),
    ('{"name": "a", "prompt": "x", "max-cost": [0.1]}', 'shot 2: max-cost'),
    ('{"name": "a", "prompt": "x", "max-cost": true}', 'shot 2: max-cost'),
    ('{"name": "a", "prompt": "x", "max-cost": 0.1, "max-cost": 9}', 'twice'),
    ('{"name": "a", "prompt": "x", "duration": 6.5}', 'shot 2: duration'),
    ('{"name": "a", "prompt": "x", "timeout": 100000000}', 'shot 2: timeout'),
    ('{"name": "a", "prompt": "x", "dry-run": "false"}', 'shot 2: dry-run'),
    ('{"name": "a", "prompt": "x", "mode": "pro"}', 'shot 2: mode'),
    ('{"name": "a", "prompt": 5}', 'shot 2: prompt'),
    ('{"name": "good", "prompt": "x"}', 'two shots'),
    ('{"name": "../a", "prompt": "x"}', '"name"'),
    ('{"prompt": "x"}', '"name"'),
    ('"x"', 'shot 2'),
    # what hailuosrc refuses when it starts
    ('{"name": "a", "prompt": "x", "duration": 7}', 'shot 2: duration'),
    ('{"name": "a", "prompt": "x", "max-cost": 0.1}', 'shot 2: .*max-cost'),
    ('{"name": "a", "prompt": "x", "mode": "pro-image-to-video"}', 'shot 2: .*image'),
    ('{"name": "a", "prompt": "!"}', 'shot 2: prompt'),
    ('{"name": "a", "prompt": ""}', 'shot 2: prompt'),
    ('{"name": "a"}', 'shot 2: prompt'),
]


def test_storyboard(stage):
    """storyboard.py: three shots, what they cost, and that they cost it once"""
    board = os.path.join(stage.examples, 'storyboard.json')
    out = stage.run('storyboard.py', board, 'shots')
    for name in 'dawn', 'storm', 'night':
        stage.expect_clip(f'shots/{name}.mp4')
        check(re.search(rf'{name} +done +submitted +\$0\.336', out), out)
    check(re.search(r'all +\$1\.008', out), out)
    stage.simulator.expect_billed(3)
    out = stage.run('storyboard.py', board, 'shots')
    check(re.search(r'all +\$0\.000', out), out)
    check('3 shots, at most $1.008' in out, out)
    # one that is refused is a slip of the whole list
    for text, word in WRONG_SHOTS:
        board = stage.write('wrong.json', '[{"name": "good", "prompt": "y"}, %s]' % text)
        out = stage.run('storyboard.py', board, 'shots', status=1)
        check('nothing is paid' in out and re.search(word, out), out)
    for options in 'maxcost=0.1', 'max-cost=cheap':
        board = stage.write('board.json', '[{"name": "good", "prompt": "y"}]')
        out = stage.run('storyboard.py', board, 'shots', status=1, SHOT_OPTIONS=options)
        check('nothing is paid' in out and 'max-?cost' in out or options[:3] in out, out)
    for text in '[]', '{"name": "good"}', '[', '5':
        stage.run('storyboard.py', stage.write('wrong.json', text), 'shots', status=1)
    odd = [{'name': str(i), 'prompt': prompt} for i, prompt in enumerate(ODD_PROMPTS[:2])]
    stage.run('storyboard.py', stage.write('odd.json', json.dumps(odd)), 'shots')
    stage.simulator.expect_billed(5)
    return 5


def test_storyboard_costs(stage):
    """storyboard.py: tells what this run paid, and no more"""
    board = stage.write('board.json', '[{"name": "a", "prompt": "x", "retries": 0}]')
    os.mkdir(stage.path('shots'))
    mine = stage.write('shots/a.mp4', 'mine')

    def expect_cost(state, cost, status=1, **env):
        if 'options' in env:
            env['SHOT_OPTIONS'] = f'{stage.env["SHOT_OPTIONS"]} {env.pop("options")}'
        out = stage.run('storyboard.py', board, 'shots', status=status, **env)
        for words in f'a +{state}.*', 'all +':
            check(re.search(words + re.escape(cost) + '\n', out), out)

    expect_cost('quoted', '$0.000', 0, options='dry-run=true')
    expect('the file', open(mine).read(), 'mine')
    expect_cost('failed', '$0.000', options='reuse=only')
    expect_cost('failed', '$0.000', APIXO_BASE_URL='http://127.0.0.1:1')
    stage.simulator.script({'on': 'submit', 'status': 429})
    expect_cost('failed', '$0.000')
    stage.simulator.expect_billed(0)
    stage.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    expect_cost('failed', '$0.336?')
    stage.simulator.expect_billed(1)
    expect_cost('failed', '$0.336', options='take=2 max-size=10')
    expect('the file', open(mine).read(), 'mine')
    stage.expect_no_parts('shots')
    expect_cost('done +resumed', '$0.000', 0, options='take=2')
    # what is not ours stays
    for name in 'fifo.mp4', 'link.mp4':
        os.mkfifo(stage.path('shots/fifo.mp4')) if name[0] == 'f' else os.symlink(
            mine, stage.path('shots/link.mp4'))
        wrong = stage.write('wrong.json', '[{"name": "%s", "prompt": "x"}]' % name[:-4])
        out = stage.run('storyboard.py', wrong, 'shots', status=1)
        check('nothing is paid' in out and 'not a regular file' in out, out)
    # the price is not known
    board = stage.write('board.json', '[{"name": "a", "prompt": "x", "model": "hailuo-2-3-fast",'
                        ' "image": "https://example.com/a.jpg"}]')
    expect_cost('done', '$0.000?', 0)
    return 3


def test_storyboard_stopped(stage):
    """storyboard.py: stopped in its submits, it tells what came of them"""
    board = stage.write('board.json', '[{"name": "a", "prompt": "x"}, {"name": "b", "prompt": "y"}]')
    stage.simulator.script({'on': 'submit', 'delay': 500},
                           {'on': 'submit', 'delay': 500, 'status': 429})
    out = stage.interrupt(lambda: stage.count_submits() == 2, 'storyboard.py', board, 'shots',
                          number=signal.SIGTERM)
    check(out.count('before APIXO answered') == 2, out)
    for line in (r'submitting +submitted +\$0\.336\?\n', r'stopped: task \w+ goes on.* submitted +\$0\.336\n',
                 r'stopped: the host made no task submitted +\$0\.000\n', r'all +\$0\.336\n'):
        check(re.search(line, out), out)
    stage.simulator.expect_billed(1)
    # the one goes on, and of the other nobody hears
    stage.simulator.script({'on': 'submit', 'delay': 60000, 'billed': True, 'status': 500},
                           {'on': 'task', 'work': 60000})
    out = stage.interrupt(lambda: stage.count_submits() == 3, 'storyboard.py', board, 'shots',
                          again=True)
    check(re.search(r'submitted +\$0\.336\?\n', out) and re.search(r'all +\$0\.336\?\n', out), out)
    expect('submits', stage.count_submits(), 3)
    stage.expect_no_parts('shots')
    return 2


def test_storyboard_in_the_way(stage):
    """storyboard.py: a clip that cannot be put in its place fails its shot"""
    board = stage.write('board.json', '[{"name": "a", "prompt": "x"}]')
    stage.simulator.script({'on': 'submit', 'delay': 1000})
    process = subprocess.Popen(
        [os.path.join(stage.examples, 'storyboard.py'), board, 'shots'], cwd=stage.folder,
        env=stage.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while stage.count_submits() == 0:
            check(process.poll() is None, 'it ended early')
        os.mkdir(stage.path('shots/a.mp4'))
        out = process.communicate(timeout=TIMEOUT)[0]
    finally:
        process.kill()
    expect('the exit status', process.returncode, 1)
    check(re.search(r'a +failed +submitted +\$0\.336\n', out) and 'Is a directory' in out, out)
    stage.simulator.expect_billed(1)
    stage.expect_no_parts('shots')
    return 1


def test_timeline(stage):
    """timeline.py: three shots with titles, from the store alone"""
    out = stage.run('timeline.py', *PROMPTS, 'a.webm', status=1)
    check('is not in the store' in out, out)
    stage.simulator.expect_billed(0)
    for prompt in PROMPTS:
        stage.run('save.sh', prompt, 'a.mp4')
    stage.run('timeline.py', *PROMPTS, 'a.webm')
    codec, _, _, _, seconds = probe(stage.path('a.webm'))
    expect('the codec', codec, 'vp8')
    check(abs(seconds - 6) < 0.2, f'it takes {seconds} s')
    stage.write('b.webm', 'mine')
    stage.interrupt(lambda: glob.glob(stage.path('.part-*/film.webm')), 'timeline.py',
                    *PROMPTS, *PROMPTS, 'b.webm', number=signal.SIGTERM)
    expect('the file', open(stage.path('b.webm')).read(), 'mine')
    stage.expect_no_parts('.')
    return 3


def test_batch(stage):
    """batch.sh: each prompt once, though one is there twice"""
    prompts = stage.write('prompts.txt', '\n'.join([*PROMPTS, PROMPTS[0]]) + '\n')
    out = stage.run('batch.sh', prompts, 'clips')
    check('4 shots, at most $1.34' in out, out)
    for number in range(1, 5):
        stage.expect_clip(f'clips/clip-{number}.mp4')
    stage.simulator.expect_billed(3)
    stage.run('batch.sh', prompts, 'clips')
    # lines of an editor's file, and none at its end
    prompts = stage.write('odd.txt', '\ufeff' + '\r\n\n \t\r\n'.join(ODD_PROMPTS))
    out = stage.run('batch.sh', prompts, 'odd clips')
    check('5 shots, at most $1.68' in out, out)
    for number in range(1, 3 * len(ODD_PROMPTS) - 1):
        if number % 3 == 1:
            stage.expect_clip(f'odd clips/clip-{number}.mp4')
        else:
            check(f'line {number} of {prompts} is blank: skipped' in out, out)
    stage.expect_prompts(*PROMPTS, *ODD_PROMPTS)
    stage.expect_no_parts('*')
    # the limit is the user's, and there is something to do
    for line in '\n\n', '':
        out = stage.run('batch.sh', stage.write('none.txt', line), 'clips', status=2)
        check('there is no prompt' in out, out)
    options = stage.env['SHOT_OPTIONS']
    more = stage.write('more.txt', 'more\n')
    out = stage.run('batch.sh', more, 'clips', status=2, SHOT_OPTIONS=f'{options} max-cost=0.1')
    check('nothing is paid' in out, out)
    # so is the announcement
    for words in 'dry-run=true', 'dry-run=false':
        out = stage.run('batch.sh', more, 'clips', SHOT_OPTIONS=f'{options} {words}')
        check('1 shots, at most $0.34' in out, out)
    for limit in '', ' max-cost=-1':
        out = stage.run('batch.sh', more, 'clips', status=2, SHOT_OPTIONS=options + limit
                        + ' model=hailuo-2-3-fast image=https://example.com/a.jpg')
        check('nothing is paid' in out and 'at most' not in out, out)
    # a link is none of ours
    os.symlink('victim', stage.path('clips/clip-9.mp4'))
    out = stage.run('batch.sh', stage.write('nine.txt', '\n' * 8 + 'x'), 'clips', status=2)
    check('clip-9.mp4' in out and 'at most' not in out, out)
    # the clips that are there stay
    stage.run('batch.sh', more, 'clips', status=2, TIMEOUT='15',
              SHOT_OPTIONS=f'{options} budget=0.1')
    stage.expect_clip('clips/clip-1.mp4')
    stage.simulator.expect_billed(8)
    return 8


def test_batch_announced(stage):
    """batch.sh: pays no more than it announced, and ends"""
    options = stage.env['SHOT_OPTIONS']
    prompts = stage.write('prompts.txt', 'x\n')
    stage.simulator.script({'on': 'task', 'outcome': 'failed', 'fail-code': 'ProviderError',
                            'fail-message': 'internal'})
    out = stage.run('batch.sh', prompts, 'clips', status=2)
    check('at most $0.34' in out and 'not all clips' in out, out)
    expect('the tasks', len(stage.simulator.tasks()), 1)
    # a clip that cannot be downloaded is no reason to buy another
    prompts = stage.write('prompts.txt', 'y\n')
    stage.simulator.script({'on': 'file', 'status': 404, 'times': 8})
    stage.run('batch.sh', prompts, 'clips', status=2,
              SHOT_OPTIONS=f'{options} retries=1 reuse=never')
    expect('the tasks', len(stage.simulator.tasks()), 2)
    # one that hangs is given up, and its task goes on
    stage.simulator.script({'on': 'task', 'work': 600000})
    prompts = stage.write('prompts.txt', 'z\n')
    stage.run('batch.sh', prompts, 'clips', status=2, TIMEOUT='2')
    tasks = stage.simulator.tasks()
    expect('the tasks', len(tasks), 3)
    return stage.simulator.billed()


def test_batch_slurm(stage):
    """batch-slurm.sh: the jobs of an array share a store"""
    prompts = stage.write('prompts.txt', '\n'.join([*PROMPTS, PROMPTS[0]]) + '\n')
    for number in range(1, 5):
        # another machine
        stage.run('batch-slurm.sh', prompts, 'clips', SLURM_ARRAY_TASK_ID=str(number),
                  XDG_STATE_HOME=stage.path(f'machine-{number}'))
        stage.expect_clip(f'clips/clip-{number}.mp4')
    stage.simulator.expect_billed(3)
    lines = [ODD_PROMPTS[0], '', *ODD_PROMPTS[1:]]
    prompts = stage.write('odd.txt', '\r\n'.join(lines))
    for number, line in enumerate([*lines, ''], 1):
        out = stage.run('batch-slurm.sh', prompts, 'odd clips', SLURM_ARRAY_TASK_ID=str(number))
        check(line or f'line {number} of {prompts}' in out and 'skipped' in out, out)
    stage.expect_prompts(*PROMPTS, *ODD_PROMPTS)
    for value in SPLIT:
        for line, env in (['clips/' + value], {}), (['clips'], {'STORE': stage.path(value)}):
            out = stage.run('batch-slurm.sh', prompts, *line, status=2, SLURM_ARRAY_TASK_ID='1', **env)
            check('nothing is paid' in out, out)
    nul = stage.write('nul.txt', 'x\ny\0z\n')
    for number in '1', '2':
        out = stage.run('batch-slurm.sh', nul, 'clips', status=2, SLURM_ARRAY_TASK_ID=number)
        check(f'NUL character in {nul}' in out, out)
    os.symlink('victim', stage.path('clips/clip-9.mp4'))
    nine = stage.write('nine.txt', '\n' * 8 + 'x')
    out = stage.run('batch-slurm.sh', nine, 'clips', status=2, SLURM_ARRAY_TASK_ID='9')
    check('not a regular file' in out, out)
    stage.run('batch-slurm.sh', prompts, status=2, SLURM_ARRAY_TASK_ID='1')
    stage.run('batch-slurm.sh', 'nowhere.txt', 'clips', status=2, SLURM_ARRAY_TASK_ID='1')
    stage.run('batch-slurm.sh', prompts, 'clips', status=1)
    stage.run('batch-slurm.sh', prompts, 'clips', status=None, SLURM_ARRAY_TASK_ID='1',
              SHOT_OPTIONS=f'{stage.env["SHOT_OPTIONS"]} reuse=never max-cost=0.1')
    stage.expect_clip('clips/clip-1.mp4')
    stage.expect_no_parts('*')
    # what is shared by a project
    os.mkdir(stage.path('project'))
    os.chmod(stage.path('project'), 0o2775)
    line = ['bash', '-c', 'umask 002 && "$@"', '', 'batch-slurm.sh', prompts]
    env = {'PATH': stage.examples + ':' + stage.env['PATH'], 'SLURM_ARRAY_TASK_ID': '1'}
    stage.run('/usr/bin/env', *line, 'of a group', **env)
    stage.run('/usr/bin/env', *line, 'project/clips', status=None, **env)
    stage.simulator.expect_billed(9)
    stage.run('/usr/bin/env', *line, 'project/clips', STORE=stage.path('of a group/store'), **env)
    stage.expect_clip('project/clips/clip-1.mp4')
    return 9


def test_batch_kubernetes(stage):
    """batch-kubernetes.yaml: the pods of a job share a store"""
    job = json.loads(stage.run(
        SYSTEM_PYTHON, '-c', 'import json, sys, yaml;'
        ' print(json.dumps(yaml.safe_load(open(sys.argv[1]))))',
        os.path.join(stage.examples, 'batch-kubernetes.yaml')))
    expect('the job', (job['apiVersion'], job['kind'], job['spec']['completionMode']),
           ('batch/v1', 'Job', 'Indexed'))
    pod = job['spec']['template']['spec']
    container = pod['containers'][0]
    expect('mounts', {mount['name'] for mount in container['volumeMounts']},
           {volume['name'] for volume in pod['volumes']})
    for mount in container['volumeMounts']:
        os.mkdir(stage.path(mount['name']))
    stage.write('prompts/prompts.txt', '\n'.join(PROMPTS) + '\n')
    # as a provisioner leaves it; nothing opens it to a group later
    os.chmod(stage.path('clips'), 0o2777)
    check('fsGroup' not in pod['securityContext'], 'the volume is open to a group')
    owner, = pod['initContainers']
    expect('owner', (owner['image'], owner['volumeMounts'][0]['mountPath'],
                     owner['securityContext']), (container['image'], '/clips', {'runAsUser': 0}))
    check(str(pod['securityContext']['runAsUser']) in owner['command'], owner['command'])
    stage.run('/usr/bin/env', *[{'/clips': stage.path('clips'), '1000': str(os.getuid())}.get(
        word, word) for word in owner['command']])
    line = container['command']
    for mount in container['volumeMounts']:
        line = [word.replace(mount['mountPath'] + '/', stage.path(mount['name']) + '/')
                for word in line]
    # and a pod that is started again
    for index in *range(job['spec']['completions']), 1:
        stage.run('/usr/bin/env', *line, JOB_COMPLETION_INDEX=str(index),
                  XDG_STATE_HOME=stage.path(f'machine-{index}'))
        stage.expect_clip(f'clips/clip-{index + 1}.mp4')
    stage.write('prompts/prompts.txt', 'x\ny\0z\n')
    out = stage.run('/usr/bin/env', *line, status=2, JOB_COMPLETION_INDEX='0')
    check('NUL character' in out and 'prompts.txt' in out, out)
    stage.write('prompts/prompts.txt', '\n'.join(PROMPTS) + '\n')
    # its own limit makes a process group, which another one would not end
    refused = [word.replace('timeout 2000 ', 'timeout 8 ') for word in line]
    check(refused != line, 'no limit')
    stage.run('/usr/bin/env', *refused, status=None, JOB_COMPLETION_INDEX='0',
              SHOT_OPTIONS=f'{stage.env["SHOT_OPTIONS"]} reuse=never max-cost=0.1')
    stage.expect_clip('clips/clip-1.mp4')
    stage.write('prompts/prompts.txt', '\n'.join(['', *ODD_PROMPTS]) + '\n')
    for index in range(len(ODD_PROMPTS) + 2):
        out = stage.run('/usr/bin/env', *line, JOB_COMPLETION_INDEX=str(index))
        check(0 < index <= len(ODD_PROMPTS) or 'skipped' in out, out)
    stage.expect_prompts(*PROMPTS, *ODD_PROMPTS)
    stage.expect_no_parts('clips')
    return 8


# name, clip: small (64x36), short (the first frames of the usual), usual
TESTS = [
    (test_common, 'small'), (test_arguments, 'small'), (test_save, 'small'), (test_with_simulator, 'small'), (test_play, 'short'),
    (test_remux, 'small'), (test_webm, 'short'), (test_hls, 'short'), (test_caption, 'short'),
    (test_logo, 'short'), (test_picture_in_picture, 'short'),
    (test_thumbnails, 'usual'), (test_film, 'small'), (test_graph, 'small'),
    (test_placeholder, 'short'), (test_progress, 'small'),
    (test_files_stay, 'small'),
    (test_progress_interrupted, 'small'), (test_stopped, 'small'), (test_storyboard, 'small'),
    (test_storyboard_costs, 'small'), (test_storyboard_stopped, 'small'),
    (test_storyboard_in_the_way, 'small'), (test_timeline, 'small'), (test_batch, 'small'),
    (test_batch_announced, 'small'), (test_batch_slurm, 'small'),
    (test_batch_kubernetes, 'small'),
]


class Args:
    simulator, clip, examples, progress = map(os.path.realpath, sys.argv[1:5])


def find_clips(folder):
    clips = {'usual': (Args.clip, 141, SIZE)}
    for name, frames, size in ('small', 24, (64, 36)), ('short', 16, SIZE):
        path = os.path.join(folder, f'{name}.mp4')
        subprocess.run([Args.simulator, '--render', path, '--frames', str(frames),
                        '--size', '%dx%d' % size], check=True)
        clips[name] = (path, frames, size)
    return clips


def run(test, clip):
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Args, folder, clip[0])
        stage.frames, stage.size = clip[1:]
        with stage.simulator:
            stage.simulator.expect_billed(0)
            stage.simulator.expect_billed(test(stage))


def all_run():
    """each example is run"""
    # each has to do with files that are called as they are documented
    executables = {name for name in os.listdir(Args.examples)
                   if name.endswith(('.sh', '.py', '.yaml', '.c'))}
    named = {t.__doc__.split(':')[0] for t, _ in TESTS}
    expect('nobody runs', {name for name in executables
                           if name not in named and name.rsplit('.', 1)[0] not in named
                           and name != 'first-clip.sh'}, set())


def main(*wanted):
    tap = Tap()
    tap.case(all_run)
    with tempfile.TemporaryDirectory() as folder:
        clips = find_clips(folder)
        tap.cases([(test.__doc__, run, test, clips[clip]) for test, clip in TESTS
                   if not wanted or test.__name__[5:] in wanted], WORKERS)
    return tap.end()


sys.exit(main(*sys.argv[5:]))
