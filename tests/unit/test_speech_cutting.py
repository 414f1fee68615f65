"""Utterances are cut from a stream by voice activity."""

from recordings.speech.results import RATE
from recordings.speech.vad import HANG_SECONDS, LONGEST_SECONDS, Piece, Segmenter

WINDOW = 256
LOUD = b"\x10\x27" * WINDOW
QUIET = bytes(WINDOW * 2)
SECOND = RATE // WINDOW


class Ear:
    """Loud is speech."""

    window = WINDOW

    def probability(self, pcm: bytes) -> float:
        return 0.9 if pcm == LOUD else 0.1


def cut(sound: bytes, step: int = 1600) -> list[list[Piece]]:
    segmenter = Segmenter(Ear())
    pieces = [
        piece
        for at in range(0, len(sound), step)
        for piece in segmenter.accept(sound[at : at + step])
    ] + segmenter.finish()
    utterances: list[list[Piece]] = []
    for piece in pieces:
        if piece.opens:
            utterances.append([])
        utterances[-1].append(piece)
    return utterances


def test_silence_gives_nothing() -> None:
    assert cut(QUIET * 10 * SECOND) == []


def test_one_utterance_with_what_came_before_it() -> None:
    [pieces] = cut(QUIET * 2 * SECOND + LOUD * SECOND + QUIET * 2 * SECOND)
    assert pieces[-1].closes and not any(piece.closes for piece in pieces[:-1])
    start = pieces[0].start / RATE
    assert 1.6 < start < 2.0
    length = sum(len(piece.pcm) for piece in pieces) / 2 / RATE
    assert 1.0 + HANG_SECONDS[0][1] < length < 2.2
    at = pieces[0].start
    for piece in pieces:
        assert piece.start == at
        at += len(piece.pcm) // 2


def test_steps_do_not_matter() -> None:
    sound = QUIET * SECOND + LOUD * SECOND + QUIET * SECOND + LOUD * SECOND
    whole = [b"".join(p.pcm for p in one) for one in cut(sound, len(sound))]
    assert [b"".join(p.pcm for p in one) for one in cut(sound, 322)] == whole
    assert len(whole) == 2


def test_a_click_is_no_speech() -> None:
    assert cut(QUIET * SECOND + LOUD + QUIET * SECOND) == []


def test_long_speech_is_cut_at_short_pauses_and_at_the_limit() -> None:
    pause = QUIET * (SECOND // 3)
    utterances = cut(LOUD * 7 * SECOND + pause * 2 + LOUD * SECOND)
    assert len(utterances) == 2  # 0.6 s would not have been enough after one second
    endless = cut(LOUD * 40 * SECOND)
    lengths = [sum(len(p.pcm) for p in one) / 2 / RATE for one in endless]
    assert len(endless) == 3 and max(lengths) <= LONGEST_SECONDS + 0.1


def test_end_of_the_stream_closes() -> None:
    [pieces] = cut(QUIET * SECOND + LOUD * SECOND)
    assert pieces[-1].closes
