"""What browsers ask over their connections."""

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState


def asked(frame: bytes | None) -> BackMsg | None:
    """What a browser sent; None for what cannot be read."""
    message = BackMsg()
    try:
        message.ParseFromString(frame or b"")
    except DecodeError:
        return None
    return message


def asked_run(frame: bytes | None) -> ClientState | None:
    """The run that a message asks for, if it does; broken messages ask for nothing."""
    message = asked(frame)
    return message.rerun_script if message and message.HasField("rerun_script") else None


def is_visit(frame: bytes | None) -> bool:
    """Whether a person made a browser send this; a page that follows the data sends by itself."""
    run = asked_run(frame)
    return run is not None and not run.is_auto_rerun
