"""What is asked: of each work the method, who asks, and with what, as the load generator does (tests/bench/load)."""
import collections
import pathlib

# `actors` is a list of bench.actor; `values` are arguments in SQL, or what stands for
# those that differ from request to request.
Work = collections.namedtuple('Work', 'method actors writes values')

NUMBER, WORDS, STAGE, TEAM = '(number)', '(words)', '(stage)', '(team)'
WORKS = {
    'journey': Work('GetTimeline', 'readers', False, {'client_number': NUMBER, 'newest_first': 'true', 'page_size': '20'}),
    'client': Work('GetClient', 'readers', False, {'client_number': NUMBER}),
    'quiet': Work('ListWithoutContact', 'managers', False, {'page_size': '50'}),
    'coming-up': Work('ListComingUp', 'readers', False, {}),
    'board': Work('GetBoard', 'managers', False, {'team': TEAM}),
    'contact': Work('RecordContact', 'writers', True, {
        'client_number': NUMBER, 'channel': "'phone'", 'counterpart': "'client'", 'reached': 'true', 'words': WORDS}),
    'move': Work('MoveStage', 'writers', True, {'client_number': NUMBER, 'stage': STAGE, 'reason': WORDS}),
}
# The stages that a client is moved between.
STAGES = 'work_content', 'workplace_guidance'


def mix():
    """The shares of a day, of each work, in percent. Coaches do all of it."""
    lines = (pathlib.Path(__file__).resolve().parent / 'mix.txt').read_text().splitlines()
    shares = {work: int(share) for work, share in (line.split() for line in lines if line)}
    if sum(shares.values()) != 100 or set(shares) - set(WORKS):
        raise AssertionError(f'mix.txt: {shares}; give shares that are 100 together, of {", ".join(WORKS)}')
    return shares
