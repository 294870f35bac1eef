"""The sound of the original, carried over into a film that is being written."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

if TYPE_CHECKING:
    from av.packet import Packet

    SoundPacket = Packet[AudioStream]

COPIED = frozenset({"aac", "mp3", "opus", "flac"})
"""Codecs that an MP4 holds and browsers play. Others are encoded anew, as AAC."""
RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Samples a second that AAC is written with."""


class Sound:
    """Packets of one file, written into another in step with its pictures.

    What can't be read of the sound is left out: it is never a reason to lose the pictures. Packets from before the
    target's beginning, an encoder's run-up among them, are left out too: negative times would need an edit list,
    which a growing MP4 has not, and shift the sound.
    """

    def __init__(self, source: InputContainer, stream: AudioStream, target: OutputContainer, origin: float) -> None:
        """origin: seconds by the source's timestamps that become the target's beginning."""
        self._source, self._target, self._origin = source, target, origin
        self._packets = _readable(source, stream)
        self._waiting: SoundPacket | None = None
        self._last = -1
        if _copies(stream.codec_context):
            self._stream = target.add_stream_from_template(stream)
            self._encoder: AudioCodecContext | None = None
        else:
            context = stream.codec_context
            rate = min(RATES, key=lambda known: abs(known - context.sample_rate))
            self._stream = target.add_stream("aac", rate=rate)
            self._encoder = self._stream.codec_context
            self._encoder.layout = "mono" if context.layout.nb_channels == 1 else "stereo"
            self._encoder.format = "fltp"
            self._resampler = AudioResampler("fltp", self._encoder.layout, rate, frame_size=1024)

    @classmethod
    def open(cls, path: Path, target: OutputContainer, origin: float) -> Self | None:
        """The sound of a file, from `origin` seconds after its beginning on; None where none can be read."""
        try:
            source = av.open(str(path), metadata_errors="ignore")
        except (av.FFmpegError, OSError, ValueError):
            return None
        for stream in source.streams.audio:
            context = stream.codec_context
            if context is not None and context.sample_rate and context.layout.nb_channels:
                origin += _begin(source)
                with suppress(av.FFmpegError, OverflowError):
                    source.seek(int(origin * av.time_base), backward=True)
                return cls(source, stream, target, origin)
        source.close()
        return None

    def play_until(self, time: float) -> None:
        """Writes what sounds before that time, in seconds of the target."""
        while (packet := self._waiting or next(self._packets, None)) is not None:
            self._waiting = packet
            if _time(packet) - self._origin >= time:
                return
            self._waiting = None
            if self._encoder is None:
                self._copy(packet)
            else:
                self._encode(packet, self._encoder)

    def _copy(self, packet: "SoundPacket") -> None:
        shift = round(self._origin / packet.time_base)
        packet.pts, packet.dts = (packet.pts or 0) - shift, (packet.dts or 0) - shift
        # a damaged clock that goes back is refused by the muxer
        if packet.pts >= packet.dts > self._last:
            self._last = packet.dts
            packet.stream = self._stream
            self._target.mux(packet)

    def _encode(self, packet: "SoundPacket", encoder: AudioCodecContext) -> None:
        try:
            decoded = packet.decode()
        except (av.FFmpegError, ValueError):
            return
        for frame in decoded:
            if (time := frame.time) is None or time < self._origin:
                continue
            frame.pts = round((time - self._origin) * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
            if frame.pts <= self._last:
                continue
            self._last = frame.pts
            for part in self._resampler.resample(frame):
                self._mux(encoder.encode(part))

    def _mux(self, packets: "list[SoundPacket]") -> None:
        for packet in packets:
            if packet.pts is not None and packet.pts >= 0:
                packet.stream = self._stream
                self._target.mux(packet)

    def finish(self, time: float) -> None:
        """Writes the last of it, up to a time in seconds of the target."""
        self.play_until(time)
        if self._encoder is not None:
            for part in self._resampler.resample(None):
                self._mux(self._encoder.encode(part))
            self._mux(self._encoder.encode(None))

    def close(self) -> None:
        self._source.close()


def _copies(context: AudioCodecContext) -> bool:
    """Whether packets can be written as they are. AAC with a header on each (as in MPEG-TS) can't where one is damaged,
    which the muxer would tell too late to leave it out."""
    name = context.codec.canonical_name
    return name in COPIED and (name != "aac" or bool(context.extradata))


def _begin(source: InputContainer) -> float:
    """Where the file's own clock begins, in seconds: the clock of its frames counts from there."""
    begins = [
        float(stream.start_time * stream.time_base)
        for stream in source.streams.video[:1]
        if stream.start_time is not None and stream.time_base
    ]
    if source.start_time is not None:
        begins.append(source.start_time / av.time_base)
    return min(begins, default=0.0)


def _time(packet: "SoundPacket") -> float:
    return float((packet.pts or 0) * packet.time_base)


def _readable(source: InputContainer, stream: AudioStream) -> "Iterator[SoundPacket]":
    """The stream's packets that have their times, as far as the file can be read."""
    try:
        for packet in source.demux(stream):
            if packet.pts is not None and packet.dts is not None and packet.time_base:
                yield packet
    except (av.FFmpegError, OSError):
        return
