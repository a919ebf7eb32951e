"""Media: picture sequences, movies and sound, read and written."""

from .clip import MediaClip, open_clip, parse_fps
from .exr_header import is_whole, read_header
from .exr_write import write_dub_frame
from .movie_write import MovieWriter
from .native import NativeFrame
from .overrides import read_flow_override, read_matte
from .sound import has_sound, read_sound

__all__ = [
    "MediaClip", "MovieWriter", "NativeFrame", "has_sound", "is_whole", "open_clip", "parse_fps",
    "read_flow_override", "read_header", "read_matte", "read_sound", "write_dub_frame",
]
